"""What this node knows of where streams end."""

from collections import OrderedDict


class Heads:
    """A bounded cache of stream heads, least recently used out first.

    Only numbers known to be majority-committed may enter: our own acknowledged appends, majority reads, change
    stream events. A number from a local read could be rolled back, and appending behind it would leave a hole.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heads: OrderedDict[str, int] = OrderedDict()

    def get(self, stream: str) -> int | None:
        """The newest number known, None when the database must be asked."""
        head = self._heads.get(stream)
        if head is not None:
            self._heads.move_to_end(stream)
        return head

    def put(self, stream: str, n: int) -> None:
        """Take over a majority-committed number; an older one than known changes nothing."""
        known = self._heads.get(stream)
        if known is None:
            self._heads[stream] = n
            if len(self._heads) > self._limit:
                self._heads.popitem(last=False)
            return
        if n > known:
            self._heads[stream] = n
        self._heads.move_to_end(stream)

    def raise_to(self, stream: str, n: int) -> None:
        """Take over news of a stream only if this node appends to it anyway."""
        if self._heads.get(stream, n) < n:
            self._heads[stream] = n

    def drop(self, stream: str) -> None:
        """Forget a head that may no longer be true."""
        self._heads.pop(stream, None)

    def __len__(self) -> int:
        return len(self._heads)
