"""Bounds on what comes in: sizes, sockets, and the time nobody signs in."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.integration.engine.site import DEADLINE_S, Site, Start, eventually


async def open_polling(site: Site) -> str:
    """A polling session that has joined the root namespace; returns its URL."""
    opened = await (await site.session.get(f"{site.socket_url}?EIO=4&transport=polling")).text()
    url = f"{site.socket_url}?EIO=4&transport=polling&sid={json.loads(opened[1:])['sid']}"
    assert (await site.session.post(url, data="40")).status == 200
    await eventually(lambda: bool(site.door.admitted))
    answer = await (await site.session.get(url)).text()
    assert answer.startswith("40{") and "hub.welcome" in answer
    return url


def event_of(size: int) -> str:
    return '421["note.put","' + "x" * (size - 18) + '"]'


@pytest.mark.parametrize("size", [100, 60_000, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_polling_bodies_arrive_whole_up_to_the_limit(start: Start, size: int, chunked: bool) -> None:
    site = await start(max_message_bytes=200_000)
    url = await open_polling(site)
    body = event_of(size)
    assert len(body) == size

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, size, 7001):
            yield body[at : at + 7001].encode()

    answer = await site.session.post(url, data=chunks() if chunked else body)
    assert answer.status == 200
    assert site.door.received == [("note.put", body[15:-1].encode())]


@pytest.mark.parametrize("size", [131_073, 1_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_larger_polling_bodies_get_a_clear_refusal(site: Site, size: int, chunked: bool) -> None:
    url = await open_polling(site)
    body = event_of(size).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, size, 50_000):
            yield body[at : at + 50_000]

    answer = await site.session.post(url, data=chunks() if chunked else body)
    assert answer.status == 413
    assert answer.content_type == "application/problem+json"
    problem = await answer.json(content_type=None)
    assert problem["code"] == "too_large" and problem["status"] == 413
    assert site.door.received == []


async def test_many_packets_in_one_polling_body_are_all_taken(site: Site) -> None:
    url = await open_polling(site)
    body = "\x1e".join(f'42["note.put",{n}]' for n in range(100))
    assert (await site.session.post(url, data=body)).status == 200
    assert site.door.received == [("note.put", str(n).encode()) for n in range(100)]


async def test_a_websocket_message_of_the_limit_passes_and_one_more_byte_closes_with_1009(site: Site) -> None:
    ws = await site.joined()
    await ws.send_str(event_of(131_072))
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("431[")
    await ws.send_str(event_of(131_073))
    closed = await ws.receive(timeout=DEADLINE_S)
    assert closed.type is aiohttp.WSMsgType.CLOSE and closed.data == 1009
    await eventually(lambda: bool(site.door.departed))
    assert site.door.departed[0][1] == "too_large"


async def test_broken_websocket_framing_closes_with_a_protocol_error(site: Site) -> None:
    ws = await site.joined()
    assert ws._writer is not None
    ws._writer.transport.write(bytes((0xF1, 0x80, 0, 0, 0, 0)))  # reserved bits set
    closed = await ws.receive(timeout=DEADLINE_S)
    assert closed.type is aiohttp.WSMsgType.CLOSE and closed.data == 1002
    await eventually(lambda: bool(site.door.departed))


@pytest.mark.parametrize("talk", [None, "42garbage", "2probe"])
async def test_a_socket_that_joins_no_namespace_is_cut(start: Start, talk: str | None) -> None:
    site = await start(connect_timeout_s=0.3)
    ws = await site.websocket()
    if talk is not None:
        await ws.send_str(talk)
    began = time.monotonic()
    async with asyncio.timeout(DEADLINE_S):
        while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert time.monotonic() - began < 2
    assert site.engine.counters.ended == {"connect_timeout": 1}


async def test_a_polling_socket_that_joins_no_namespace_is_cut(start: Start) -> None:
    site = await start(connect_timeout_s=0.3)
    await site.session.get(f"{site.socket_url}?EIO=4&transport=polling")
    assert site.engine.sockets_by_transport["polling"] == 1
    await eventually(lambda: site.engine.sockets_by_transport["polling"] == 0)
    assert site.engine.counters.ended == {"connect_timeout": 1}


async def test_a_socket_that_left_its_last_namespace_is_cut_and_one_that_stays_is_not(start: Start) -> None:
    site = await start(connect_timeout_s=0.3, ping_interval_s=5)
    stays, leaves = await site.joined(), await site.joined()
    await leaves.send_str("41")
    await eventually(lambda: site.engine.counters.ended == {"connect_timeout": 1})
    await stays.send_str('421["echo.ask"]')
    assert (await stays.receive_str(timeout=DEADLINE_S)).startswith("431")


async def test_an_admission_that_takes_too_long_is_refused(start: Start) -> None:
    site = await start(connect_timeout_s=0.3)
    site.door.hold = asyncio.Event()
    ws = await site.websocket()
    await ws.send_str("40")
    await eventually(lambda: not any(site.engine.sockets_by_transport.values()))
    assert site.door.admitted == [] and site.door.departed == []


async def test_strangers_are_bounded_per_address_and_in_all(start: Start) -> None:
    site = await start(max_unauthenticated_per_address=3)
    strangers = [await site.websocket() for _ in range(3)]
    url = f"{site.socket_url}?EIO=4&transport=polling"
    refused = await site.session.get(url)
    assert refused.status == 429 and refused.headers["Retry-After"]
    assert (await refused.json(content_type=None))["code"] == "too_fast"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await site.websocket()
    assert refusal.value.status == 429
    await strangers[0].send_str("40")  # signing in makes room, so does leaving
    await eventually(lambda: len(site.door.admitted) == 1)
    await strangers[1].close()
    await eventually(lambda: site.engine.sockets_by_transport["websocket"] == 2)
    again = [await site.websocket() for _ in range(2)]
    assert (await site.session.get(url)).status == 429
    await again[0].close()

    crowded = await start(max_unauthenticated=2)
    for _ in range(2):
        await crowded.websocket()
    assert (await crowded.session.get(f"{crowded.socket_url}?EIO=4&transport=polling")).status == 503


async def test_a_full_node_answers_503(start: Start) -> None:
    site = await start(max_sockets=2)
    for _ in range(2):
        await site.joined()
    answer = await site.session.get(f"{site.socket_url}?EIO=4&transport=polling")
    assert answer.status == 503
    assert (await answer.json(content_type=None))["code"] == "busy"


async def test_polling_can_be_turned_off(start: Start) -> None:
    site = await start(transports=("websocket",))
    assert (await site.session.get(f"{site.socket_url}?EIO=4&transport=polling")).status == 400
    await site.joined()


async def test_upgrading_can_be_turned_off(start: Start) -> None:
    site = await start(transports=("polling",))
    url = await open_polling(site)
    for transport in ("websocket", "polling"):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await site.session.ws_connect(url.replace("transport=polling", f"transport={transport}"))


async def test_jsonp_is_refused(site: Site) -> None:
    assert (await site.session.get(f"{site.socket_url}?EIO=4&transport=polling&j=0")).status == 400


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Transfer-Encoding: chunked", b"zz\r\nnot chunked\r\n"),
        ("Content-Encoding: gzip\r\nContent-Length: 9", b"not gzip!"),
        ("Content-Length: 0", b""),
        ("Content-Length: 3", b"\xff\xfe\x1e"),
    ],
)
async def test_broken_polling_bodies_are_refused_without_a_traceback(
    site: Site, headers: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    url = await open_polling(site)
    host, port = site.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    path = url.removeprefix(site.url)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n{headers}\r\n\r\n".encode() + body)
    answer = await asyncio.wait_for(reader.read(), DEADLINE_S)
    assert answer.split(b" ")[1] in (b"200", b"400")
    assert caplog.records == []
    writer.close()


async def test_a_body_that_never_ends_is_given_up(start: Start) -> None:
    site = await start(ping_interval_s=0.2, ping_timeout_s=0.2)
    host, port = site.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: hub\r\nContent-Length: 9\r\n\r\n42")
    answer = await asyncio.wait_for(reader.readline(), DEADLINE_S)
    assert b" 408 " in answer
    writer.close()


async def test_odd_methods_and_bad_handshakes_are_refused_and_leave_nothing(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{site.socket_url}?EIO=4&transport=websocket"
    assert (await site.session.head(url)).status == 405
    assert (await site.session.put(url)).status == 405
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    for headers in ({"Upgrade": "websocket"}, upgrade, upgrade | {"Sec-WebSocket-Key": "short"}):
        assert (await site.session.get(url, headers=headers)).status == 400
    assert not any(site.engine.sockets_by_transport.values())
    assert caplog.records == []


async def test_a_socket_that_sends_more_than_its_share_is_cut_and_a_burst_is_not(start: Start) -> None:
    site = await start(inbound_bytes_per_s=1000, inbound_burst_bytes=100_000)
    ws = await site.joined()
    await ws.send_str(event_of(60_000))
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("431[")
    await ws.send_str(event_of(60_000))
    closed = await ws.receive(timeout=DEADLINE_S)
    assert closed.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)
    await eventually(lambda: bool(site.door.departed))
    assert site.door.departed[0][1] == "too_much" and site.engine.counters.ended["too_much"] == 1
    assert len(site.door.received) == 1


async def test_inbound_bytes_come_back_with_time(start: Start) -> None:
    site = await start(inbound_bytes_per_s=100_000, inbound_burst_bytes=20_000)
    ws = await site.joined()
    started = time.monotonic()
    for _ in range(4):
        await ws.send_str(event_of(15_000))
        assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("431[")
        await asyncio.sleep(0.2)  # what a burst costs is earned in this time: time itself is what is tested
    assert time.monotonic() - started < 5 and len(site.door.received) == 4


async def test_polling_bodies_and_pings_are_charged_too(start: Start) -> None:
    site = await start(inbound_bytes_per_s=10, inbound_burst_bytes=1000)
    url = await open_polling(site)
    await site.session.post(url, data="\x1e".join("3" for _ in range(100)))
    await eventually(lambda: bool(site.door.departed))
    ws = await site.joined()
    for _ in range(20):
        await ws.ping(b"x" * 100)
    await eventually(lambda: len(site.door.departed) == 2)
    assert {reason for _, reason in site.door.departed} == {"too_much"}
