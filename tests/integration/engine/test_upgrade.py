"""Polling that becomes a WebSocket, and what can go wrong on the way."""

import asyncio
import json

import aiohttp

from hub.engine.frames import event_frame
from tests.integration.engine.site import DEADLINE_S, Site, Start, eventually

TICK = event_frame("chat.sent", b"1")


class Polling:
    """A polling session by hand."""

    def __init__(self, site: Site, sid: str) -> None:
        self.site, self.sid = site, sid
        self.url = f"{site.socket_url}?EIO=4&transport=polling&sid={sid}"

    @classmethod
    async def joined(cls, site: Site) -> "Polling":
        opened = await (await site.session.get(f"{site.socket_url}?EIO=4&transport=polling")).text()
        body = json.loads(opened[1:])
        assert body["upgrades"] == ["websocket"] and body["maxPayload"] == 131_072
        session = cls(site, body["sid"])
        assert await session.post("40") == 200
        await eventually(lambda: bool(site.door.admitted))
        assert "hub.welcome" in await session.poll()
        return session

    async def post(self, body: str) -> int:
        return (await self.site.session.post(self.url, data=body)).status

    async def poll(self) -> str:
        return await (await self.site.session.get(self.url)).text()

    async def candidate(self) -> aiohttp.ClientWebSocketResponse:
        ws = await self.site.session.ws_connect(self.url.replace("transport=polling", "transport=websocket"))
        self.site.opened.append(ws)
        return ws


async def test_nothing_is_lost_or_reordered_across_an_upgrade(site: Site) -> None:
    session = await Polling.joined(site)
    peer = site.door.admitted[0]
    waiting = asyncio.create_task(session.poll())
    ws = await session.candidate()
    await ws.send_str("2probe")
    assert await ws.receive_str(timeout=DEADLINE_S) == "3probe"
    assert await asyncio.wait_for(waiting, DEADLINE_S) == "6"
    for n in range(5):
        peer.send(event_frame("chat.sent", str(n).encode()))
    assert await session.poll() == "6"  # held for the WebSocket
    await ws.send_str("5")
    await eventually(lambda: peer.transport_name == "websocket")
    peer.send(event_frame("chat.sent", b"5"))
    assert [await ws.receive_str(timeout=DEADLINE_S) for _ in range(6)] == [f'42["chat.sent",{n}]' for n in range(6)]
    await ws.send_str('421["echo.ask"]')
    assert await ws.receive_str(timeout=DEADLINE_S) == '431[{"ok":true,"data":null}]'
    assert site.engine.sockets_by_transport == {"websocket": 1, "polling": 0}
    assert await session.post('42["late"]') == 400
    assert [name for name, _ in site.door.received] == ["echo.ask"]


async def test_a_client_that_does_not_pause_its_poll_can_upgrade(site: Site) -> None:
    session = await Polling.joined(site)
    ws = await session.candidate()
    await ws.send_str("2probe")
    await ws.receive_str(timeout=DEADLINE_S)
    await ws.send_str("5")
    await eventually(lambda: site.engine.sockets_by_transport["websocket"] == 1)
    assert (await site.session.get(session.url)).status == 400
    await ws.send_str('421["echo.ask"]')
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("431")


async def test_a_failed_upgrade_leaves_polling_as_it_was(site: Site) -> None:
    session = await Polling.joined(site)
    for first in ("2nonsense", '42["connect"]', "5"):
        ws = await session.candidate()
        await ws.send_str(first)
        assert (await ws.receive(timeout=DEADLINE_S)).type is not aiohttp.WSMsgType.TEXT
    ws = await session.candidate()
    await ws.send_str("2probe")
    await ws.receive_str(timeout=DEADLINE_S)
    await ws.close()
    await eventually(lambda: site.engine.sockets_by_transport == {"websocket": 0, "polling": 1})
    site.door.admitted[0].send(TICK)
    answer = await session.poll()
    while answer == "6":
        answer = await session.poll()
    assert answer == '42["chat.sent",1]'
    assert site.door.received == [] and site.door.departed == []


async def test_an_upgrade_that_stops_half_way_is_given_up(start: Start) -> None:
    site = await start(connect_timeout_s=0.3)
    session = await Polling.joined(site)
    ws = await session.candidate()
    await ws.send_str("2probe")
    await ws.receive_str(timeout=DEADLINE_S)
    assert (await ws.receive(timeout=DEADLINE_S)).type is not aiohttp.WSMsgType.TEXT
    site.door.admitted[0].send(TICK)
    assert await session.poll() == '42["chat.sent",1]'


async def test_a_second_candidate_is_refused(site: Site) -> None:
    session = await Polling.joined(site)
    await session.candidate()
    try:
        await session.candidate()
    except aiohttp.WSServerHandshakeError as refusal:
        assert refusal.status == 400
    else:
        raise AssertionError("a second upgrade of one session was let in")


async def test_two_polls_at_once_end_the_session(site: Site) -> None:
    session = await Polling.joined(site)
    first = asyncio.create_task(session.poll())
    await asyncio.sleep(0.05)
    assert (await site.session.get(session.url)).status == 400
    assert await asyncio.wait_for(first, DEADLINE_S) == "1"
    await eventually(lambda: bool(site.door.departed))
    assert site.door.departed[0][1] == "transport_error"


async def test_a_polling_client_can_say_goodbye(site: Site) -> None:
    session = await Polling.joined(site)
    assert await session.post("41\x1e1") == 200
    await eventually(lambda: bool(site.door.departed))
    assert [reason for _, reason in site.door.departed] == ["client_disconnect"]
    assert not any(site.engine.sockets_by_transport.values())


async def test_binary_in_a_polling_body_is_malformed(site: Site) -> None:
    session = await Polling.joined(site)
    assert await session.post('451-9["file.put",{"_placeholder":true,"num":0}]\x1ebAAAA') == 200
    assert "binary_not_allowed" in await session.poll()
    assert site.engine.counters.malformed == 2 and site.door.received == []


async def test_a_broadcast_reaches_polling_and_websocket_alike(site: Site) -> None:
    from hub.engine.server import broadcast

    session = await Polling.joined(site)
    ws = await site.joined()
    broadcast(site.engine.peers, event_frame("chat.sent", '{"text":"grüße"}'.encode()))
    assert await session.poll() == '42["chat.sent",{"text":"grüße"}]'
    assert await ws.receive_str(timeout=DEADLINE_S) == '42["chat.sent",{"text":"grüße"}]'
