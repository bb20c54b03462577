"""People who call with real media: commands over their sockets, aiortc on the direct path and on the relay."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from models.media import AnswerLeg, JoinLeg, LegOffer, Shape
from tests.integration.calls.phone import Phone, Told
from tests.support.media import Relays
from tests.support.media_peers import Peer, Picture, Seen, Tone
from tests.support.waiting import until


class Asked:
    """Stands where `Peer` has a pool: asks the hub by socket instead, as clients do."""

    def __init__(self, phone: Phone, call_id: str) -> None:
        self.phone, self.call_id = phone, call_id
        self.pool = self
        self.path_n = 0

    async def ask(self, _process: str, request: Shape) -> LegOffer | None:
        """`call.join_relay` and `call.answer_relay`."""
        leg = {"call_id": self.call_id, "leg_id": self.phone.leg_id}
        if isinstance(request, JoinLeg):
            told = await self.phone.ask("call.join_relay", **leg)
            self.path_n = told["path_n"]
            return LegOffer(offer_id=told["offer_id"], sdp=told["sdp"])
        assert isinstance(request, AnswerLeg)
        await self.phone.ask("call.answer_relay", **leg, offer_id=request.offer_id, sdp=request.sdp)
        return None


class Caller:
    """A person in a call with camera and microphone, told apart by grey level and tone."""

    def __init__(self, phone: Phone, call_id: str, level: int, hertz: int) -> None:
        self.phone, self.call_id = phone, call_id
        self.level, self.hertz = level, hertz
        self.asked = Asked(phone, call_id)
        self.relay = self._peer()
        self.direct: RTCPeerConnection | None = None
        self.seen: dict[str, Seen] = {}
        self._watching: list[asyncio.Task[None]] = []
        self._n = 0

    @property
    def leg_id(self) -> str:
        """The leg this person sits on."""
        return self.phone.leg_id

    async def join_relay(self) -> None:
        """Pull the relay's offer and answer it; a former relay connection ends."""
        former, self.relay = self.relay, self._peer()
        await self.relay.join()
        await former.close()

    async def connect(self, other: "Caller") -> None:
        """Offer directly, through `call.signal`, until both are connected and have said so."""
        self.direct, other.direct = self._connection(), other._connection()
        await self.direct.setLocalDescription(await self.direct.createOffer())
        await self._signal(other, "offer")
        told = await other._hears_from(self)
        await other.direct.setRemoteDescription(RTCSessionDescription(told["sdp"], told["type"]))
        await other.direct.setLocalDescription(await other.direct.createAnswer())
        await other._signal(self, "answer")
        told = await self._hears_from(other)
        await self.direct.setRemoteDescription(RTCSessionDescription(told["sdp"], told["type"]))
        for person in (self, other):
            person._watch()
            await until(lambda it=person: it.direct.connectionState == "connected", 10, what="the direct path")  # type: ignore[misc]

    async def report(self, state: str) -> None:
        """What this leg sees of the present direct path."""
        call = await self.phone.call(self.call_id)
        await self.phone.ask(
            "call.report_path", call_id=self.call_id, leg_id=self.leg_id, path="direct", path_n=call["path_n"],
            state=state,
        )  # fmt: skip

    def sees(self, other: "Caller") -> bool:
        """Whether that person's picture moves here, on whichever path."""
        direct = any(len(one.checksums) > 3 and abs(one.level - other.level) < 12 for one in self.seen.values())
        return direct or self.relay.sees(other.relay)

    async def cut(self) -> None:
        """The direct path is gone."""
        if self.direct is not None:
            await self.direct.close()
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        self.direct, self._watching, self.seen = None, [], {}

    async def close(self) -> None:
        """Everything ends."""
        await self.cut()
        await self.relay.close()

    def _peer(self) -> Peer:
        return Peer(
            cast(Relays, self.asked), "", self.call_id, self.phone.person.user_id, level=self.level, hertz=self.hertz
        )

    def _connection(self) -> RTCPeerConnection:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        connection.addTrack(Tone(self.hertz))
        connection.addTrack(Picture(self.level))
        return connection

    async def _signal(self, other: "Caller", type_: str) -> None:
        assert self.direct is not None
        self._n += 1
        await self.phone.ask(
            "call.signal", call_id=self.call_id, leg_id=self.leg_id, to_leg_id=other.leg_id, n=self._n,
            description={"type": type_, "sdp": self.direct.localDescription.sdp},
        )  # fmt: skip

    async def _hears_from(self, other: "Caller") -> Told:
        told = await self.phone.hears("call.signaled", self.call_id, from_leg_id=other.leg_id, n=other._n)
        description: Told = told["description"]
        return description

    def _watch(self) -> None:
        assert self.direct is not None
        for number, transceiver in enumerate(self.direct.getTransceivers()):
            track, seen = transceiver.receiver.track, self.seen.setdefault(str(number), Seen())
            if track.kind == "video":
                self._watching.append(asyncio.create_task(_follow(track, seen.picture), name="watch"))


async def _follow(track: Any, note: Callable[[Any], None]) -> None:
    with contextlib.suppress(Exception):
        while True:
            note(await track.recv())


async def all_of(*work: Awaitable[Any]) -> None:
    """At the same time."""
    await asyncio.gather(*work)
