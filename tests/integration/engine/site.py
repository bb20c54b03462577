"""A running engine, a door that remembers, and clients that misbehave."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp

from hub.engine.door import Refused, Reply
from hub.engine.frames import event_frame
from hub.engine.peer import Peer
from hub.engine.server import EngineServer

DEADLINE_S = 10.0


@dataclass
class RecordingDoor:
    """Admits everybody but `auth={"token": "bad"}`, answers events with what they carried."""

    admitted: list[Peer] = field(default_factory=list)
    auths: list[object] = field(default_factory=list)
    received: list[tuple[str, bytes]] = field(default_factory=list)
    departed: list[tuple[Peer, str]] = field(default_factory=list)
    hold: asyncio.Event | None = None
    greetings: int = 1

    async def admit(self, peer: Peer, auth: object) -> None:
        self.auths.append(auth)
        if self.hold is not None:
            await self.hold.wait()
        if isinstance(auth, dict) and auth.get("token") == "bad":
            raise Refused("unauthenticated", "Sign in first.", {"hint": "token"})
        self.admitted.append(peer)
        for _ in range(self.greetings):
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
    opened: list[aiohttp.ClientWebSocketResponse] = field(default_factory=list)
    """Kept alive: a client socket that is collected closes its connection."""

    @property
    def socket_url(self) -> str:
        return f"{self.url}/socket.io/"

    async def websocket(self, **kwargs: Any) -> aiohttp.ClientWebSocketResponse:
        """A raw WebSocket that has read its OPEN packet."""
        ws: aiohttp.ClientWebSocketResponse = await self.session.ws_connect(
            f"{self.socket_url}?EIO=4&transport=websocket", autoping=False, **kwargs
        )
        self.opened.append(ws)
        assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("0{")
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


class StalledClient:
    """A WebSocket client on a bare TCP connection that never reads, but can still write."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    @classmethod
    async def joined(cls, url: str) -> "StalledClient":
        """Upgrade, join the root namespace, and stop reading."""
        host, port = url.removeprefix("http://").split(":")
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=raw, limit=1024)
        writer.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        cast(asyncio.Transport, writer.transport).pause_reading()
        client = cls(writer)
        client.send(b"40")
        return client

    def send(self, payload: bytes, opcode: int = 0x1) -> None:
        """One masked frame; the mask is zero."""
        assert len(payload) < 126
        self._writer.write(bytes((0x80 | opcode, 0x80 | len(payload))) + bytes(4) + payload)

    def close(self) -> None:
        self._writer.transport.abort()
