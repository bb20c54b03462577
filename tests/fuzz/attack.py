"""Sends malformed frames at a hub process and says what became of it."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from aiohttp import ClientError, ClientSession

from tests.bench.scenarios import rss_kb
from tests.bench.wire import Wire, connect
from tests.chaos.world import World
from tests.fuzz.frames import frames
from tests.fuzz.soundness import Soundness, is_ready, metrics_of, soundness

FRAMES_PER_SOCKET: Final = 400
SIDE_BY_SIDE: Final = 24
BURST: Final = 20
ANSWER_S: Final = 1.0
POLL_EVERY: Final = 50
"""One socket in so many attacks by long-polling instead."""


@dataclass
class Outcome:
    """What the hub was like afterwards."""

    frames: int
    sockets: int
    cut: int
    grown_kb: int
    hub: Soundness
    answers: bool

    @property
    def sound(self) -> bool:
        """Nothing crashed, nothing was unhandled, and it still serves."""
        return self.answers and self.hub.sound


async def attack(count: int, seed: int, folder: Path) -> Outcome:
    """Send `count` frames over many sockets to one hub with real rooms to hit."""
    world = World(folder, seed, nodes=1)
    try:
        await world.open(wards=2, nurses=1, environment={"MAX_MALFORMED_PER_MINUTE": "1000000", "LOG_LEVEL": "INFO"})
        await world.settle(10)
        hub = world.hubs[0]
        await _volley(world, min(2000, count), Random(seed))
        before = rss_kb(hub.pid)
        sent, sockets, cut = await _volley(world, count, Random(seed + 1))
        grown = rss_kb(hub.pid) - before
        return Outcome(
            frames=sent,
            sockets=sockets,
            cut=cut,
            grown_kb=grown,
            hub=soundness(await metrics_of(hub.port), folder / "hub0.log", ready=await is_ready(hub.port)),
            answers=await _still_serves(world),
        )
    finally:
        await world.close()


async def _volley(world: World, count: int, random: Random) -> tuple[int, int, int]:
    """Sockets side by side until enough was sent: frames, sockets, and how many the hub cut."""
    sent = sockets = cut = 0
    attackers = [one for one in world.clients if one.conversation_id == world.clients[0].conversation_id]
    victim = attackers[0]
    supply = frames(random, victim.conversation_id, victim.user_id)

    async def one() -> None:
        nonlocal sent, sockets, cut
        while sent < count:
            sockets += 1
            attacker = random.choice(attackers)
            if sockets % POLL_EVERY == 0:
                sent += await _by_polling(world.hubs[0].port, random)
                continue
            with suppress(ConnectionError, OSError, TimeoutError):
                wire = await connect(world.hubs[0].port, {"token": attacker.token()})
                for _ in range(min(FRAMES_PER_SOCKET, count - sent)):
                    if wire.closed:
                        cut += 1
                        break
                    wire.write(_masked(next(supply), random))
                    sent += 1
                    if sent % BURST == 0:
                        await _answered(wire, attacker.stream)
                await _answered(wire, attacker.stream)
                if wire.transport is not None:
                    wire.transport.abort()

    await asyncio.gather(*(one() for _ in range(SIDE_BY_SIDE)))
    return sent, sockets, cut


def _masked(payload: bytes, random: Random) -> bytes:
    """Mostly a text frame; now and then a binary, a fragment, a reserved opcode or an unmasked one."""
    first = random.choices((0x81, 0x82, 0x01, 0x83, 0x89, 0xC1), (9940, 40, 5, 5, 5, 5))[0]
    size = len(payload)
    if first == 0x89:
        payload, size = payload[:125], min(size, 125)
    head = bytes((first, 0x80 | size)) if size < 126 else bytes((first, 0xFE)) + size.to_bytes(2, "big")
    if size > 65535:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + b"\x00\x00\x00\x00" + payload


async def _answered(wire: Wire, stream: str) -> None:
    """Wait until the hub has come through what was sent so far: a good command behind it is answered."""
    asked = asyncio.ensure_future(wire.ask("hs.sync", {"cur": {stream: 0}}, ANSWER_S))
    while not asked.done() and not wire.closed:
        await asyncio.sleep(0.002)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def _by_polling(port: int, random: Random) -> int:
    """A polling session fed with nonsense bodies."""
    url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=polling"
    bodies = (b"", b"4", b"42[", b"\x1e" * 100, b"b" + os.urandom(50), b"4" * 70_000, b"40\x1e42[]", os.urandom(300))
    with suppress(ClientError, TimeoutError):
        async with ClientSession() as session:
            opened = await (await session.get(url)).text()
            sid = opened.partition('"sid":"')[2].partition('"')[0]
            for body in random.sample(bodies, 4):
                await session.post(f"{url}&sid={random.choice((sid, sid, 'nope', ''))}", data=body)
            return 4
    return 0


async def _still_serves(world: World) -> bool:
    """A real message still gets from one person to the others."""
    before = len(world.history.acked)
    bystanders = [one for one in world.clients if one.conversation_id != world.clients[0].conversation_id]
    for client in bystanders:
        client.say("still here")
    with suppress(TimeoutError):
        async with asyncio.timeout(20):
            while any(client.outbox for client in bystanders):
                await asyncio.sleep(0.05)
    return len(world.history.acked) >= before + len(bystanders)
