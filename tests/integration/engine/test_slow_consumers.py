"""Peers that do not read are cut: by age, by size, whatever they still send, and without waiting for them."""

import asyncio
import time

from hub.engine.frames import event_frame
from hub.engine.peer import Peer
from tests.integration.engine.site import DEADLINE_S, Site, StalledClient, Start, eventually

BIG = event_frame("vitals.wave", b'"' + b"x" * 50_000 + b'"')


async def stalled(site: Site) -> tuple[StalledClient, Peer]:
    client = await StalledClient.joined(site.url)
    await eventually(lambda: len(site.door.admitted) == 1)
    return client, site.door.admitted[0]


async def fill(peer: Peer, at_least: int) -> None:
    """Send until the kernel takes no more and so much waits in our memory."""
    while peer.buffered < at_least:
        peer.send(BIG)
        await asyncio.sleep(0)


async def test_a_stalled_peer_that_still_pongs_is_cut_by_the_age_of_its_head(start: Start) -> None:
    site = await start(max_head_age_s=0.5, ping_interval_s=0.1, ping_timeout_s=5.0, max_buffered_bytes=64 << 20)
    client, peer = await stalled(site)
    await fill(peer, 200_000)
    assert peer.buffered > 0
    began = time.monotonic()
    while not site.door.departed:
        assert time.monotonic() - began < DEADLINE_S
        client.send(b"3")
        await asyncio.sleep(0.02)
    assert site.door.departed == [(peer, "slow_consumer")]
    assert time.monotonic() - began >= 0.4
    client.close()


async def test_a_stalled_peer_is_cut_when_too_much_waits(start: Start) -> None:
    site = await start(max_buffered_bytes=300_000)
    client, peer = await stalled(site)
    most = 0
    for _ in range(2000):
        peer.send(BIG)
        most = max(most, peer.buffered)
        await asyncio.sleep(0)
        if site.door.departed:
            break
    assert site.door.departed == [(peer, "slow_consumer")]
    assert most <= 300_000 + 2 * len(BIG.wire)
    client.close()


async def test_a_flood_within_one_loop_turn_is_bounded_too(start: Start) -> None:
    site = await start(max_buffered_bytes=300_000)
    ws = await site.joined()
    peer = site.door.admitted[0]
    for _ in range(100):
        peer.send(BIG)
    assert peer.buffered <= 300_000 + len(BIG.wire)
    assert site.door.departed == []  # the door is never re-entered from send()
    await eventually(lambda: len(site.door.departed) == 1)
    assert site.door.departed == [(peer, "slow_consumer")]
    await ws.close()


async def test_a_reading_peer_is_not_cut_however_much_it_gets(start: Start) -> None:
    site = await start(max_head_age_s=0.3, max_buffered_bytes=300_000)
    ws = await site.joined(max_msg_size=0)
    peer = site.door.admitted[0]
    began = time.monotonic()
    sent = 0
    while time.monotonic() - began < 1.0:
        peer.send(BIG)
        sent += 1
        assert "vitals.wave" in await ws.receive_str(timeout=DEADLINE_S)
    assert not site.door.departed and sent > 10
    await eventually(lambda: peer.buffered == 0)
    assert peer.head_age_s == 0.0


async def test_cut_ends_a_stalled_peer_at_once(site: Site) -> None:
    client, peer = await stalled(site)
    await fill(peer, 200_000)
    began = time.monotonic()
    peer.cut("session_ended")
    peer.cut("session_ended")
    peer.send(BIG)
    await eventually(lambda: bool(site.door.departed))
    assert time.monotonic() - began < 1.0
    assert site.door.departed == [(peer, "session_ended")]
    assert list(site.engine.peers) == []
    assert peer.buffered == 0
    client.close()


async def polling(site: Site) -> tuple[str, Peer]:
    """Join by polling; returns the URL of the session."""
    opened = await (await site.session.get(f"{site.socket_url}?EIO=4&transport=polling")).text()
    sid = opened.split('"sid":"')[1].split('"')[0]
    url = f"{site.socket_url}?EIO=4&transport=polling&sid={sid}"
    assert (await site.session.post(url, data="40")).status == 200
    answer = await (await site.session.get(url)).text()
    if "hub.welcome" not in answer:
        await site.session.get(url)
    return url, site.door.admitted[0]


async def test_a_polling_peer_that_stops_polling_is_cut_by_age(start: Start) -> None:
    site = await start(max_head_age_s=0.4, ping_interval_s=30, ping_timeout_s=30)
    url, peer = await polling(site)
    peer.send(event_frame("chat.sent", b"{}"))
    assert peer.buffered > 0
    await eventually(lambda: bool(site.door.departed))
    assert site.door.departed == [(peer, "slow_consumer")]
    assert (await site.session.get(url)).status == 400


async def test_a_polling_peer_is_cut_when_too_much_waits(start: Start) -> None:
    site = await start(max_buffered_bytes=300_000)
    _, peer = await polling(site)
    for _ in range(10):
        peer.send(BIG)
    await eventually(lambda: bool(site.door.departed))
    assert site.door.departed == [(peer, "slow_consumer")]


async def test_cut_answers_a_waiting_poll(site: Site) -> None:
    url, peer = await polling(site)
    waiting = asyncio.create_task(site.session.get(url))
    await asyncio.sleep(0.05)
    peer.cut("session_ended")
    answer = await asyncio.wait_for(waiting, DEADLINE_S)
    assert await answer.text() == "1"
    assert site.door.departed == [(peer, "session_ended")]


async def test_a_peer_that_stops_answering_pings_is_cut(start: Start) -> None:
    site = await start(ping_interval_s=0.2, ping_timeout_s=0.2)
    ws = await site.joined()
    began = time.monotonic()
    await eventually(lambda: bool(site.door.departed))
    assert 0.3 < time.monotonic() - began < 3
    assert site.door.departed[0][1] == "ping_timeout"
    await ws.close()


async def test_a_ping_flood_from_one_that_never_reads_is_bounded(start: Start) -> None:
    site = await start(max_buffered_bytes=100_000, inbound_burst_bytes=1 << 30)
    client, peer = await stalled(site)
    most = 0
    async with asyncio.timeout(DEADLINE_S):
        while not site.door.departed:
            for _ in range(200):
                client.send(b"p" * 125, opcode=0x9)
            await asyncio.sleep(0)
            most = max(most, peer.buffered)
    assert site.door.departed == [(peer, "slow_consumer")]
    assert most <= 400_000
    client.close()


async def test_a_door_that_never_stops_greeting_is_bounded(site: Site) -> None:
    site.door.greetings = 1000
    ws = await site.websocket()
    await ws.send_str("40")
    await eventually(lambda: bool(site.door.departed))
    assert site.door.departed[0][1] == "transport_close"
    assert site.engine.counters.ended == {"slow_consumer": 1}
