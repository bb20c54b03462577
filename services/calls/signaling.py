"""What one leg of a call says to another: checked, bounded, passed on in order, kept nowhere."""

from collections import OrderedDict
from typing import Final

from models import rooms
from models.documents.call import Call
from models.errors import NotNow, SdpRefused
from models.events.base import Done
from models.events.call_views import MediaPath, PartyState
from models.events.signaling import (
    CALL_QUALITY_CHANGED,
    CALL_SIGNALED,
    IceCandidate,
    IceServers,
    LegSignaled,
    NameLeg,
    QualityChanged,
    ReportQuality,
    SdpType,
    SessionDescription,
    SignalLeg,
)
from models.sdp import CANDIDATES, checked_candidate, checked_description
from services.calls.book import CallBook, seated_at
from services.calls.turn import TurnServers
from services.calls.veil import veiled_candidate, veiled_description
from services.unit import Unit

REMEMBERED: Final = 10_000
"""Pairs of legs whose trickled candidates are counted; the pair that was quiet longest is forgotten first."""


class SignalingService:
    """Perfect negotiation of two legs (W3C WebRTC 1.0, 10.7). An ICE restart is just another offer."""

    def __init__(self, book: CallBook, servers: TurnServers, *, loopback: bool = False) -> None:
        self._book = book
        self._servers = servers
        self._loopback = loopback
        self._trickled: OrderedDict[tuple[str, str], int] = OrderedDict()

    async def signal(self, unit: Unit, command: SignalLeg) -> Done:
        """Pass a description or a candidate on. NotNow: the other leg is gone, or the call is on the relay."""
        unit.resource = command.call_id
        call = await self._book.fetch(command.call_id)
        seated_at(call, unit.actor.user_id, command.leg_id)
        _require_peer(call, command)
        pair = (command.leg_id, command.to_leg_id)
        if command.description is not None:
            self._trickled.pop(pair, None)
            self._tell(unit, command, description=self._description(command.description))
        elif command.candidate is not None:
            candidate = self._candidate(pair, command.candidate)
            if candidate is not None:
                self._tell(unit, command, candidate=candidate)
        return Done()

    async def credentials(self, unit: Unit, command: NameLeg) -> IceServers:
        """Fresh TURN credentials for somebody who sits in a live call."""
        unit.resource = command.call_id
        call = await self._book.fetch(command.call_id)
        party = seated_at(call, unit.actor.user_id, command.leg_id)
        return self._servers.issue(party.user_id, unit.now)

    async def report_quality(self, unit: Unit, command: ReportQuality) -> Done:
        """Show the others what a leg measures. On the relay its own measure is shown instead."""
        call = await self._book.fetch(command.call_id)
        party = seated_at(call, unit.actor.user_id, command.leg_id)
        if call.path is MediaPath.DIRECT:
            data = QualityChanged(
                call_id=call.id,
                party_id=party.party_id,
                rtt_ms=command.rtt_ms,
                loss_percent=command.loss_percent,
                kbps=command.kbps,
            )
            unit.announce(CALL_QUALITY_CHANGED, data, rooms.call(call.id))
        return Done()

    def _description(self, description: SessionDescription) -> SessionDescription:
        if description.type is SdpType.ROLLBACK:
            return SessionDescription(type=SdpType.ROLLBACK, sdp="")
        try:
            sdp = checked_description(description.sdp, loopback=self._loopback)
        except ValueError:
            raise SdpRefused from None
        return SessionDescription(
            type=description.type, sdp=veiled_description(sdp) if self._servers.relay_only else sdp
        )

    def _candidate(self, pair: tuple[str, str], candidate: IceCandidate) -> IceCandidate | None:
        self._count(pair)
        try:
            text = checked_candidate(candidate.candidate, loopback=self._loopback)
        except ValueError:
            raise SdpRefused from None
        if text and self._servers.relay_only:
            text = veiled_candidate(text)
        return None if text is None else candidate.model_copy(update={"candidate": text})

    def _count(self, pair: tuple[str, str]) -> None:
        """At most 40 candidates after each description (RFC 8839 has no bound; a browser sends about ten)."""
        number = self._trickled.pop(pair, 0) + 1
        self._trickled[pair] = number
        if len(self._trickled) > REMEMBERED:
            self._trickled.popitem(last=False)
        if number > CANDIDATES:
            raise SdpRefused

    @staticmethod
    def _tell(
        unit: Unit, command: SignalLeg, description: SessionDescription | None = None,
        candidate: IceCandidate | None = None,
    ) -> None:  # fmt: skip
        data = LegSignaled(
            call_id=command.call_id,
            from_leg_id=command.leg_id,
            to_leg_id=command.to_leg_id,
            n=command.n,
            description=description,
            candidate=candidate,
        )
        unit.announce(CALL_SIGNALED, data, rooms.leg(command.to_leg_id))


def _require_peer(call: Call, command: SignalLeg) -> None:
    other = call.leg(command.to_leg_id)
    if other is None or command.to_leg_id == command.leg_id or call.path is not MediaPath.DIRECT:
        raise NotNow
    if other.state not in (PartyState.PRESENT, PartyState.AWAY):
        raise NotNow
