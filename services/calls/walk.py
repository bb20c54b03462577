"""Going through many calls a bounded number at a time."""

from typing import Any

from models.documents.call import Call
from services.calls.book import CallBook


class Walk:
    """Through all calls that match, in the order of their ids, a page for each question; then from the beginning.

    A call that matches all the while is met once in each walk, however many come and go.
    """

    def __init__(self, book: CallBook, query: dict[str, Any]) -> None:
        self._book = book
        self._query = query
        self._after = ""

    async def page(self, size: int) -> list[Call]:
        """The next calls, at most `size`."""
        calls = await self._book.page(self._query, self._after, size)
        self._after = calls[-1].id if len(calls) == size else ""
        return calls

    @property
    def is_over(self) -> bool:
        """The last page was the end of the walk; the next one begins another."""
        return not self._after
