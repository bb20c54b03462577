"""Messages in their present state, folded from the log itself, so that history never lags behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models import streams
from models.errors import NotFound
from models.events.chat import CHAT_DELETED, CHAT_EDITED, CHAT_SENT
from models.events.conversations import MessageView
from services.ports import Event, HistoryPort

UNREAD_CAP: Final = 999
MAX_N: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Page:
    """Messages ascending by position, and whether there are more in the direction asked for."""

    messages: list[MessageView]
    more: bool


class Thread:
    """Reads conversations from the log. Who may read what is decided by the caller, who passes the span."""

    def __init__(self, history: HistoryPort) -> None:
        self._history = history

    async def newest(self, conversation_id: str, span: range, limit: int, *, up_to: int) -> Page:
        """The newest messages of the span, as they stand at position `up_to`."""
        return await self._page(conversation_id, span, limit, up_to, newest_first=True)

    async def oldest(self, conversation_id: str, span: range, limit: int, *, up_to: int) -> Page:
        """The oldest messages of the span, as they stand at position `up_to`."""
        return await self._page(conversation_id, span, limit, up_to, newest_first=False)

    async def at(self, conversation_id: str, ns: Iterable[int], up_to: int) -> dict[int, MessageView]:
        """The messages at these positions; positions without a message are left out."""
        stream = streams.conversation(conversation_id)
        wanted = [n for n in set(ns) if 0 < n <= up_to]
        found = await self._history.events(stream, wanted) if wanted else []
        sent = [event for event in found if event.type == CHAT_SENT.name]
        return {message.n: message for message in await self._present(conversation_id, sent, up_to)}

    async def unread(self, conversation_id: str, user_id: str, span: range) -> int:
        """Messages of others in the span that were not taken back, counted up to `UNREAD_CAP`."""
        if not span:
            return 0
        stream = streams.conversation(conversation_id)
        gone = await self._history.refs(stream, CHAT_DELETED.name, span, user_id)
        limit = UNREAD_CAP + len(gone)
        sent = await self._history.count(stream, CHAT_SENT.name, span, limit, user_id)
        return min(UNREAD_CAP, sent - len(gone))

    async def deletion(self, conversation_id: str, n: int) -> Event:
        """The fact that took message `n` back; NotFound when it stands."""
        found = await self._history.referring(streams.conversation(conversation_id), [n], MAX_N)
        for event in found:
            if event.type == CHAT_DELETED.name:
                return event
        raise NotFound

    async def _page(self, conversation_id: str, span: range, limit: int, up_to: int, *, newest_first: bool) -> Page:
        stream = streams.conversation(conversation_id)
        if not span:
            return Page([], more=False)
        found = await self._history.page(stream, CHAT_SENT.name, span, limit + 1, newest_first=newest_first)
        sent = sorted(found[:limit], key=lambda event: event.n)
        return Page(await self._present(conversation_id, sent, up_to), more=len(found) > limit)

    async def _present(self, conversation_id: str, sent: Sequence[Event], up_to: int) -> list[MessageView]:
        if not sent:
            return []
        stream = streams.conversation(conversation_id)
        changes: dict[int, list[Event]] = {}
        for event in await self._history.referring(stream, [event.n for event in sent], up_to):
            changes.setdefault(int(event.data["ref"]), []).append(event)
        return [folded(conversation_id, event, changes) for event in sent]


def folded(conversation_id: str, sent: Event, changes: Mapping[int, Sequence[Event]]) -> MessageView:
    """The message after its edits and deletion, in log order. What comes after a deletion changes nothing."""
    text, edited_at, deleted_at = str(sent.data["text"]), None, None
    for change in changes.get(sent.n, ()):
        if change.type == CHAT_DELETED.name:
            text, deleted_at = "", change.at
            break
        if change.type == CHAT_EDITED.name:
            text, edited_at = str(change.data["text"]), change.at
    return MessageView(
        conversation_id=conversation_id,
        n=sent.n,
        cid=sent.cid,
        author_id=sent.by,
        sent_at=sent.at,
        text=text,
        reply_to=sent.data.get("reply_to"),
        edited_at=edited_at,
        deleted_at=deleted_at,
    )
