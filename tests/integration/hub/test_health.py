"""What a node says about itself: readiness without Valkey, and what it counts of the engine."""

import re
from typing import Any

from aiohttp import ClientSession

from models.enums import Role
from tests.support.site import Site
from tests.support.waiting import until

Sites = tuple[Site, Site]


async def readiness(site: Site) -> tuple[int, dict[str, Any]]:
    """Status and body of `/readyz`."""
    async with ClientSession() as session, session.get(f"{site.url}/readyz") as answer:
        return answer.status, await answer.json()


async def metric(site: Site, line: str) -> float:
    """The value of one line of `/metrics`."""
    async with ClientSession() as session, session.get(f"{site.url}/metrics") as answer:
        found = re.search(rf"^{re.escape(line)} (\S+)$", await answer.text(), re.MULTILINE)
    assert found is not None, line
    return float(found[1])


async def test_a_node_without_its_valkey_says_so_and_stays_ready(sites: Sites) -> None:
    site = sites[0]
    await until(lambda: site.node.rooms.connected, 10)
    status, body = await readiness(site)
    assert status == 200 and body["components"]["valkey"]["ok"] is True
    assert await metric(site, "carewire_rooms_connected") == 1.0
    await site.node.rooms.close()
    backplane = site.node.rooms._backplane
    assert backplane is not None
    backplane._heard_at = float("-inf")  # three missed pings later
    status, body = await readiness(site)
    assert status == 200 and body["status"] == "ready"
    assert body["components"]["valkey"]["ok"] is False
    assert await metric(site, "carewire_rooms_connected") == 0.0
    assert await metric(site, "carewire_rooms_dropped_total") >= 0.0


async def test_one_node_alone_has_no_valkey_to_show_and_a_dead_feed_makes_it_unready(site: Site) -> None:
    status, body = await readiness(site)
    assert status == 200 and body["components"].keys() == {"mongodb", "feed"}
    await site.node.feed.close()
    status, body = await readiness(site)
    assert status == 503 and body["status"] == "degraded"


async def test_acks_that_are_none_count_as_malformed_and_end_the_socket(site: Site) -> None:
    client = await site.connect(await site.enrol("Ann", Role.PATIENT))
    before = await metric(site, "carewire_frames_in_total")
    refused = await client.call("hs.ack", {"cur": "everything"})
    assert refused["error"]["code"] == "invalid"
    assert await metric(site, "carewire_malformed_total") == 1.0
    for _ in range(20):
        await client.emit("hs.ack", {"cur": "everything"})
    await until(lambda: not client.connected, 5)
    assert await metric(site, 'carewire_sockets_ended_total{reason="malformed"}') == 1.0
    assert await metric(site, "carewire_frames_in_total") > before
    assert await metric(site, "carewire_frames_out_total") > 0
