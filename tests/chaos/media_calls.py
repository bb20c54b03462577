"""Recorded calls of light-weight peers on real media processes, which are killed under them."""

import asyncio
import base64
import secrets
import signal
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from models.ids import new_id
from models.media import AnswerLeg, JoinLeg, LegOffer, StartRecord, StopRecord
from tests.bench.media.peer import LoadPeer
from tests.bench.media.picture import Loop, make_loop
from tests.bench.media.sender import Sender
from tests.support.lossy_path import HOST
from tests.support.media import Process, Relays, linked
from tests.support.waiting import until

PARTIES: Final = ("ann", "bob")
PICTURES: Final = 30
"""In the loop: a key frame each second."""
FLOWS_S: Final = 20.0
"""How long is waited at all; what is late is a violation, not a crash."""
PACKETS: Final = 10


def short_loop() -> Loop:
    """A second of pictures that show their numbers, and of sound."""
    loop = make_loop(352, 288)
    return Loop(loop.video[:PICTURES], loop.audio[:50])


class Caller(LoadPeer):
    """Knows when it sent what."""

    def __init__(self) -> None:
        super().__init__(HOST, tagged=False)
        self.sound_sent_at: list[float] = []

    def send_frame(self, kind: str, payloads: list[bytes], n: int) -> None:
        before = self.sent
        super().send_frame(kind, payloads, n)
        if kind == "audio" and self.sent > before:
            self.sound_sent_at.append(time.monotonic())

    @property
    def receives(self) -> bool:
        """Sound and a whole picture of the other one."""
        return self.received.packets > PACKETS and bool(self.received.frames)


@dataclass
class Part:
    """What one process recorded of one call. Times are `time.monotonic()`."""

    recording_id: str
    number: int
    key: bytes
    began_at: float
    peers: dict[str, Caller]
    ended_at: float = 0.0


class Call:
    """Two parties, on one process after the other."""

    def __init__(self, relays: Relays, crowd: Sender) -> None:
        self.call_id, self.recording_id, self.key = new_id(), new_id(), secrets.token_bytes(32)
        self.process = ""
        self.part: Part | None = None
        self.peers: dict[str, Caller] = {}
        self._relays, self._crowd, self._path_n = relays, crowd, 0

    async def move(self, process: str) -> None:
        """Join both parties there and go on recording, as the engine of calls does."""
        self.hang_up()
        self.process, self._path_n = process, self._path_n + 1
        for name in PARTIES:
            await self._join(name)
        await until(lambda: all(peer.connected.is_set() for peer in self.peers.values()), FLOWS_S, what="connected")
        await self._relays.pool.ask(process, StartRecord(
            call_id=self.call_id, recording_id=self.recording_id, part=self._path_n,
            key=base64.b64encode(self.key).decode(), parties=list(PARTIES),
        ))  # fmt: skip
        self.part = Part(self.recording_id, self._path_n, self.key, time.monotonic(), dict(self.peers))
        await until(lambda: all(peer.receives for peer in self.peers.values()), FLOWS_S, what="media of both")

    async def _join(self, name: str) -> None:
        peer = self.peers[name] = Caller()
        leg_id = f"{name}-{self._path_n}"
        offer = await self._relays.pool.ask(self.process, JoinLeg(
            call_id=self.call_id, party_id=name, leg_id=leg_id, path_n=self._path_n, consented=True
        ))  # fmt: skip
        assert isinstance(offer, LegOffer)
        await self._relays.pool.ask(self.process, AnswerLeg(
            call_id=self.call_id, leg_id=leg_id, offer_id=offer.offer_id, sdp=peer.answer(offer.sdp)
        ))  # fmt: skip
        self._crowd.add(peer)

    async def stop(self) -> None:
        """Finish the recording properly."""
        assert self.part is not None
        self.part.ended_at = time.monotonic()
        await self._relays.pool.ask(self.process, StopRecord(call_id=self.call_id, recording_id=self.recording_id))
        self.hang_up()

    def hang_up(self) -> None:
        """Both, without a word."""
        for peer in self.peers.values():
            self._crowd.drop(peer)
            peer.close()
        self.peers = {}


@dataclass
class Clinic:
    """Two processes, the calls on them, and every part there was."""

    folder: Path
    random: Random
    relays: Relays
    processes: dict[str, Process]
    calls: list[Call]
    parts: list[Part] = field(default_factory=list)
    recovered_s: list[float] = field(default_factory=list)
    """From each kill until media flows again for every party of a call."""

    async def round(self) -> None:
        """Kill the process of some call at some moment, and go on in the other."""
        victim = self.processes[self.random.choice(self.calls).process]
        await asyncio.sleep(self.random.uniform(0.0, 3.0))
        moving = [call for call in self.calls if call.process == victim.address]
        killed_at = time.monotonic()
        await victim.end(signal.SIGKILL)
        for call in moving:
            assert call.part is not None
            call.part.ended_at = killed_at
            self.parts.append(call.part)
        await until(lambda: victim.address in [address for address, _ in self.relays.lost], 10, what="the loss told")
        for call in moving:
            process = self.relays.pool.place(avoid=victim.address)
            assert process is not None
            await call.move(process)
            self.recovered_s.append(time.monotonic() - killed_at)
        await self.relays.pool.remove(victim.address)
        await self.start_process()
        del self.processes[victim.address]

    async def start_process(self) -> None:
        """One more, linked."""
        process = Process(self.folder, next(iter(self.processes.values())).secret)
        await process.start()
        self.processes[process.address] = process
        self.relays.pool.add(process.address)
        await until(lambda: len(self.relays.pool.loads()) == 2, 10, what="two processes linked")

    async def stop(self) -> None:
        """The last parts end properly."""
        for call in self.calls:
            assert call.part is not None
            await call.stop()
            self.parts.append(call.part)


async def killed(rounds: int, seed: int, calls: int, folder: Path) -> Clinic:
    """So many rounds; what happened is in the result, what was recorded in `folder`."""
    (folder / "recordings").mkdir()
    first = [Process(folder, b"s" * 32) for _ in range(2)]
    crowd = Sender(await asyncio.to_thread(short_loop))
    async with AsyncExitStack() as stack:
        for process in first:
            await process.start()
        relays = await stack.enter_async_context(linked(*first))
        clinic = Clinic(folder, Random(seed), relays, {it.address: it for it in first}, [])
        try:
            crowd.start()
            clinic.calls = [Call(relays, crowd) for _ in range(calls)]
            for call in clinic.calls:
                await call.move(relays.pool.place() or "")
            for _ in range(rounds):
                await clinic.round()
            await clinic.stop()
        finally:
            crowd.stop()
            for call in clinic.calls:
                call.hang_up()
            for process in (*first, *clinic.processes.values()):
                await process.close()
    return clinic
