"""One Engine.IO socket: polling, upgrade, WebSocket, heartbeat and the Socket.IO packets that arrive over it.

Extends engineio's `AsyncSocket`, which keeps serving the polling requests; no task belongs to an idle socket.
"""

import asyncio
import math
from typing import Any, Final

import structlog
from aiohttp import web

from hub.engine import reasons
from hub.engine.deadlines import Deadlines
from hub.engine.frames import Frame, namespace_prefix, pong_frame, websocket_frame
from hub.engine.front import BODY
from hub.engine.libraries import AsyncSocket, PolledPacket, exceptions
from hub.engine.outbox import Outbox
from hub.engine.packets import BINARY_REFUSED, FAULT_REFUSED, MALFORMED_REFUSED, parse_binary_head, parse_event
from hub.engine.peer import Acknowledgement, Peer
from hub.engine.registry import Registry
from hub.engine.visitors import Visitor
from hub.engine.websocket import Wire

log = structlog.get_logger(__name__)

_MINUTE_S: Final = 60.0
_PACKET_BYTES: Final = 16
"""What a packet costs besides its own bytes, so that a stream of empty ones is not free."""
_PING: Final = b"2"
_CLOSE: Final = "1"
_NOOP: Final = "6"
_SEPARATOR: Final = b"\x1e"
_PROBE_ANSWER: Final = websocket_frame(b"3probe")


