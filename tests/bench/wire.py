"""A Socket.IO client for load: one protocol object per socket, frames parsed by hand, no task per socket.

Masking with a zero key is legal (RFC 6455, 5.3) and costs nothing, so that the generator is not what is measured.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any, Final

import orjson

ZERO_MASK: Final = b"\x00\x00\x00\x00"
WELCOME: Final = b'42["hub.welcome"'
"""From here on the server listens: both sides send it last of what they do at a connection."""

OnEvent = Callable[["Wire", bytes], None]


def client_frame(payload: bytes) -> bytes:
    """A masked text frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, 0x80 | size)) + ZERO_MASK + payload
    return bytes((0x81, 0x80 | 126)) + size.to_bytes(2, "big") + ZERO_MASK + payload


class Wire(asyncio.Protocol):
    """One connected client. `on_event` sees each raw `42…` packet; acks resolve by id through `acks`."""

    def __init__(self, host: str, auth: dict[str, Any], on_event: OnEvent | None = None) -> None:
        self._host = host
        self._auth = orjson.dumps(auth)
        self._buffer = b""
        self._upgraded = False
        self.on_event = on_event
        self.acks: dict[int, Callable[[bytes], None]] = {}
        self.transport: asyncio.Transport | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed = False
        self._next = 0
        self.fast: Callable[[Wire, bytes], None] | None = None
        """When set, gets every received chunk unparsed (for counting broadcasts by their marker)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade at once."""
        self.transport = transport  # type: ignore[assignment]
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        self.transport.write(request.encode())  # type: ignore[union-attr]

    def connection_lost(self, error: Exception | None) -> None:
        """The server or the network ended it."""
        self.closed = True
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))

    def data_received(self, data: bytes) -> None:
        """Bytes from the server."""
        if self.fast is not None:
            self.fast(self, data)
            return
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, mark, rest = buffer.partition(b"\r\n\r\n")
            if not mark:
                self._buffer = buffer
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.ready.set_exception(ConnectionError("upgrade refused"))
                return
            self._upgraded, buffer = True, rest
        position, end = 0, len(buffer)
        while end - position >= 2:
            opcode, size = buffer[position] & 0x0F, buffer[position + 1] & 0x7F
            start = position + 2
            if size == 126:
                if end - start < 2:
                    break
                size, start = int.from_bytes(buffer[start : start + 2], "big"), start + 2
            elif size == 127:
                if end - start < 8:
                    break
                size, start = int.from_bytes(buffer[start : start + 8], "big"), start + 8
            if end - start < size:
                break
            if opcode == 1:
                self._packet(buffer[start : start + size])
            elif opcode == 8 and self.transport is not None:
                self.transport.close()
            position = start + size
        self._buffer = buffer[position:]

    def _packet(self, packet: bytes) -> None:
        kind = packet[:2]
        if kind == b"42":
            if not self.ready.done() and packet.startswith(WELCOME):
                self.ready.set_result(None)
            if self.on_event is not None:
                self.on_event(self, packet)
        elif kind == b"43":
            at = packet.index(b"[")
            done = self.acks.pop(int(packet[2:at]), None)
            if done is not None:
                done(packet[at + 1 : -1])
        elif packet[:1] == b"2":
            self.write(client_frame(b"3"))
        elif kind == b"44":
            if not self.ready.done():
                self.ready.set_exception(ConnectionError(packet[2:].decode()))
        elif packet[:1] == b"0":
            self.write(client_frame(b"40" + self._auth))

    def write(self, frame: bytes) -> None:
        """Send a ready frame."""
        if self.transport is not None and not self.closed:
            self.transport.write(frame)

    def call(self, body: bytes, done: Callable[[bytes], None]) -> None:
        """Send the event array `body` (JSON text) and hand the ack's argument to `done`."""
        self._next += 1
        self.acks[self._next] = done
        self.write(client_frame(b"42%d" % self._next + body))

    async def ask(self, name: str, payload: dict[str, Any], timeout_s: float = 30.0) -> dict[str, Any]:
        """One command, its answer decoded."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        def done(body: bytes) -> None:
            if not answer.done():
                answer.set_result(body)

        self.call(orjson.dumps([name, payload]), done)
        async with asyncio.timeout(timeout_s):
            return orjson.loads(await answer)  # type: ignore[no-any-return]


async def connect(port: int, auth: dict[str, Any], on_event: OnEvent | None = None, address: str = "127.0.0.1") -> Wire:
    """A connected and admitted client."""
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(f"{address}:{port}", auth, on_event), address, port)
    async with asyncio.timeout(60):
        await wire.ready
    return wire
