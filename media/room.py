"""One call in this process: who is connected, who is offered what, and what the hub is told about it."""

import asyncio
import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from media.api.wire import Fault
from media.forward.switchboard import Switchboard
from media.recordings import RoomRecording, marks_of
from media.room_leg import RoomLeg
from media.streams import Codec, CodecName, Kind
from media.transport.port import MediaPort
from models.media import (
    AnswerLeg,
    Event,
    JoinLeg,
    LegConnected,
    LegLost,
    LegOffer,
    LegQuality,
    LegReoffer,
    MediaFault,
    Quality,
    SetLegMedia,
    Slots,
    Speaker,
    WantVideo,
)

MAX_PARTIES: Final = 6
CONNECT_S: Final = 15.0
"""From an offer to its answer; from there the transport counts."""
EMPTY_S: Final = 60.0
"""Without a connected leg for so long, the room is closed."""
ECHO_S: Final = 90.0
"""A connection test takes a minute. One whose hub could not end it would last as long as its party likes."""
JUST_JOINED_S: Final = 10.0
"""A leg may be younger than what the hub knew when it said who sits in the call: twice as long as that takes."""
QUALITY_S: Final = 5
MAX_LOST: Final = 32

_OFFERED: Final = {
    CodecName.VP8: (CodecName.OPUS, CodecName.VP8, CodecName.H264),
    CodecName.H264: (CodecName.OPUS, CodecName.H264),
}
"""By the room's video codec. While it is VP8, H.264 is offered for those who have nothing else."""


