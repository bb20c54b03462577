"""A WebSocket whose messages arrive by callback from aiohttp's reader: no task and no queue for each message.

Hooks into aiohttp: `WebSocketResponse._post_start` and its reader attributes, `WebSocketDataQueue.feed_*`.
"""

import asyncio
from typing import Any, Final, Protocol

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http import WebSocketError, WebSocketReader, WebSocketWriter

from hub.engine import reasons
from hub.engine.frames import close_frame

_READ_LIMIT: Final = 65536  # only read by aiohttp's flow control, which never engages: nothing is queued
_LINGER_S: Final = 1.0  # for the peer to read our Close frame before the reset


class Listener(Protocol):
    """The socket a WebSocket belongs to."""

    def on_open(self, wire: "Wire", transport: asyncio.Transport) -> None: ...

    def on_text(self, wire: "Wire", data: bytes) -> None: ...

    def on_ping(self, wire: "Wire", data: bytes) -> None: ...

    def on_binary(self, wire: "Wire") -> None: ...

    def on_broken(self) -> None: ...

    def on_end(self, wire: "Wire", reason: str) -> None: ...


class Wire(web.WebSocketResponse):
    """The server side of one WebSocket. Never compresses: memory, CPU and compression side channels."""

    def __init__(self, listener: Listener, max_message_bytes: int) -> None:
        # aiohttp refuses a message of exactly max_msg_size bytes; our bound is inclusive.
        super().__init__(compress=False, max_msg_size=max_message_bytes + 1, decode_text=False, autoping=False)
        self._listener: Listener | None = listener
        self.transport: asyncio.Transport | None = None
        self.lost: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()
        """Done when the TCP connection is gone."""

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: WebSocketWriter) -> None:
        """As in aiohttp, but with a queue that calls back, and without its heartbeat."""
        self._ws_protocol = protocol
        self._writer = writer
        self._reader = _CallbackQueue(request.protocol, _READ_LIMIT, loop=asyncio.get_running_loop())
        self._reader.wire = self
        self._parser = WebSocketReader(self._reader, self._max_msg_size, compress=False, decode_text=False)
        self.transport = writer.transport
        if self._listener is not None:
            self._listener.on_open(self, writer.transport)
        request.protocol.set_parser(self._parser)
        request.protocol.keep_alive(False)

    async def write_eof(self) -> None:  # type: ignore[override]
        """The handler returns after the connection is lost: there is nothing to close any more."""
        self._eof_sent = True

    def arrived(self, kind: WSMsgType, data: Any) -> None:
        """One message, from inside the reader."""
        listener = self._listener
        if listener is None:
            return
        if kind is WSMsgType.TEXT:
            listener.on_text(self, data)
        elif kind is WSMsgType.BINARY:
            listener.on_binary(self)
        elif kind is WSMsgType.PING:
            listener.on_ping(self, data)
        elif kind is WSMsgType.CLOSE:
            self.finish(WSCloseCode.OK, reasons.TRANSPORT_CLOSE)

    def broken(self, error: BaseException) -> None:
        """The reader met something that is not WebSocket, or too much of it."""
        if self._listener is not None and isinstance(error, WebSocketError):
            self._listener.on_broken()
            too_large = error.code == WSCloseCode.MESSAGE_TOO_BIG
            self.finish(WSCloseCode(error.code), reasons.TOO_LARGE if too_large else reasons.MALFORMED)
        else:
            self.ended(reasons.TRANSPORT_ERROR)

    def ended(self, reason: str) -> None:
        """Tell the socket, once."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.on_end(self, reason)

    def connection_lost(self) -> None:
        """The transport is gone: break the reference cycles and let the handler return."""
        self.ended(reasons.TRANSPORT_CLOSE)
        self._reader = self._parser = self._writer = None
        if not self.lost.done():
            self.lost.set_result(None)

    def finish(self, code: int, reason: str) -> None:
        """Say goodbye with a Close frame and give the peer a moment to read it; does not wait."""
        self.ended(reason)
        self.reply(close_frame(code))
        if self.transport is not None and not self.lost.done():
            asyncio.get_running_loop().call_later(_LINGER_S, self.transport.abort)

    def abort(self) -> None:
        """Reset the connection now, whatever is still buffered."""
        self._listener = None
        if self.transport is not None:
            self.transport.abort()

    def reply(self, data: bytes) -> None:
        """Write a frame at once, past the cork."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)


class _CallbackQueue(WebSocketDataQueue):
    """Stands where aiohttp would queue messages for `receive()`."""

    wire: Wire | None = None

    def feed_data(self, data: Any, size: int) -> None:
        if self.wire is not None:
            self.wire.arrived(data[0], data[1])

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        if self.wire is not None:
            self.wire.broken(exc)

    def feed_eof(self) -> None:
        wire, self.wire = self.wire, None
        if wire is not None:
            wire.connection_lost()
