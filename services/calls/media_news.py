"""What media processes tell of the calls on them, followed up once or passed on to the parties."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Final

from models import rooms
from models.documents.call import Call
from models.errors import NotFound
from models.events.base import F, FactSpec
from models.events.call_views import MediaPath, PartyState
from models.events.signaling import (
    CALL_QUALITY_CHANGED,
    CALL_SLOTS_CHANGED,
    CALL_SPEAKER_CHANGED,
    QualityChanged,
    SlotsChanged,
    SpeakerChanged,
)
from models.media import Event, LegConnected, LegLost, LegQuality, LegReoffer, Slots, Speaker
from services.calls.book import CallBook, milliseconds
from services.calls.errands import Errands
from services.calls.steering import connected, offer_again
from services.ports import RoomsPort

KEPT_S: Final = 2.0
"""A call is read again after this; who hears a lossy fact twice, or not, because it is older does no harm."""
KEPT: Final = 1000


class MediaNews:
    """Events reach every node that is linked to the process. Lossy ones are told by one: the node of the party."""

    def __init__(
        self, book: CallBook, told: RoomsPort, errands: Errands, node: str, clock: Callable[[], float] = monotonic
    ) -> None:
        self._book = book
        self._rooms = told
        self._errands = errands
        self._node = node
        self._clock = clock
        self._read: OrderedDict[str, tuple[float, Call]] = OrderedDict()
        book.on_change(self._changed)

    async def on_event(self, process: str, event: Event) -> None:
        """Only enqueues."""
        self._errands.put(event.call_id, partial(self._follow, process, event))

    async def _follow(self, process: str, event: Event) -> None:
        try:
            if isinstance(event, LegConnected):
                now = milliseconds(datetime.now(UTC))
                await self._book.change(
                    event.call_id, partial(connected, leg_id=event.leg_id, path_n=event.path_n, now=now)
                )
                return
            call = await self._call(event)
        except NotFound:
            return  # the room of a connection test
        if call.live and call.path is MediaPath.RELAY and call.process == process:
            self._tell(call, event)

    def _tell(self, call: Call, event: Event) -> None:
        if isinstance(event, Slots):
            if self._is_mine(call, leg_id=event.leg_id):
                data = SlotsChanged(call_id=call.id, leg_id=event.leg_id, slots=event.slots)
                self._publish(rooms.leg(event.leg_id), CALL_SLOTS_CHANGED, data)
        elif isinstance(event, LegLost | LegReoffer):
            if event.path_n == call.path_n and self._is_mine(call, leg_id=event.leg_id):
                offer_again(self._rooms, call, event.leg_id)
        elif isinstance(event, Speaker):
            if self._is_mine(call):
                spoke = SpeakerChanged(call_id=call.id, party_id=event.party_id)
                self._publish(rooms.call(call.id), CALL_SPEAKER_CHANGED, spoke)
        elif isinstance(event, LegQuality) and self._is_mine(call, party_id=event.party_id):
            self._publish(rooms.call(call.id), CALL_QUALITY_CHANGED, _quality(event))

    def _is_mine(self, call: Call, leg_id: str | None = None, party_id: str | None = None) -> bool:
        """Whether the party is connected here; of a whole call, the first who is present."""
        present = (party for party in call.parties if party.state is PartyState.PRESENT)
        if leg_id is not None:
            party = call.leg(leg_id)
        elif party_id is not None:
            party = call.party(party_id)
        else:
            party = next(present, None)
        return party is not None and party.node == self._node

    def _publish(self, room: str, spec: FactSpec[F], data: F) -> None:
        self._rooms.publish(room, spec.name, data.model_dump(mode="json"))

    async def _call(self, event: Event) -> Call:
        kept = self._read.get(event.call_id)
        if kept is not None and self._clock() < kept[0] and _knows(kept[1], event):
            return kept[1]
        call = await self._book.fetch(event.call_id)
        self._keep(call)
        return call

    def _changed(self, before: Call, after: Call) -> None:
        if after.id in self._read:
            self._keep(after)

    def _keep(self, call: Call) -> None:
        self._read[call.id] = (self._clock() + KEPT_S, call)
        self._read.move_to_end(call.id)
        if len(self._read) > KEPT:
            self._read.popitem(last=False)


def _knows(call: Call, event: Event) -> bool:
    return not isinstance(event, Slots | LegLost | LegReoffer) or call.leg(event.leg_id) is not None


def _quality(event: LegQuality) -> QualityChanged:
    seen = event.quality
    return QualityChanged(
        call_id=event.call_id,
        party_id=event.party_id,
        rtt_ms=round(seen.rtt_ms),
        loss_percent=round(100 * max(seen.loss_up, seen.loss_down), 1),
        kbps=round(seen.kbps_up),
    )
