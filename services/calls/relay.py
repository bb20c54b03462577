"""What a leg asks of the path: the relay's offer and its own answer, which videos it wants, and how the path does."""

from datetime import datetime
from functools import partial
from typing import Final

from models.documents.call import Call, Party
from models.documents.owing import PendingFact
from models.errors import MediaUnavailable, NotNow, SdpRefused
from models.events.base import Done
from models.events.call_views import ConsentState, MediaPath, MediaState, PathReason
from models.events.signaling import AnswerRelay, NameLeg, PathState, RelayOffer, ReportPath, WantVideos
from models.media import AnswerLeg, JoinLeg, LegOffer, WantVideo
from models.sdp import checked_description
from services.calls import paths
from services.calls.book import CallBook, milliseconds, seated_at
from services.calls.ports import MediaPort, OutOfReach
from services.calls.steering import media_of
from services.unit import Unit

_FAILURES: Final = {PathState.FAILED: PathReason.NOT_CONNECTED, PathState.LOST: PathReason.MEDIA_LOST}


class RelayService:
    """Every method is for somebody who sits in a live call on the very leg they name: NotFound, CallOver, NotInCall."""

    def __init__(self, book: CallBook, media: MediaPort) -> None:
        self._book = book
        self._media = media

    async def join(self, unit: Unit, command: NameLeg) -> RelayOffer:
        """The relay's offer for this leg. NotNow: the call is not on the relay; MediaUnavailable: ask again."""
        unit.resource = command.call_id
        call = await self._book.fetch(command.call_id)
        party = seated_at(call, unit.actor.user_id, command.leg_id)
        if call.path is not MediaPath.RELAY:
            raise NotNow
        if call.process is None:
            call = await self._book.change(call.id, partial(_take_process, process=self._media.place()))
        try:
            offer = await self._offer(call, party, command.leg_id)
        except OutOfReach:
            raise
        except MediaUnavailable:
            call = await self._elsewhere(call, milliseconds(unit.now))
            offer = await self._offer(call, party, command.leg_id)
        return RelayOffer(offer_id=offer.offer_id, sdp=offer.sdp, path_n=call.path_n)

    async def answer(self, unit: Unit, command: AnswerRelay) -> Done:
        """This leg's answer to the relay's latest offer. NotNow: there is another offer by now."""
        unit.resource = command.call_id
        call = await self._book.fetch(command.call_id)
        seated_at(call, unit.actor.user_id, command.leg_id)
        if call.path is not MediaPath.RELAY or call.process is None:
            raise NotNow
        sdp = answered(command.sdp)
        await self._media.ask(
            call.process, AnswerLeg(call_id=call.id, leg_id=command.leg_id, offer_id=command.offer_id, sdp=sdp)
        )
        return Done()

    async def want(self, unit: Unit, command: WantVideos) -> Done:
        """Turn off the videos this leg has no room for; those not named are on. NotNow before the leg has joined."""
        unit.resource = command.call_id
        call = await self._book.fetch(command.call_id)
        seated_at(call, unit.actor.user_id, command.leg_id)
        if call.path is MediaPath.RELAY and call.process is not None:
            off = [party_id for party_id in dict.fromkeys(command.off) if call.party(party_id) is not None]
            await self._media.ask(call.process, WantVideo(call_id=call.id, leg_id=command.leg_id, off=off))
        return Done()

    async def report(self, unit: Unit, command: ReportPath) -> Done:
        """What a leg sees of the direct path; of the relay's legs the media process itself tells.

        What is said of another path than the present one comes too late and changes nothing.
        """
        unit.resource = command.call_id
        call = await self._book.fetch(command.call_id)
        seated_at(call, unit.actor.user_id, command.leg_id)
        if command.path is MediaPath.DIRECT and call.path is MediaPath.DIRECT and call.path_n == command.path_n:
            await self._book.change(call.id, partial(self._reported, command=command, now=milliseconds(unit.now)))
        return Done()

    def _reported(self, call: Call, command: ReportPath, now: datetime) -> list[PendingFact] | None:
        if not call.live or call.path is not MediaPath.DIRECT or call.path_n != command.path_n:
            return None
        if command.state is PathState.CONNECTED:
            if not paths.connect(call, command.leg_id, command.path_n, now):
                return None
            return paths.settle(call, now) or []
        process = call.process or self._media.place()
        if call.leg(command.leg_id) is None or process is None:
            return None  # without a relay, a direct path that may come back is better than none
        paths.fall_back(call, _FAILURES[command.state], process, now)
        return []

    async def _offer(self, call: Call, party: Party, leg_id: str) -> LegOffer:
        if call.process is None:
            raise MediaUnavailable
        request = JoinLeg(
            call_id=call.id,
            party_id=party.party_id,
            leg_id=leg_id,
            path_n=call.path_n,
            consented=party.consent is ConsentState.AGREED,
        )
        offer = await self._media.ask(call.process, request)
        assert isinstance(offer, LegOffer)
        if party.media != MediaState():
            await self._media.ask(call.process, media_of(call, party))
        return offer

    async def _elsewhere(self, call: Call, now: datetime) -> Call:
        """The process does not take the leg: as long as nobody is connected there, the call goes to another."""
        lost, other = call.process, self._media.place(avoid=call.process)
        if lost is None or other is None:
            raise MediaUnavailable

        def leave(newest: Call) -> list[PendingFact] | None:
            if any(party.connected_n == newest.path_n for party in newest.present):
                raise MediaUnavailable
            return [] if paths.leave_process(newest, lost, other, now) else None

        return await self._book.change(call.id, leave)


def answered(sdp: str) -> str:
    """An answer within the bounds. The relay is ICE-lite and sends to no candidate. SdpRefused."""
    try:
        return checked_description(sdp)
    except ValueError:
        raise SdpRefused from None


def _take_process(call: Call, process: str | None) -> list[PendingFact] | None:
    if process is None:
        raise MediaUnavailable
    if not call.live or call.path is not MediaPath.RELAY or call.process is not None:
        return None
    call.process = process
    return []
