"""The connection test: a room of the relay that sends a lone party's media back, servers to try, and our own side."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.errors import Busy, MediaUnavailable, NotFound, NotNow
from models.events.base import Done
from models.events.guests import (
    AnswerConnectionTest,
    ConnectionFinding,
    ConnectionTest,
    ConnectionTestEnded,
    EndConnectionTest,
    StartConnectionTest,
)
from models.ids import new_id
from models.media import AnswerLeg, CloseRoom, JoinLeg, LegOffer, MeasureLeg, Quality
from services.calls.ports import MediaPort, ProbePort
from services.calls.relay import answered
from services.calls.turn import TurnServers
from services.unit import Unit

TEST_S: Final = 60
MAX_TESTS: Final = 50
"""At a time on this node; a test costs the relay about as much as half a call."""


@dataclass(frozen=True, slots=True)
class Test:
    """One under way."""

    user_id: str
    process: str
    expires_at: datetime


class ConnectionTests:
    """Tests live on the node that began them: a client that lost its connection begins another."""

    def __init__(self, media: MediaPort, servers: TurnServers, probe: ProbePort) -> None:
        self._media = media
        self._servers = servers
        self._probe = probe
        self._tests: dict[str, Test] = {}

    async def start(self, unit: Unit, command: StartConnectionTest) -> ConnectionTest:
        """Everything a test needs. A person's former test ends. MediaUnavailable, Busy."""
        user_id = unit.actor.user_id
        for test_id, test in list(self._tests.items()):
            if test.user_id == user_id or test.expires_at <= unit.now:
                await self._close(test_id)
        if len(self._tests) >= MAX_TESTS:
            raise Busy(after_ms=5000)
        process = self._media.place()
        if process is None:
            raise MediaUnavailable
        test_id = unit.resource = new_id()
        self._tests[test_id] = Test(user_id, process, unit.now + timedelta(seconds=TEST_S))
        join = JoinLeg(call_id=test_id, party_id=test_id, leg_id=test_id, path_n=1, echo=True)
        offer = await self._media.ask(process, join)
        assert isinstance(offer, LegOffer)
        servers = self._servers.issue(user_id, unit.now, TEST_S)
        return ConnectionTest(
            test_id=test_id,
            offer_id=offer.offer_id,
            sdp=offer.sdp,
            ice_servers=servers.ice_servers,
            turn=await self._probe.turn(),
            relay=await self._probe.relay(process),
            expires_at=servers.expires_at,
        )

    async def answer(self, unit: Unit, command: AnswerConnectionTest) -> Done:
        """The client's answer. NotFound, SdpRefused, MediaUnavailable."""
        test = self._of(unit, command.test_id)
        leg = AnswerLeg(
            call_id=command.test_id, leg_id=command.test_id, offer_id=command.offer_id, sdp=answered(command.sdp)
        )  # fmt: skip
        try:
            await self._media.ask(test.process, leg)
        except NotNow:
            raise NotFound from None
        return Done()

    async def end(self, unit: Unit, command: EndConnectionTest) -> ConnectionTestEnded:
        """What the relay saw of it. NotFound, MediaUnavailable."""
        test = self._of(unit, command.test_id)
        try:
            seen = await self._media.ask(test.process, MeasureLeg(call_id=command.test_id, leg_id=command.test_id))
        except NotNow:
            raise NotFound from None
        finally:
            await self._close(command.test_id)
        assert isinstance(seen, Quality)
        return ConnectionTestEnded(
            finding=ConnectionFinding(
                connected=seen.connected,
                packets=seen.packets,
                loss_percent=round(100 * max(seen.loss_up, seen.loss_down), 1),
                rtt_ms=round(seen.rtt_ms),
            )
        )

    async def forget_expired(self, now: datetime) -> None:
        """Close the rooms of tests that nobody ended."""
        for test_id in [test_id for test_id, test in self._tests.items() if test.expires_at <= now]:
            await self._close(test_id)

    def _of(self, unit: Unit, test_id: str) -> Test:
        unit.resource = test_id
        test = self._tests.get(test_id)
        if test is None or test.user_id != unit.actor.user_id or test.expires_at <= unit.now:
            raise NotFound
        return test

    async def _close(self, test_id: str) -> None:
        test = self._tests.pop(test_id, None)
        if test is None:
            return
        try:
            await self._media.ask(test.process, CloseRoom(call_id=test_id))
        except (MediaUnavailable, NotNow):
            return
