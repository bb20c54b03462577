"""What time, dead nodes and lost rights do to calls, whichever node notices first.

All of it is compare-and-set on what the calls themselves say, so every node may look, none has to survive, and a ring
ends on time although the node that began it was killed.
"""

from datetime import UTC, datetime
from typing import Any, Final

import structlog

from models import streams
from models.documents.call import Call
from models.documents.conversation import Conversation
from models.enums import Role
from models.events.accounts import ACCOUNT_DISABLED
from models.events.call_views import CallReason, CallState, PartyState
from models.events.conversations import CONVERSATION_CLOSED, MEMBER_LEFT
from services import state
from services.calls import machine, seats
from services.calls.book import CallBook, Change, milliseconds
from services.calls.doubts import Doubts
from services.calls.heartbeats import Heartbeats
from services.calls.walk import Walk
from services.ports import Event

PAGE: Final = 100
PAGES: Final = 100
"""Of calls, in one round of the clock; the next round goes on behind them."""
HEARD: Final = (MEMBER_LEFT.name, CONVERSATION_CLOSED.name, ACCOUNT_DISABLED.name)
"""Facts that `hear` wants."""

_CONNECTED: Final = [PartyState.PRESENT.value, PartyState.WAITING.value]
_LIVE: Final = {"$in": [kind.value for kind in CallState if kind is not CallState.ENDED]}

log = structlog.get_logger(__name__)


class CallWatch:
    """Looks after calls by the clock and by the feed."""

    def __init__(self, boot_id: str, heartbeats: Heartbeats, book: CallBook) -> None:
        self._boot_id = boot_id
        self._heartbeats = heartbeats
        self._book = book
        self._all = Walk(book, {"state": _LIVE})
        self._doubtful, self._barred = Doubts(), Doubts()

    def hear(self, event: Event) -> None:
        """Somebody lost the right to a conversation, or to everything; only enqueues."""
        told = self._barred if event.type == ACCOUNT_DISABLED.name else self._doubtful
        told.add(streams.parse(event.stream)[1])

    async def due(self) -> None:
        """Rings that are missed, places that were kept long enough, links that ran out."""
        now = _now()
        await self._each({"state": _LIVE, "due_at": {"$lte": now}}, lambda one: seats.tick(one, now))

    async def orphans(self) -> None:
        """Legs on nodes that are dead have lost their connection."""
        alive = await self._heartbeats.alive()
        if self._boot_id not in alive:
            return  # the database was away; nobody has had the time to beat again
        lost = {"state": {"$in": _CONNECTED}, "away_at": None, "node": {"$nin": sorted(alive)}}
        orphaned = {"state": _LIVE, "parties": {"$elemMatch": lost}}
        await self._each(orphaned, lambda one: seats.orphaned(one, alive, _now()))

    async def heard(self) -> None:
        """Calls of the conversations and the people about which the feed had something to say.

        What is forgotten here about a barred person costs half a minute: their connections are cut, and end with it.
        """
        await self._doubtful.settle(self._review_talk)
        await self._barred.settle(self._expel)

    async def _review_talk(self, conversation_id: str) -> None:
        await self._review(Walk(self._book, {"state": _LIVE, "conversation_id": conversation_id}))

    async def _expel(self, user_id: str) -> None:
        taking_part = {"user_id": user_id, "state": {"$ne": PartyState.GONE.value}}
        await self._each({"state": _LIVE, "parties": {"$elemMatch": taking_part}}, _expelling(user_id))

    async def review(self) -> None:
        """Every live call: what was heard by a node that was killed over it is found here.

        Of more calls than a round takes, the next rounds go on with those behind.
        """
        await self._review(self._all)

    async def _review(self, walk: Walk) -> None:
        for _ in range(PAGES):
            calls = await walk.page(PAGE)
            talks = list({call.conversation_id for call in calls})
            documents = {one.id: one for one in await state.fetch_all(Conversation, {"_id": {"$in": talks}}, PAGE)}
            for call in calls:
                await self._compare(call, documents.get(call.conversation_id))
            if walk.is_over:
                return

    async def _compare(self, call: Call, document: Conversation | None) -> None:
        if document is None or document.closed:
            await self._change(call.id, _closed)
            return
        for party in call.engaged:
            if party.role is not Role.GUEST and document.member(party.user_id) is None:
                await self._change(call.id, _expelling(party.user_id))

    async def _each(self, query: dict[str, Any], change: Change) -> None:
        """Change all that match; one that cannot be changed is passed over."""
        walk = Walk(self._book, query)
        for _ in range(PAGES):
            for call in await walk.page(PAGE):
                await self._change(call.id, change)
            if walk.is_over:
                return

    async def _change(self, call_id: str, change: Change) -> None:
        try:
            await self._book.change(call_id, change)
        except Exception as error:  # noqa: BLE001  one call that cannot be changed must not hold up the others
            log.error("a call could not be looked after", error=type(error).__name__)


def _closed(call: Call) -> machine.Facts | None:
    return machine.finish(call, CallReason.ENDED, _now()) if call.live else None


def _expelling(user_id: str) -> Change:
    return lambda call: machine.expel(call, user_id, _now())


def _now() -> datetime:
    return milliseconds(datetime.now(UTC))
