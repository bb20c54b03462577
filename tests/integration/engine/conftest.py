"""A real engine on a real port, with a door that remembers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from hub.engine.door import Refused, Reply
from hub.engine.frames import event_frame
from hub.engine.peer import Peer
from hub.engine.server import EngineServer
from hub.engine.settings import EngineSettings

DEADLINE_S = 10.0


@dataclass
class RecordingDoor:
    """Admits everybody but `auth={"token": "bad"}`, answers events with what they carried."""

    admitted: list[Peer] = field(default_factory=list)
    auths: list[object] = field(default_factory=list)
    received: list[tuple[str, bytes]] = field(default_factory=list)
    departed: list[tuple[Peer, str]] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def admit(self, peer: Peer, auth: object) -> None:
        self.auths.append(auth)
        if self.hold is not None:
            await self.hold.wait()
        if isinstance(auth, dict) and auth.get("token") == "bad":
            raise Refused("unauthenticated", "Sign in first.", {"hint": "token"})
        self.admitted.append(peer)
        peer.send(event_frame("hub.welcome", b'{"protocol":1}', peer.namespace))

    def receive(self, peer: Peer, name: str, payload: bytes, reply: Reply | None) -> None:
        self.received.append((name, payload))
        if name == "fault.raise":
            raise RuntimeError("canary-payload")
        if name == "echo.back":
            peer.send(event_frame("echo.came", payload or b"null", peer.namespace))
        if reply is not None:
            reply(b'{"ok":true,"data":' + (payload or b"null") + b"}")
            reply(b'"a second answer is dropped"')

    def gone(self, peer: Peer, reason: str) -> None:
        self.departed.append((peer, reason))


@dataclass
class Site:
    """A running engine and how to reach it."""

    engine: EngineServer
    door: RecordingDoor
    url: str
    session: aiohttp.ClientSession

    @property
    def socket_url(self) -> str:
        return f"{self.url}/socket.io/"

    async def websocket(self, **kwargs: Any) -> aiohttp.ClientWebSocketResponse:
        """A raw WebSocket that has read its OPEN packet."""
        ws = await self.session.ws_connect(f"{self.socket_url}?EIO=4&transport=websocket", autoping=False, **kwargs)
        opened = await ws.receive_str(timeout=DEADLINE_S)
        assert opened.startswith("0{")
        return ws

    async def joined(self, connect: str = "40", **kwargs: Any) -> aiohttp.ClientWebSocketResponse:
        """A raw WebSocket that is in a namespace and has read its CONNECT answer and the welcome."""
        ws = await self.websocket(**kwargs)
        await ws.send_str(connect)
        assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("40")
        assert "hub.welcome" in await ws.receive_str(timeout=DEADLINE_S)
        return ws


async def eventually(condition: Callable[[], bool], within_s: float = DEADLINE_S) -> None:
    """Wait for a condition, or fail."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


Start = Callable[..., Awaitable[Site]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start an engine with given limits."""
    sites: list[tuple[Site, web.AppRunner]] = []

    async def run(**limits: Any) -> Site:
        door = RecordingDoor()
        engine = EngineServer(door, EngineSettings(**limits))
        app = web.Application()
        engine.attach(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        server = web.TCPSite(runner, "127.0.0.1", 0)
        await server.start()
        host, port = runner.addresses[0][:2]
        site = Site(engine, door, f"http://{host}:{port}", aiohttp.ClientSession())
        sites.append((site, runner))
        return site

    yield run
    for site, runner in sites:
        await site.session.close()
        await site.engine.close()
        await runner.cleanup()
        assert site.engine.counters.faults == 0 or any(n == "fault.raise" for n, _ in site.door.received)


@pytest.fixture
async def site(start: Start) -> Site:
    """An engine with default limits."""
    return await start()
