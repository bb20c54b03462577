"""Who may receive and who may speak, as the hot path needs it: a bounded cache in front of the conversations."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from models import streams
from models.documents.conversation import Conversation, Member
from models.enums import HistoryFrom
from models.errors import NotFound, TryAgain
from services import state
from services.outbox import OUTBOX_DEVICE, Outbox
from services.ports import Event, LogPort

KEPT: Final = 20_000
FRESH_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Circle:
    """A conversation's members, and whether it is open."""

    conversation_id: str
    closed: bool
    members: Mapping[str, Member]


class Membership:
    """Facts about members that this node's feed sees empty the cache at once; nothing in it is older than 5 s."""

    def __init__(self, log: LogPort, outbox: Outbox) -> None:
        self._log = log
        self._outbox = outbox
        self._kept: OrderedDict[str, tuple[Circle, float]] = OrderedDict()
        self._loading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._joined: OrderedDict[str, int] = OrderedDict()
        self._forgotten = 0

    def forget(self, conversation_id: str) -> None:
        """The conversation has changed."""
        self._forgotten += 1
        self._kept.pop(conversation_id, None)

    def hear(self, event: Event) -> None:
        """A fact about members or the state of a conversation went by (`Feed.listen`)."""
        self.forget(streams.parse(event.stream)[1])

    async def circle(self, user_id: str, conversation_id: str) -> Circle:
        """For speaking: the circle that `user_id` belongs to, at most 5 s old. Outsiders: not found."""
        circle = self._fresh(conversation_id)
        if circle is None:
            # Many may ask at the moment a busy conversation has grown old: one of them reads, the others wait for it.
            async with self._loading.setdefault(conversation_id, asyncio.Lock()):
                circle = self._fresh(conversation_id) or await self._load(conversation_id)
        if user_id not in circle.members:
            raise NotFound
        return circle

    async def access(self, user_id: str, conversation_id: str) -> Conversation:
        """For reading and changing: the conversation as it stands now. Outsiders: not found."""
        document = await state.fetch(Conversation, conversation_id)
        if document is None or document.member(user_id) is None:
            raise NotFound
        return document

    async def floor(self, document: Conversation, user_id: str) -> int:
        """The member may see nothing at or below this position."""
        member = document.member(user_id)
        if member is None:
            raise NotFound
        if member.history is HistoryFrom.START or not member.joined_fact:
            return 0
        if member.joined_n is not None:
            return member.joined_n
        known = self._joined.get(member.joined_fact)
        if known is None:
            known = await self._joined_at(document, member)
            self._joined[member.joined_fact] = known
            if len(self._joined) > KEPT:
                self._joined.popitem(last=False)
        return known

    def _fresh(self, conversation_id: str) -> Circle | None:
        kept = self._kept.get(conversation_id)
        return kept[0] if kept is not None and kept[1] > asyncio.get_running_loop().time() else None

    async def _load(self, conversation_id: str) -> Circle:
        until, before = asyncio.get_running_loop().time() + FRESH_S, self._forgotten
        document = await state.fetch(Conversation, conversation_id)
        if document is None:
            raise NotFound
        circle = circle_of(document)
        # A change that went by while the database was read may not be in what was read.
        if self._forgotten == before:
            self._kept[conversation_id] = circle, until
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return circle

    async def _joined_at(self, document: Conversation, member: Member) -> int:
        stream = streams.conversation(document.id)
        fact = await self._log.find(stream, member.invited_by, OUTBOX_DEVICE, member.joined_fact)
        if fact is None:
            # Their joining is still owed to the log: pay it now, then it has a position.
            await self._outbox.settle(document)
            fact = await self._log.find(stream, member.invited_by, OUTBOX_DEVICE, member.joined_fact)
        if fact is None:
            raise TryAgain
        return fact.n


def circle_of(document: Conversation) -> Circle:
    """What speaking needs of a conversation."""
    return Circle(document.id, document.closed, {member.user_id: member for member in document.members})
