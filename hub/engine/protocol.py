"""Engine.IO over HTTP: engineio's own negotiation, sessions and polling, with our sockets in it."""

import logging
from typing import Any, Final

from aiohttp import web

from hub.engine.admission import Admissions
from hub.engine.counters import EngineCounters
from hub.engine.door import Door
from hub.engine.front import VISITOR, FrontDoor
from hub.engine.libraries import AsyncServer, packet
from hub.engine.outbox import Cork
from hub.engine.settings import EngineSettings
from hub.engine.socket import HubSocket
from hub.engine.wheel import Wheel

_FINEST_TICK_S: Final = 0.02
_COARSEST_TICK_S: Final = 1.0


class EngineIO(AsyncServer):  # type: ignore[misc]
    """The registry of all sockets of this node."""

    def __init__(self, door: Door, limits: EngineSettings, counters: EngineCounters, logger: logging.Logger) -> None:
        super().__init__(
            async_mode="aiohttp",
            transports=list(limits.transports),
            allow_upgrades="websocket" in limits.transports,
            ping_interval=limits.ping_interval_s,
            ping_timeout=limits.ping_timeout_s,
            max_http_buffer_size=limits.max_message_bytes,
            http_compression=False,
            cors_allowed_origins="*",  # FrontDoor has refused foreign pages; engineio only echoes the others
            cors_credentials=False,
            monitor_clients=False,  # the wheel does it
            logger=logger,
        )
        self.door = door
        self.limits = limits
        self.counters = counters
        self.cork = Cork(limits.max_buffered_bytes, limits.max_head_age_s, counters)
        self.front: Final = FrontDoor(limits, counters)
        self.admissions: Final = Admissions(door, limits, counters)
        shortest = min(limits.ping_interval_s, limits.ping_timeout_s, limits.connect_timeout_s, limits.max_head_age_s)
        tick_s = min(max(shortest / 10, _FINEST_TICK_S), _COARSEST_TICK_S)
        self.wheel: Final = Wheel[HubSocket](tick_s, HubSocket.on_time, self.cork.inspect)

    # Called by sockets

    def on_control(self, socket: HubSocket, data: bytes) -> None:
        self.admissions.on_packet(socket, data)

    def on_authenticated(self, socket: HubSocket) -> None:
        if not socket.authenticated:
            socket.authenticated = True
            self.front.leave(socket.visitor)

    def on_socket_end(self, socket: HubSocket, reason: str) -> None:
        self.sockets.pop(socket.sid, None)
        self.counters.ended[reason] += 1
        if not socket.authenticated:
            self.front.leave(socket.visitor)
        self.admissions.leave_all(socket, reason)

    def watch(self, socket: HubSocket, due: float) -> None:
        self.wheel.schedule(socket, due)

    # Overrides of engineio

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        refusal = await self.front.refuse(request, len(self.sockets))
        if refusal is not None:
            return refusal
        answer: web.StreamResponse = await super().handle_request(request)
        return answer

    def create_queue(self, *args: Any, **kwargs: Any) -> None:
        """No queue per socket: `Outbox` stands in for it."""

    def _log_error_once(self, message: str, message_key: str) -> None:
        """Counted, not logged: the message holds what the client sent."""
        self.counters.refused[message_key] += 1

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> Any:
        """Open a socket: as in engineio, without its task per socket and its monitor task."""
        request: web.Request = environ["aiohttp.request"]
        socket = HubSocket(self, self.generate_id(), request[VISITOR])
        self.sockets[socket.sid] = socket
        self.front.enter(socket.visitor)
        self.watch(socket, socket.deadlines.next_visit(self.cork.loop.time()))
        socket.push_packet(self._open_packet(socket.sid, transport))
        if transport == "websocket":
            socket.upgraded = True
            environ.clear()  # the suspended frames below hold it for as long as the WebSocket lives
            return await socket.run_websocket(request)
        return self._ok(await socket.poll())

    def _open_packet(self, sid: str, transport: str) -> bytes:
        body = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.limits.ping_timeout_s * 1000),
            "pingInterval": int(self.limits.ping_interval_s * 1000),
            "maxPayload": self.limits.max_message_bytes,
        }
        text: str = packet.Packet(packet.OPEN, body).encode()
        return text.encode()
