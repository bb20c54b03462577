"""The stock python-socketio client works with its default options, over every transport."""

import asyncio

import pytest
import socketio

from tests.integration.engine.site import DEADLINE_S, Site, Start, eventually

TRANSPORTS = pytest.mark.parametrize("transports", [None, ["websocket"], ["polling"]], ids=["default", "ws", "polling"])


@TRANSPORTS
async def test_events_and_acks_travel_both_ways(site: Site, transports: list[str] | None) -> None:
    client = socketio.AsyncClient(reconnection=False)
    came: asyncio.Queue[object] = asyncio.Queue()
    client.on("echo.came", came.put)
    await client.connect(site.url, auth={"token": "good"}, transports=transports)
    if transports is None:
        await eventually(lambda: site.engine.sockets_by_transport["websocket"] == 1)
    for n in range(30):
        assert await client.call("echo.back", {"n": n, "text": 'grüße\n"quoted"'}, timeout=DEADLINE_S) == {
            "ok": True,
            "data": {"n": n, "text": 'grüße\n"quoted"'},
        }
    first = await asyncio.wait_for(came.get(), DEADLINE_S)
    assert first == {"n": 0, "text": 'grüße\n"quoted"'}
    assert site.door.auths == [{"token": "good"}]
    assert await client.call("bare.name", timeout=DEADLINE_S) == {"ok": True, "data": None}
    assert site.door.received[-1] == ("bare.name", b"")
    await client.disconnect()
    await eventually(lambda: len(site.door.departed) == 1)
    assert site.door.departed[0][0] is site.door.admitted[0]


@TRANSPORTS
async def test_a_refusal_reaches_the_client_with_its_code(site: Site, transports: list[str] | None) -> None:
    client = socketio.AsyncClient(reconnection=False)
    errors: list[object] = []
    client.on("connect_error", errors.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(site.url, auth={"token": "bad"}, transports=transports)
    assert errors == [{"message": "Sign in first.", "data": {"hint": "token", "code": "unauthenticated"}}]
    assert site.door.departed == []


@TRANSPORTS
async def test_the_heartbeat_keeps_an_idle_client(start: Start, transports: list[str] | None) -> None:
    site = await start(ping_interval_s=0.6, ping_timeout_s=0.5)
    client = socketio.AsyncClient(reconnection=False)
    await client.connect(site.url, transports=transports)
    before = site.engine.counters.frames_in
    await eventually(lambda: site.engine.counters.frames_in >= before + 3)
    assert client.connected and not site.door.departed
    await client.disconnect()
