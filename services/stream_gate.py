"""Who may receive which stream, decided on the state as it stands now; and who must stop receiving."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Protocol

from models import streams
from models.documents.conversation import Conversation
from models.events.chat import CHAT_EDITED
from models.events.conversations import MEMBER_LEFT
from models.streams import StreamId, StreamKind
from services import state
from services.membership import Membership
from services.ports import Event
from services.rounds import Rounds

CONVERSATIONS_AT_ONCE: Final = 256


class Asking(Protocol):
    """Whoever wants to receive."""

    @property
    def user_id(self) -> str:
        """The person behind the connection."""
        ...


class StreamGate:
    """Conversations by membership, inboxes by identity."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership
        self._rounds = Rounds(_conversations)

    async def floors(self, subscriber: Asking, wanted: Iterable[StreamId]) -> dict[StreamId, int | None]:
        """Per stream, the position at or below which the person sees nothing; None when it is not theirs."""
        user_id = subscriber.user_id
        floors: dict[StreamId, int | None] = {}
        conversations: dict[str, StreamId] = {}
        for stream in wanted:
            kind, owner = streams.parse(stream)
            floors[stream] = 0 if kind is StreamKind.INBOX and owner == user_id else None
            if kind is StreamKind.CONVERSATION:
                conversations[owner] = stream
        found = await self._rounds.ask(conversations) if conversations else {}
        for document in found.values():
            if document.member(user_id) is not None:
                floors[conversations[document.id]] = await self._membership.floor(document, user_id)
        return floors

    def leaver(self, event: Event) -> str | None:
        """The person whose right to the stream ends with this event, which is the last one they see."""
        return str(event.data["user_id"]) if event.type == MEMBER_LEFT.name else None

    def abridged(self, event: Event) -> tuple[int, Event] | None:
        """An edit tells the message again: those who joined after the message learn that it was edited, not the text.

        Clients take an edit of a message they do not have for nothing.
        """
        if event.type != CHAT_EDITED.name:
            return None
        return int(event.data["ref"]), replace(event, data={**event.data, "text": ""})


async def _conversations(keys: list[str]) -> dict[str, Conversation]:
    """Conversations as they stand now, read once for all of their members who ask together."""
    found: dict[str, Conversation] = {}
    for start in range(0, len(keys), CONVERSATIONS_AT_ONCE):
        chosen = {"_id": {"$in": keys[start : start + CONVERSATIONS_AT_ONCE]}}
        found |= {one.id: one for one in await state.fetch_all(Conversation, chosen, limit=CONVERSATIONS_AT_ONCE)}
    return found