class Room:
    """Owner of its legs and listener of its switchboard."""

    def __init__(self, call_id: str, port: MediaPort, tell: Callable[[Event], None], *, echo: bool) -> None:
        self.call_id = call_id
        self.switchboard = Switchboard(self, echo=echo)
        self.recording: RoomRecording | None = None
        self.starting = asyncio.Lock()
        """Held while a recording begins: who withdraws meanwhile is heard after that, not lost."""
        self.sources: dict[tuple[str, Kind], Codec] = {}
        """What each party sends."""
        self.empty_since = time.monotonic()
        self._over_at = self.empty_since + ECHO_S if echo else math.inf
        self._port, self._tell = port, tell
        self._video = CodecName.VP8
        self._legs: dict[str, RoomLeg] = {}
        """By leg id, the newest of that id; joined and not over."""
        self._seated: dict[str, RoomLeg] = {}
        """By party id: the leg in the switchboard."""
        self._media: dict[str, SetLegMedia] = {}
        self._lost: dict[str, LegLost] = {}
        self._slots: dict[str, Slots] = {}
        self._speaker: str | None = None
        self._second_at, self._seconds = time.monotonic() + 1.0, 0
        self._loop = asyncio.get_running_loop()

    # -- what the hub asks --------------------------------------------------------------------------------------

    def join(self, request: JoinLeg) -> LegOffer:
        """An offer of a new connection, or of the one whose offer is still open. An earlier one goes on until then."""
        parties = {leg.party_id for leg in self._all()}
        if request.party_id not in parties and len(parties) >= MAX_PARTIES:
            raise Fault(MediaFault.FULL)
        if self.recording is not None:
            self.recording.consent(request.party_id, agreed=request.consented)
        leg = self._legs.get(request.leg_id)
        if leg is None or not leg.unanswered or (leg.path_n, leg.party_id) != (request.path_n, request.party_id):
            self._drop_waiting(request.party_id)
            leg = RoomLeg(request, self._port, self)
            self._legs[request.leg_id] = leg
        self._lost.pop(request.leg_id, None)
        return leg.offer(_OFFERED[self._video])

    def answer(self, request: AnswerLeg) -> None:
        """The party's answer. An answer without VP8 makes H.264 the room's codec, if everybody else takes it."""
        leg = self._leg(request.leg_id)
        if leg.answer(request) is not None and not leg.accepts(CodecName.VP8) and self._video is CodecName.VP8:
            self._change_codec(leg)

    def leave(self, leg_id: str) -> None:
        """The leg is over; so is its party, unless another leg carries it."""
        lost = self._lost.pop(leg_id, None)
        parties = {lost.party_id} if lost is not None else set()
        for leg in self._all():
            if leg.leg_id == leg_id:
                parties.add(leg.party_id)
                self._legs.pop(leg_id, None)
                self._unseat(leg)
                leg.close()
        for party_id in parties - {leg.party_id for leg in self._all()}:
            self._forget(party_id)

    def keep(self, legs: Collection[str], now: float) -> None:
        """Every other leg is over; the hub that ought to have said so when it was may have died over it."""
        for leg in self._all():
            if leg.leg_id not in legs and now - leg.offered_at > JUST_JOINED_S:
                self.leave(leg.leg_id)

    def set_media(self, request: SetLegMedia) -> None:
        """Mute, hold, and marks of both in the recording; what an older call said comes too late."""
        party_id, before = request.party_id, self._media.get(request.party_id)
        if all(leg.party_id != party_id for leg in self._all()):
            raise Fault(MediaFault.UNKNOWN_LEG)
        if before is not None and request.version < before.version:
            return
        self._media[party_id] = request
        self.switchboard.set_muted(party_id, Kind.AUDIO, not request.audio)
        self.switchboard.set_muted(party_id, Kind.VIDEO, not (request.camera or request.screen))
        self.switchboard.set_held(party_id, request.held)
        if self.recording is not None:
            for mark in marks_of(before, request):
                self.recording.mark(party_id, mark)

    def want(self, request: WantVideo) -> None:
        """Whose video this leg does not want now."""
        self.switchboard.want(self._leg(request.leg_id).party_id, frozenset(request.off))

    def measure(self, leg_id: str) -> Quality:
        """What the relay sees of one leg."""
        return self._leg(leg_id).quality()

    def standing(self) -> Iterator[Event]:
        """What a hub node that has just linked may have missed."""
        for leg in self._legs.values():
            if leg.told:
                yield leg.event(LegConnected, self.call_id)
            if leg.reoffer:
                yield leg.event(LegReoffer, self.call_id)
        yield from self._lost.values()
        yield from self._slots.values()
        if self._speaker is not None:
            yield Speaker(call_id=self.call_id, party_id=self._speaker)

    def tick(self, now: float) -> None:
        """Each 50 ms."""
        self.switchboard.tick(now)
        if self.recording is not None:
            self.recording.tick(now)
        for leg in tuple(self._legs.values()):
            if leg.connected and not leg.told and leg.is_heard(now):
                leg.told = True
                self._tell(leg.event(LegConnected, self.call_id))
            elif not leg.connected and leg.unanswered and now - leg.offered_at > CONNECT_S:
                leg.close()
                self.gone(leg)
        if now > self._over_at:
            self.keep((), math.inf)
        if any(leg.connected for leg in self._all()):
            self.empty_since = now
        if now >= self._second_at:
            self._second(now)

    def _second(self, now: float) -> None:
        self._second_at = now + 1.0
        self._seconds += 1
        for party_id, leg in self._seated.items():
            leg.second()
            if self._seconds % QUALITY_S == 0:
                self._tell(LegQuality(call_id=self.call_id, party_id=party_id, quality=leg.quality()))

    @property
    def legs(self) -> int:
        """Connected or about to."""
        return len(self._all())

    def request_keyframe(self, party_id: str) -> None:
        """For the recording."""
        leg = self._seated.get(party_id)
        if leg is not None and leg.forward is not None:
            leg.forward.request_keyframe()

    def close(self) -> None:
        """Hang up on everybody. The recording is the process' to finish."""
        for leg in self._all():
            self._unseat(leg)
            leg.close()
        self._legs = {}

    # -- what the legs tell -------------------------------------------------------------------------------------

    def connected(self, leg: RoomLeg) -> None:
        """Its media flows: it takes the party's seat, and the leg it replaces is hung up."""
        before = self._seated.get(leg.party_id)
        self._seat(leg)
        if before is not None and before is not leg:
            before.close()
            if self._legs.get(before.leg_id) is before:
                del self._legs[before.leg_id]
        if self.recording is not None:
            self.recording.mark(leg.party_id, "connected")

    def gone(self, leg: RoomLeg) -> None:
        """Lost, or never connected."""
        self._unseat(leg)
        if self._legs.get(leg.leg_id) is not leg:
            return
        del self._legs[leg.leg_id]
        lost = leg.event(LegLost, self.call_id)
        self._lost[leg.leg_id] = lost
        if len(self._lost) > MAX_LOST:
            del self._lost[next(iter(self._lost))]
        self._tell(lost)
        if self.recording is not None:
            self.recording.mark(leg.party_id, "lost")

    # -- what the switchboard tells (synchronously; it must not be called back) ---------------------------------

    def on_slots(self, party_id: str, slots: Mapping[str, str | None]) -> None:
        """Who is in each slot of a party."""
        leg = self._seated.get(party_id)
        if leg is not None:
            self._slots[party_id] = Slots(call_id=self.call_id, leg_id=leg.leg_id, slots=dict(slots))
            self._tell(self._slots[party_id])

    def on_speaker(self, party_id: str | None) -> None:
        """Who speaks."""
        self._speaker = party_id
        self._tell(Speaker(call_id=self.call_id, party_id=party_id))

    def on_source(self, party_id: str, kind: Kind, codec: Codec) -> None:
        """A party began to send, or changed its codec: the recording follows as soon as the packet is through."""
        self.sources[party_id, kind] = codec
        self._loop.call_soon(self._record_source, party_id, kind, codec)

    def on_paused(self, party_id: str, paused: frozenset[str]) -> None:
        """Nobody is told: a party sees which pictures stand still."""

    # -- inside -------------------------------------------------------------------------------------------------

    def _record_source(self, party_id: str, kind: Kind, codec: Codec) -> None:
        if self.recording is not None:
            self.recording.source(party_id, kind, codec)

    def _leg(self, leg_id: str) -> RoomLeg:
        leg = self._legs.get(leg_id)
        if leg is None:
            raise Fault(MediaFault.UNKNOWN_LEG)
        return leg

    def _all(self) -> set[RoomLeg]:
        """A replaced leg keeps its seat until its successor is connected."""
        return {*self._legs.values(), *self._seated.values()}

    def _seat(self, leg: RoomLeg) -> None:
        if leg.forward is not None:
            self._seated[leg.party_id] = leg
            self.switchboard.add(leg.forward)

    def _unseat(self, leg: RoomLeg) -> None:
        if self._seated.get(leg.party_id) is leg:
            del self._seated[leg.party_id]
            self._slots.pop(leg.party_id, None)
        if leg.forward is not None:
            self.switchboard.remove(leg.forward)

    def _drop_waiting(self, party_id: str) -> None:
        """Legs of the party that never got as far as its seat."""
        for leg in tuple(self._legs.values()):
            if leg.party_id == party_id and self._seated.get(party_id) is not leg:
                del self._legs[leg.leg_id]
                leg.close()

    def _forget(self, party_id: str) -> None:
        self.switchboard.forget(party_id)
        self._media.pop(party_id, None)
        for kind in Kind:
            self.sources.pop((party_id, kind), None)

    def _change_codec(self, leg: RoomLeg) -> None:
        others = [other for other in self._all() if other.party_id != leg.party_id]
        if not leg.accepts(CodecName.H264) or not all(other.accepts(CodecName.H264) for other in others):
            return
        self._video = CodecName.H264
        for other in others:
            other.reoffer = True
            self._tell(other.event(LegReoffer, self.call_id))
