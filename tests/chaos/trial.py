"""One trial: rounds of talk and faults, then silence, then the checker."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.chaos.checker import Log, check
from tests.chaos.history import History
from tests.chaos.world import World

WARDS: Final = 4
NURSES: Final = 4
MESSAGES_PER_ROUND: Final = 60
SETTLE_S: Final = 60.0
FAULTS: Final = ("hub", "hub", "hub", "hub", "hub", "mongod", "mongod", "mongod", "valkey", "valkey")
"""How often each part is killed, in tenths: 100 hub, 60 mongod, 40 Valkey in 200 rounds."""


async def trial(rounds: int, seed: int, folder: Path, say: Callable[[str], None]) -> tuple[History, list[str]]:
    """Run it; what happened, and every violation in words."""
    world = World(folder, seed)
    try:
        await world.open(WARDS, NURSES)
        await world.settle(SETTLE_S)
        for number in range(rounds):
            await _round(world, FAULTS[number % len(FAULTS)])
            if (number + 1) % 10 == 0:
                say(f"round {number + 1} of {rounds}: {len(world.history.acked)} acknowledged")
        reached = await world.settle(SETTLE_S)
        return world.history, check(world.history, Log(await world.log()), reached)
    finally:
        await world.close()


async def _round(world: World, fault: str) -> None:
    random = world.random
    world.talk(MESSAGES_PER_ROUND // 2)
    await asyncio.sleep(random.uniform(0.02, 0.3))
    world.history.faults[fault] = world.history.faults.get(fault, 0) + 1
    hub = random.choice(world.hubs)
    if fault == "hub":
        await hub.kill()
    elif fault == "mongod" and world.mongo.pid is not None:
        os.kill(world.mongo.pid, signal.SIGKILL)
    elif fault == "valkey":
        await asyncio.to_thread(world.valkey.kill)
    world.talk(MESSAGES_PER_ROUND // 2)
    for client in random.sample(world.clients, 6):
        client.drop()
        world.history.drops += 1
    await asyncio.sleep(random.uniform(0.05, 0.4))
    if fault == "hub":
        await hub.start()
    elif fault == "valkey":
        await asyncio.to_thread(world.valkey.start)
    if random.random() < 0.3:
        await world.shuffle_member()


def summary(history: History, problems: list[str], seed: int) -> str:
    """The result in lines for people."""
    delivered = sum(map(len, history.delivered.values()))
    faults = ", ".join(f"{name} {number}" for name, number in sorted(history.faults.items()))
    verdict = (
        "0 acknowledged messages lost, 0 duplicates, 0 gaps, 0 reorderings"
        if not problems
        else f"{len(problems)} VIOLATIONS"
    )
    return "\n".join(
        [
            f"seed {seed}; killed: {faults}; {history.drops} connections dropped; {history.resent} commands sent twice",
            f"{history.pushed} pushes held against the position that was due",
            f"{len(history.acked)} acknowledged, {delivered} delivered, refused for good: {history.refused or 'none'}",
            verdict,
            *problems[:50],
        ]
    )


def run(rounds: int, seed: int, say: Callable[[str], None]) -> tuple[History, list[str]]:
    """A trial in a folder of its own, on a loop of its own."""
    with TemporaryDirectory(prefix="chaos-") as folder:
        return asyncio.run(trial(rounds, seed, Path(folder), say))
