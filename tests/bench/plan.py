"""The programme: which scenario runs against which sides, for how long, and in what order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from tests.bench import scenarios
from tests.bench.clinic import Clinic
from tests.bench.rig import Rig, Server
from tests.bench.scenarios import Target
from tests.bench.storm import reconnect_storm
from tests.bench.two_nodes import second_node

Figures = dict[str, float]
Run = Callable[[], Awaitable[Figures]]

HUB: Final = "hub"
PEER: Final = "peer"
PEER_AUDIT: Final = "peer+audit"
OPEN_PER_S: Final = 500


@dataclass(frozen=True)
class Scenario:
    """One row of the report; `sides` run in turn, so that whatever else the machine does meets them alike."""

    name: str
    sides: dict[str, Run]


def programme(rig: Rig, clinic: Clinic, *, quick: bool) -> list[Scenario]:
    """Every scenario, over the same people on both sides."""
    closed_s, open_s, fan_s = (2.0, 4.0, 2.0) if quick else (3.0, 6.0, 2.5)

    def hub(drive: Callable[[Target], Awaitable[Figures]]) -> Run:
        return lambda: _against(rig.hub(), drive)

    def peer(drive: Callable[[Target], Awaitable[Figures]], *, audit: bool = False) -> Run:
        return lambda: _against(rig.peer(audit=audit), drive)

    def talk(target: Target) -> Awaitable[Figures]:
        people = clinic.in_pairs(hub=target.syncs)
        return scenarios.closed_loop(target, people, scenarios.message, closed_s)

    def touch(target: Target) -> Awaitable[Figures]:
        return scenarios.closed_loop(target, clinic.in_pairs(hub=target.syncs), scenarios.typing, closed_s)

    def steady(target: Target) -> Awaitable[Figures]:
        return scenarios.open_loop(target, clinic.in_pairs(hub=target.syncs), OPEN_PER_S, open_s)

    def room(size: int) -> Callable[[Target], Awaitable[Figures]]:
        return lambda target: scenarios.fan_out(target, clinic.in_room(size, hub=target.syncs), fan_s)

    def arrive(count: int) -> Callable[[Target], Awaitable[Figures]]:
        return lambda target: scenarios.connections(target, clinic.idle(count, hub=target.syncs))

    def storm(server: Server) -> Awaitable[Figures]:
        return reconnect_storm(server, clinic.in_storm(hub=server.syncs))

    return [
        Scenario("durable", {HUB: hub(talk), PEER: peer(talk), PEER_AUDIT: peer(talk, audit=True)}),
        Scenario("command", {HUB: hub(touch), PEER: peer(touch)}),
        Scenario("steady", {HUB: hub(steady), PEER: peer(steady), PEER_AUDIT: peer(steady, audit=True)}),
        Scenario("fan-out-100", {HUB: hub(room(100)), PEER: peer(room(100))}),
        Scenario("fan-out-1000", {HUB: hub(room(1_000)), PEER: peer(room(1_000))}),
        Scenario("connect-1000", {HUB: hub(arrive(1_000)), PEER: peer(arrive(1_000))}),
        Scenario("connect-5000", {HUB: hub(arrive(5_000)), PEER: peer(arrive(5_000))}),
        Scenario("storm", {HUB: lambda: _alone(rig.hub(), storm), PEER: lambda: _alone(rig.peer(), storm)}),
        Scenario("second-node", {HUB: lambda: second_node(rig, clinic, closed_s)}),
    ]


async def _against(server: Server, drive: Callable[[Target], Awaitable[Figures]]) -> Figures:
    """A fresh process for each run: neither its memory nor its caches are those of another scenario."""
    await server.start()
    try:
        return await drive(server.target)
    finally:
        await server.kill()


async def _alone(server: Server, drive: Callable[[Server], Awaitable[Figures]]) -> Figures:
    try:
        return await drive(server)
    finally:
        await server.kill()