class HubSocket(AsyncSocket):  # type: ignore[misc]
    """Answers every packet where it arrives; ends in `end`, once, whatever the cause."""

    sid: str
    server: Any
    connected: bool
    upgrading: bool
    upgraded: bool
    closing: bool
    closed: bool

    def __init__(self, registry: Registry, sid: str, visitor: Visitor) -> None:
        super().__init__(registry, sid)
        self.registry: Final = registry
        self.visitor: Final = visitor
        self.outbox: Final = Outbox(registry.cork, self)
        self.connected = True
        self.peers: Final[dict[str, Peer | None]] = {}
        """By namespace; None while the door is still deciding."""
        self.authenticated = False
        self.wire: Wire | None = None
        self.due = math.inf
        self._candidate: Wire | None = None
        self._malformed = 0
        self._malformed_since = 0.0
        self._inbound = float(registry.limits.inbound_burst_bytes)
        """Bytes that may still arrive, as of `_inbound_at`."""
        self._inbound_at = registry.cork.loop.time()
        self.deadlines: Final = Deadlines(registry.limits, registry.cork.loop.time())

    # Outbound

    @property
    def buffered(self) -> int:
        return self.outbox.buffered

    @property
    def head_age_s(self) -> float:
        return self.outbox.head_age_s(self.registry.cork.loop.time())

    @property
    def transport_name(self) -> str:
        return "websocket" if self.wire is not None else "polling"

    def push(self, frame: Frame) -> None:
        self.outbox.push(frame)

    def push_packet(self, packet: bytes) -> None:
        self.outbox.push_packet(packet)

    # The end

    def cut(self, reason: str) -> None:
        """End now, by resetting the connection."""
        wire = self.wire
        self.end(reason)
        if wire is not None:
            wire.abort()

    def end(self, reason: str) -> None:
        """Forget everything; the registry tells the door in a later loop turn."""
        if self.closed:
            return
        self.closing = self.closed = True
        self.due = math.inf
        self.outbox.close()
        candidate, self._candidate = self._candidate, None
        if candidate is not None:
            candidate.abort()
        self.registry.on_socket_end(self, reason)

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """What engineio calls when a polling request fails; it never waits for the client."""
        self.cut(reasons.TRANSPORT_ERROR)

    # Time

    def on_time(self, now: float) -> None:
        """Called when `due` has passed: enforce deadlines, send a ping, ask for the next visit."""
        if self.closed:
            return
        missed = self.deadlines.missed(now)
        if missed is not None:
            self.cut(missed)
            return
        if self.deadlines.upgrade_missed(now):
            self._drop_candidate()
        if self.deadlines.ping_due(now):
            self.outbox.push_packet(_PING)
        self.registry.watch(self, self.deadlines.next_visit(now))

    def on_leave(self) -> None:
        """A peer has left its namespace; without any, the socket must join one again."""
        if not any(self.peers.values()) and not self.closed:
            now = self.registry.cork.loop.time()
            self.deadlines.left(now)
            self.registry.watch(self, self.deadlines.next_visit(now))

    # Packets

    def on_packet(self, data: bytes) -> None:
        """One Engine.IO text packet, over whichever transport."""
        if self.closed:
            return
        self.registry.counters.frames_in += 1
        if not self._take(len(data)):
            return
        kind = data[:2]
        if kind == b"42":
            self._on_event(data)
        elif kind == b"40" or kind == b"41":
            self.registry.on_control(self, data)
        elif data == b"3":
            self.deadlines.ponged(self.registry.cork.loop.time())
        elif data == b"1":
            self._on_close()
        elif kind == b"45" or kind == b"46":
            self._on_binary_head(data)
        else:
            self.on_malformed()

    def _take(self, size: int) -> bool:
        """Charge the socket for what arrived; False when that was too much, and the socket is cut."""
        limits, now = self.registry.limits, self.registry.cork.loop.time()
        earned = (now - self._inbound_at) * limits.inbound_bytes_per_s
        self._inbound_at = now
        self._inbound = min(self._inbound + earned, float(limits.inbound_burst_bytes)) - size - _PACKET_BYTES
        if self._inbound >= 0:
            return True
        self.cut(reasons.TOO_MUCH)
        return False

    def on_malformed(self) -> None:
        """Count what no stock client sends."""
        self.registry.counters.malformed += 1
        self.strike()

    def strike(self) -> None:
        """Too many of these in a minute end the socket."""
        now = self.registry.cork.loop.time()
        if now - self._malformed_since > _MINUTE_S:
            self._malformed, self._malformed_since = 0, now
        self._malformed += 1
        if self._malformed > self.registry.limits.max_malformed_per_minute:
            self.cut(reasons.MALFORMED)

    def _on_event(self, data: bytes) -> None:
        event = parse_event(data)
        if event is None:
            self.on_malformed()
            return
        namespace, ack, name, payload = event
        peer = self.peers.get(namespace)
        if peer is None:
            self.on_malformed()
            return
        reply = Acknowledgement(peer, b"43" + namespace_prefix(namespace) + ack + b"[") if ack else None
        if name is None:
            if reply is not None:
                reply(MALFORMED_REFUSED)
            self.on_malformed()
            return
        try:
            self.registry.door.receive(peer, name, payload, reply)
        except Exception as error:  # noqa: BLE001 - the door answers for itself; a bug there must not take the reader down
            self.registry.counters.faults += 1
            log.error("the door failed on an event", error=type(error).__name__)
            if reply is not None:
                reply(FAULT_REFUSED)  # dropped if the door has answered before it failed

    def _on_binary_head(self, data: bytes) -> None:
        """Refuse at once and keep nothing: attachments that follow are stray binary frames."""
        head = parse_binary_head(data)
        if head is not None and head.ack and (peer := self.peers.get(head.namespace)) is not None:
            Acknowledgement(peer, b"43" + namespace_prefix(head.namespace) + head.ack + b"[")(BINARY_REFUSED)
        self.on_malformed()

    def _on_close(self) -> None:
        wire = self.wire
        self.end(reasons.CLIENT_DISCONNECT)
        if wire is not None:
            wire.finish(1000, reasons.CLIENT_DISCONNECT)

    # Long polling, called by engineio

    async def poll(self) -> list[PolledPacket]:
        limits = self.registry.limits
        try:
            texts = await self.outbox.poll(limits.ping_interval_s + limits.ping_timeout_s)
        except TimeoutError:
            raise exceptions.QueueEmpty() from None
        nothing = _CLOSE if self.closed else _NOOP
        return [PolledPacket(text) for text in texts or [nothing]]

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take the packets of a polling body, which the front door has read whole."""
        body = environ["aiohttp.request"][BODY]
        for data in body.split(_SEPARATOR) if body else ():
            if data[:1] == b"b":
                if self._take(len(data)):
                    self.on_malformed()  # binary, in base64
            else:
                self.on_packet(data)

    # WebSocket: a Listener for up to two wires, the present one and the candidate of an upgrade

    async def run_websocket(self, request: web.Request) -> web.StreamResponse:
        """Serve a WebSocket until its connection is lost."""
        wire = Wire(self, self.registry.limits.max_message_bytes)
        self._candidate = wire
        if self.upgraded:  # a socket that starts as a WebSocket needs no probe
            self._candidate, self.wire = None, wire
        try:
            await wire.prepare(request)
        except (web.HTTPException, ConnectionError):
            wire.ended(reasons.TRANSPORT_ERROR)
            raise
        await wire.lost
        return wire

    async def _upgrade_websocket(self, environ: dict[str, Any]) -> Any:
        """Called by engineio for the upgrade request of a polling socket."""
        if self.upgraded or self._candidate is not None or not self.server.allow_upgrades:
            return self.server._bad_request()
        request: web.Request = environ["aiohttp.request"]
        environ.clear()  # the suspended frames below hold it for as long as the WebSocket lives
        now = self.registry.cork.loop.time()
        self.deadlines.upgrade_began(now)
        self.registry.watch(self, self.deadlines.next_visit(now))
        return await self.run_websocket(request)

    def on_open(self, wire: Wire, transport: asyncio.Transport) -> None:
        if wire is self.wire:
            self.outbox.open_websocket(transport)

    def on_text(self, wire: Wire, data: bytes) -> None:
        if wire is self.wire:
            self.on_packet(data)
        elif wire is self._candidate:
            self._on_upgrade_packet(wire, data)

    def on_ping(self, wire: Wire, data: bytes) -> None:
        # Through the outbox: a flood of pings from one that never reads is bounded as well.
        if wire is self.wire and not self.closed and self._take(len(data)):
            self.outbox.send(pong_frame(data))

    def on_binary(self, wire: Wire) -> None:
        self.on_malformed()

    def on_broken(self) -> None:
        self.registry.counters.malformed += 1

    def on_end(self, wire: Wire, reason: str) -> None:
        if wire is self.wire:
            self.end(reason)
        elif wire is self._candidate:
            self._candidate = None
            self._forget_upgrade()

    def _on_upgrade_packet(self, wire: Wire, data: bytes) -> None:
        if data == b"2probe" and not self.upgrading:
            self.upgrading = True  # engineio answers polls with NOOP from here on
            wire.reply(_PROBE_ANSWER)
            self.outbox.release_poll(_NOOP)
        elif data == b"5" and self.upgrading and wire.transport is not None:
            self._candidate, self.wire = None, wire
            self.upgraded = True
            self._forget_upgrade()
            self.outbox.open_websocket(wire.transport)
        else:
            self.on_malformed()
            self._drop_candidate()

    def _drop_candidate(self) -> None:
        """The upgrade failed: go on polling."""
        candidate, self._candidate = self._candidate, None
        self._forget_upgrade()
        if candidate is not None:
            candidate.abort()

    def _forget_upgrade(self) -> None:
        self.upgrading = False
        self.deadlines.upgrade_ended()
