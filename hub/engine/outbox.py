"""What waits to leave one socket, and the cork that lets frames of one loop turn leave in one write."""

import asyncio
from collections import deque
from typing import Final, Protocol

from hub.engine import reasons
from hub.engine.counters import EngineCounters
from hub.engine.frames import Frame, websocket_frame

_MARK_EVERY_S: Final = 0.1


class Owner(Protocol):
    """Whose outbox it is."""

    def cut(self, reason: str) -> None: ...


class Cork:
    """Collects the outboxes written to in this loop turn, and watches those that do not drain."""

    def __init__(self, max_buffered_bytes: int, max_head_age_s: float, counters: EngineCounters) -> None:
        self.max_buffered_bytes: Final = max_buffered_bytes
        self.counters: Final = counters
        self.congested: Final[set[Outbox]] = set()
        self.loop: Final = asyncio.get_running_loop()
        self._max_head_age_s: Final = max_head_age_s
        self._dirty: list[Outbox] = []

    def add(self, outbox: "Outbox") -> None:
        """Flush this outbox at the end of the loop turn."""
        if not self._dirty:
            self.loop.call_soon(self.pull)
        self._dirty.append(outbox)

    def pull(self) -> None:
        """Write everything out now."""
        dirty, self._dirty = self._dirty, []
        for outbox in dirty:
            try:
                outbox.flush()
            except Exception:  # noqa: BLE001 - one broken transport must not keep the others from their frames
                self.counters.faults += 1
                outbox.fail()

    def inspect(self, now: float) -> None:
        """Cut sockets whose oldest byte has waited too long; answering pings does not save them."""
        for outbox in tuple(self.congested):
            if outbox.head_age_s(now) > self._max_head_age_s:
                outbox.overflow()


class Outbox:
    """Frames for one socket: corked bytes once it has a WebSocket, queued packets while it polls."""

    __slots__ = (
        "_closed", "_cork", "_corked", "_corked_size", "_marks", "_owner", "_queued", "_queued_at", "_queued_size",
        "_transport", "_waiter", "_written",
    )  # fmt: skip

    def __init__(self, cork: Cork, owner: Owner) -> None:
        self._cork: Final = cork
        self._owner: Owner | None = owner
        self._transport: asyncio.Transport | None = None
        self._closed = False
        self._corked: list[bytes] = []
        self._corked_size = 0
        self._written = 0
        self._marks: deque[tuple[int, float]] | None = None
        self._queued: list[str] = []
        self._queued_size = 0
        self._queued_at = 0.0
        self._waiter: asyncio.Future[None] | None = None

    def push(self, frame: Frame) -> None:
        """Send a frame made for many sockets."""
        if self._transport is not None:
            self.send(frame.wire)
        else:
            self._queue(frame.text)

    def push_packet(self, packet: bytes) -> None:
        """Send one Engine.IO text packet made for this socket."""
        if self._transport is not None:
            self.send(websocket_frame(packet))
        else:
            self._queue(packet.decode())

    def send(self, wire: bytes) -> None:
        """Send bytes that are WebSocket frames already."""
        if self._closed:
            return
        corked = self._corked
        if not corked:
            self._cork.add(self)
        corked.append(wire)
        self._corked_size += len(wire)
        self._cork.counters.frames_out += 1
        if self._corked_size > self._cork.max_buffered_bytes:
            self.overflow()

    def flush(self) -> None:
        """Hand corked bytes to the transport in one write."""
        transport, corked = self._transport, self._corked
        if not corked:
            return
        data = corked[0] if len(corked) == 1 else b"".join(corked)
        corked.clear()
        self._corked_size = 0
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        self._written += len(data)
        waiting = transport.get_write_buffer_size()
        if waiting:
            self._mark(waiting)

    def overflow(self) -> None:
        """The other side does not keep up: end it."""
        if self._owner is not None:
            self._owner.cut(reasons.SLOW_CONSUMER)

    def fail(self) -> None:
        """The transport cannot be written to."""
        if self._owner is not None:
            self._owner.cut(reasons.TRANSPORT_ERROR)

    def open_websocket(self, transport: asyncio.Transport) -> None:
        """From now on, and for what is queued already, use this transport."""
        queued = self._take_queued()
        self._transport = transport
        for text in queued:
            self.send(websocket_frame(text.encode()))

    def close(self) -> None:
        """Drop everything; a waiting poll returns."""
        self._closed = True
        self._owner = None
        self._corked.clear()
        self._cork.congested.discard(self)
        self._take_queued()
        self._wake()

    async def poll(self, timeout_s: float) -> list[str]:
        """Wait for packets of a polling socket and take them all; empty once the socket is closed.

        Raises TimeoutError when nothing came, or when another poll is waiting already.
        """
        if self._waiter is not None:
            raise TimeoutError
        if not self._queued and not self._closed:
            self._waiter = self._cork.loop.create_future()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._waiter
            finally:
                self._waiter = None
        return self._take_queued()

    def release_poll(self, text: str) -> None:
        """End the poll that is waiting, if one is, with a packet of its own; queued packets stay queued."""
        if self._waiter is not None and not self._queued:
            self._queue(text)

    @property
    def buffered(self) -> int:
        """Bytes the kernel has not taken yet."""
        if self._transport is None:
            return self._queued_size
        return self._corked_size + (0 if self._closed else self._transport.get_write_buffer_size())

    def head_age_s(self, now: float) -> float:
        """How long the oldest byte has waited; exact to a tenth of a second plus one tick."""
        if self._transport is None:
            return now - self._queued_at if self._queued else 0.0
        marks = self._marks
        if not marks:
            return 0.0
        drained = self._written - self._transport.get_write_buffer_size()
        while marks and marks[0][0] <= drained:
            marks.popleft()
        if marks:
            return now - marks[0][1]
        self._marks = None
        self._cork.congested.discard(self)
        return 0.0

    def _mark(self, waiting: int) -> None:
        """Remember when these bytes began to wait; marks are at least `_MARK_EVERY_S` apart, so they are few."""
        now = self._cork.loop.time()
        if waiting > self._cork.max_buffered_bytes:
            self.overflow()
        elif self._marks is None:
            self._marks = deque([(self._written, now)])
            self._cork.congested.add(self)
        elif now - self._marks[-1][1] >= _MARK_EVERY_S:
            self._marks.append((self._written, now))
        else:
            self._marks[-1] = (self._written, self._marks[-1][1])

    def _queue(self, text: str) -> None:
        if self._closed:
            return
        if not self._queued:
            self._queued_at = self._cork.loop.time()
            self._cork.congested.add(self)
        self._queued.append(text)
        self._queued_size += len(text)
        self._cork.counters.frames_out += 1
        if self._queued_size > self._cork.max_buffered_bytes:
            self.overflow()
        self._wake()

    def _take_queued(self) -> list[str]:
        queued, self._queued = self._queued, []
        self._queued_size = 0
        if queued:
            self._cork.congested.discard(self)
        return queued

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
