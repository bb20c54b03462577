"""SIGTERM with two thousand sockets open: readiness first, a goodbye for everybody, out within ten seconds."""

import asyncio
import signal
from pathlib import Path
from time import monotonic

import orjson
import pytest
from aiohttp import ClientSession

from tests.bench.wire import Wire, connect
from tests.chaos.world import World

SOCKETS = 2000
AT_ONCE = 40


@pytest.mark.timeout(180)
async def test_two_thousand_sockets_are_told_goodbye_and_the_hub_is_gone_in_ten_seconds(tmp_path: Path) -> None:
    world = World(tmp_path, seed=1, nodes=1)
    goodbyes: list[dict[str, object]] = []

    def hear(wire: Wire, packet: bytes) -> None:
        name, fact = orjson.loads(packet[2:])
        if name == "hub.goodbye":
            goodbyes.append(fact)

    try:
        await world.open(wards=40, nurses=4)
        hub = world.hubs[0]
        gate = asyncio.Semaphore(AT_ONCE)
        people = world.clients

        async def enter(number: int) -> Wire:
            async with gate:
                return await connect(hub.port, {"token": people[number % len(people)].token()}, hear)

        for client in people:
            await client.stop()
        await asyncio.gather(*(enter(number) for number in range(SOCKETS)))
        started = monotonic()
        hub.send(signal.SIGTERM)
        assert await hub.ended() == 0
        print(f"gone after {monotonic() - started:.1f} s")
        assert monotonic() - started < 10
        assert len(goodbyes) == SOCKETS
        assert {fact["code"] for fact in goodbyes} == {"restarting"}
        waits = {int(str(fact["after_ms"])) for fact in goodbyes}
        assert len(waits) > SOCKETS / 10 and max(waits) <= 5000
    finally:
        await world.close()


async def test_readiness_names_every_component(tmp_path: Path) -> None:
    world = World(tmp_path, seed=2, nodes=1)
    try:
        await world.open(wards=0, nurses=0)
        async with ClientSession() as session:
            url = f"http://127.0.0.1:{world.hubs[0].port}"
            ready = await (await session.get(f"{url}/readyz")).json()
            assert ready["status"] == "ready" and {"mongodb", "feed"} <= ready["components"].keys()
            assert (await session.get(f"{url}/healthz")).status == 200
            metrics = await (await session.get(f"{url}/metrics")).text()
            assert "carewire_connections 0.0" in metrics
    finally:
        await world.close()
