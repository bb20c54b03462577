"""What a second node costs the first: it hears of every event that the other one writes."""

import asyncio
from typing import Final

from tests.bench.clinic import Clinic
from tests.bench.rig import Rig, Server
from tests.bench.scenarios import WARM_UP_S, acknowledging, cpu_s, enter_all, leave_all, pace

PER_NODE_PER_S: Final = 500
PAIRS_EACH: Final = 50


async def second_node(rig: Rig, clinic: Clinic, seconds: float) -> dict[str, float]:
    """Processor time per message of a node alone, and beside a second one that carries the same load.

    Two nodes on one core cannot both run at full speed, so what is compared is what a message costs: its inverse is
    the rate that each node would keep on a core of its own.
    """
    first, second = rig.hub(seals="a"), rig.hub(seals="b")
    try:
        await first.start()
        alone = await _cost([first], clinic, seconds)
        await second.start()
        both = await _cost([first, second], clinic, seconds)
    finally:
        await first.kill()
        await second.kill()
    return {"alone_us": alone, "both_us": both, "kept": alone / both}


async def _cost(servers: list[Server], clinic: Clinic, seconds: float) -> float:
    """Microseconds of the first node's processor time per message of its own."""
    targets = [server.target for server in servers]
    crews = [clinic.in_pairs(hub=True, first=number * PAIRS_EACH, pairs=PAIRS_EACH) for number in range(len(targets))]
    entered = [
        await enter_all(target, crew, acknowledging(target)) for target, crew in zip(targets, crews, strict=True)
    ]

    async def load(for_s: float) -> int:
        pairs = zip(entered, crews, strict=True)
        answers = await asyncio.gather(*(pace(wires, crew, PER_NODE_PER_S, for_s) for wires, crew in pairs))
        return len(answers[0])

    await load(WARM_UP_S)
    before = cpu_s(targets[0].pid)
    answered = await load(seconds)
    used = cpu_s(targets[0].pid) - before
    for wires in entered:
        await leave_all(wires)
    return used / answered * 1e6
