"""What a second node costs the first: it hears of every event that the other one writes."""

import asyncio
from typing import Final

from tests.bench.clinic import Clinic
from tests.bench.rig import Rig, Server
from tests.bench.scenarios import Target, acknowledging, cpu_s, enter_all, leave_all, pace

PER_NODE_PER_S: Final = 500
PAIRS_EACH: Final = 50


async def second_node(rig: Rig, clinic: Clinic, seconds: float) -> dict[str, float]:
    """Processor time per message of one node alone, and of two that each carry the same load beside each other.

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
    """Microseconds of processor time per message, on average over the nodes."""
    targets = [server.target for server in servers]
    crews = [clinic.in_pairs(hub=True, first=number * PAIRS_EACH, pairs=PAIRS_EACH) for number in range(len(targets))]
    entered = [
        await enter_all(target, crew, acknowledging(target)) for target, crew in zip(targets, crews, strict=True)
    ]
    before = _cpu(targets)
    answers = await asyncio.gather(
        *(pace(wires, crew, PER_NODE_PER_S, seconds) for wires, crew in zip(entered, crews, strict=True))
    )
    used = _cpu(targets) - before
    for wires in entered:
        await leave_all(wires)
    return used / sum(map(len, answers)) * 1e6


def _cpu(targets: list[Target]) -> float:
    return sum(cpu_s(target.pid) for target in targets)
