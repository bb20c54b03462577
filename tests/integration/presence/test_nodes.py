"""Two nodes and a real Valkey: one person over both, a node that dies, a Valkey that is emptied, killed or frozen."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from hub.presence.valkey import ValkeyLeases
from models.enums import Availability
from models.events.presence import ReportActivity
from models.ids import UserId
from services.presence import PresenceService
from tests.integration.presence.stage import Stage
from tests.support.valkey import ValkeyProcess
from tests.support.waiting import until

ONLINE, AWAY, OFFLINE = Availability.ONLINE, Availability.AWAY, Availability.OFFLINE
LEASE_S = 1.5
"""Leases run on Valkey's own clock, so these are short; the nodes' clock is moved by hand."""


@pytest.fixture
async def nodes(stage: Stage, valkey: ValkeyProcess) -> AsyncIterator[tuple[PresenceService, PresenceService]]:
    stage.circle.join("doc", "pat")
    leases = [ValkeyLeases(valkey.url, LEASE_S) for _ in range(2)]
    one, other = (stage.node(held) for held in leases)
    yield one, other
    for held in leases:
        await held.close()


async def test_a_person_on_two_nodes_is_one(stage: Stage, nodes: tuple[PresenceService, PresenceService]) -> None:
    one, other = nodes
    screen = await stage.watch(other, "pat", "p1")
    phone = stage.connect(one, "doc", "d1")
    desk = stage.connect(other, "doc", "d2")
    await stage.step(6)
    assert screen.status("doc") is ONLINE
    await one.report(stage.unit("doc", phone), ReportActivity(active=False))
    await stage.step(6)
    assert screen.status("doc") is ONLINE
    await other.report(stage.unit("doc", desk), ReportActivity(active=False))
    await stage.step(6)
    assert screen.status("doc") is AWAY
    stage.disconnect(one, phone)
    await stage.step(9)
    assert screen.status("doc") is AWAY
    stage.disconnect(other, desk)
    await stage.step(15)
    assert screen.status("doc") is OFFLINE


async def test_ghosts_of_a_dead_node_go(stage: Stage, nodes: tuple[PresenceService, PresenceService]) -> None:
    one, other = nodes
    screen = await stage.watch(other, "pat", "p1")
    stage.connect(one, "doc", "d1")
    await stage.step()
    assert screen.status("doc") is ONLINE
    stage.nodes.remove(one)

    async def gone() -> bool:
        await stage.step(3)
        return screen.status("doc") is OFFLINE

    started = time.monotonic()
    await until(gone, 10, every_s=0.05)
    assert time.monotonic() - started > LEASE_S * 0.5, "a lease is a lease"
    await stage.look(other, "pat", stage.origins["p1"])
    assert screen.status("doc") is OFFLINE


async def test_a_clean_stop_leaves_no_leases(
    stage: Stage, nodes: tuple[PresenceService, PresenceService], valkey: ValkeyProcess
) -> None:
    one, _ = nodes
    await one.start()
    stage.connect(one, "doc", "d1")
    looking = ValkeyLeases(valkey.url)
    await until(lambda: _found(looking, "doc"))
    await one.stop()
    assert not await _found(looking, "doc")
    await looking.close()


async def test_an_emptied_or_restarted_valkey_is_right_again(
    stage: Stage, nodes: tuple[PresenceService, PresenceService], valkey: ValkeyProcess
) -> None:
    one, other = nodes
    screen = await stage.watch(other, "pat", "p1")
    stage.connect(one, "doc", "d1")
    await stage.step()
    for accident in (valkey.flush, valkey.restart):
        await asyncio.to_thread(accident)

        async def healed() -> bool:
            await stage.step(3)
            await stage.look(other, "pat", stage.origins["p1"])
            return screen.status("doc") is ONLINE

        await until(healed, 10, every_s=0.05)
    assert {view.status for view in screen.facts if view.user_id == "doc"} == {ONLINE}


async def test_a_frozen_valkey_holds_nobody_up_and_says_nobody_has_left(
    stage: Stage, nodes: tuple[PresenceService, PresenceService], valkey: ValkeyProcess
) -> None:
    one, other = nodes
    screen = await stage.watch(other, "pat", "p1")
    local = await stage.watch(one, "pat", "p2")
    stage.connect(one, "doc", "d1")
    await stage.step()
    valkey.freeze()
    try:
        started = time.monotonic()
        await stage.look(other, "pat", stage.origins["p1"])
        assert time.monotonic() - started < 1.5
        stage.circle.join("pat", "nurse")
        stage.connect(one, "nurse", "n1")
        await stage.step(10)
        assert local.status("nurse") is ONLINE, "a node goes on telling about its own people"
        await asyncio.sleep(LEASE_S)  # the leases run out while nobody can say them again
    finally:
        valkey.thaw()

    async def healed() -> bool:
        await stage.step(1)
        await stage.look(other, "pat", stage.origins["p1"])
        return screen.status("doc") is ONLINE

    await until(healed, 10, every_s=0.05)
    assert OFFLINE not in {view.status for view in screen.facts + local.facts if view.user_id == "doc"}


async def _found(leases: ValkeyLeases, user_id: str) -> bool:
    return bool(await leases.look([UserId(user_id)]))
