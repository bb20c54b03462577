"""One party's connection to a room: its transport, its place in the switchboard, and the offer it owes an answer to."""

import time
from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

import structlog

from media.api.wire import Fault
from media.forward.leg import Leg
from media.streams import Agreement, CodecName, Kind
from media.transport.connection import Transport
from media.transport.events import BadAnswer, Failure, Loss
from media.transport.port import MediaPort
from models.ids import new_id
from models.media import AnswerLeg, JoinLeg, LegConnected, LegLost, LegOffer, LegReoffer, MediaFault, Quality

QUIET_S: Final = 1.0
"""A connected party that sends nothing counts as connected after this."""

log = structlog.get_logger(__name__)

LegEvent = TypeVar("LegEvent", LegConnected, LegLost, LegReoffer)


class Owner(Protocol):
    """The room."""

    def connected(self, leg: "RoomLeg") -> None:
        """Packets flow from now on."""
        ...

    def gone(self, leg: "RoomLeg") -> None:
        """It never connected, or is lost; its transport is closed."""
        ...


class RoomLeg:
    """Input and watcher of its transport. Lives from `leg.join` until it is lost, replaced or left.

    Who joins again gets a new connection under the same leg id, unless the offer before is still open: packet numbers
    and keys of one connection cannot begin anew.
    """

    def __init__(self, join: JoinLeg, port: MediaPort, owner: Owner) -> None:
        self.party_id, self.leg_id, self.path_n = join.party_id, join.leg_id, join.path_n
        self.forward: Leg | None = None
        """Since the first answer."""
        self.connected = False
        self.connected_at = 0.0
        self.told = False
        """Whether `leg.connected` was told."""
        self.packets = 0
        """Received in the last full second."""
        self.offered_at = time.monotonic()
        self.reoffer = False
        """It was asked to join again."""
        self._owner = owner
        self._counted = 0
        self._has_stumbled = False
        self._answered: str | None = None
        self._offer_id = ""
        self.transport: Transport = port.connect(self, self)

    def offer(self, codecs: Sequence[CodecName]) -> LegOffer:
        """The next offer of this connection; earlier ones can no longer be answered."""
        self._offer_id, self._answered = new_id(), None
        self.offered_at = time.monotonic()
        return LegOffer(offer_id=self._offer_id, sdp=self.transport.offer(codecs))

    @property
    def unanswered(self) -> bool:
        """The latest offer is still open."""
        return self._answered is None

    def answer(self, request: AnswerLeg) -> Agreement | None:
        """What was agreed; None if this very answer was taken before. Raises Fault."""
        if request.offer_id != self._offer_id:
            raise Fault(MediaFault.STALE_OFFER)
        if self._answered is not None:
            if self._answered == request.sdp:
                return None
            raise Fault(MediaFault.STALE_OFFER)
        try:
            agreement = self.transport.accept(request.sdp)
        except BadAnswer:
            raise Fault(MediaFault.BAD_ANSWER) from None
        self._answered = request.sdp
        self.forward = Leg(self.party_id, self.transport, agreement)
        if self.connected:  # the party was faster than its answer
            self._owner.connected(self)
        return agreement

    def is_heard(self, now: float) -> bool:
        """Whether its media flows; only asked of connected ones."""
        sends = self.forward is not None and self.forward.last_packet_at is not None
        return sends or now - self.connected_at > QUIET_S

    def accepts(self, codec: CodecName) -> bool:
        """Whether the party takes this video codec; one that sends no video, or has not answered, is not asked."""
        sending = self.forward.agreement.sending.get(Kind.VIDEO, ()) if self.forward is not None else ()
        return not sending or any(agreed.name is codec for agreed in sending)

    def quality(self) -> Quality:
        """Of the last second; zeros until there is something to measure."""
        if self.forward is None or not self.connected:
            return Quality(
                connected=False, packets=0, loss_up=0, loss_down=0, rtt_ms=0, jitter_ms=0, kbps_up=0, kbps_down=0
            )
        seen = self.forward.quality()
        return Quality(
            connected=True,
            packets=self.packets,
            loss_up=seen.loss_up,
            loss_down=seen.loss_down,
            rtt_ms=seen.rtt_ms or 0.0,
            jitter_ms=seen.jitter_ms,
            kbps_up=seen.kbps_up,
            kbps_down=seen.kbps_down,
        )

    def event(self, kind: type[LegEvent], call_id: str) -> LegEvent:
        """What the hub is told about this leg."""
        return kind(call_id=call_id, party_id=self.party_id, leg_id=self.leg_id, path_n=self.path_n)

    def close(self) -> None:
        """Hang up; the owner is not told."""
        self.connected = False
        self.transport.close()

    def second(self) -> None:
        """A second is over."""
        self.packets, self._counted = self._counted, 0

    def on_rtp(self, buffer: memoryview, length: int, arrival: float) -> None:
        """To the switchboard."""
        self._counted += 1
        if self.forward is not None:
            try:
                self.forward.on_rtp(buffer, length, arrival)
            except Exception as error:  # noqa: BLE001  no packet of one party may disturb another
                self._stumbled(error)

    def on_rtcp(self, packet: bytes, arrival: float) -> None:
        """To the switchboard."""
        if self.forward is not None:
            try:
                self.forward.on_rtcp(packet, arrival)
            except Exception as error:  # noqa: BLE001  no packet of one party may disturb another
                self._stumbled(error)

    def _stumbled(self, error: Exception) -> None:
        """Said once per leg: packets come by the thousand."""
        if not self._has_stumbled:
            self._has_stumbled = True
            log.error("a packet could not be forwarded", error=type(error).__name__, exc_info=error)

    def on_connected(self) -> None:
        """Told by the transport."""
        self.connected, self.connected_at = True, time.monotonic()
        if self.forward is not None:
            self._owner.connected(self)

    def on_failed(self, reason: Failure) -> None:
        """Told by the transport."""
        self._owner.gone(self)

    def on_lost(self, reason: Loss) -> None:
        """Told by the transport."""
        self.connected = False
        self._owner.gone(self)
