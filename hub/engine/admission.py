"""Socket.IO CONNECT and DISCONNECT: how a client enters a namespace and leaves it."""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from hub.engine import reasons
from hub.engine.counters import EngineCounters
from hub.engine.door import Door, Refused
from hub.engine.libraries import socketio_packet
from hub.engine.peer import Peer
from hub.engine.settings import EngineSettings
from hub.engine.socket import HubSocket

log = structlog.get_logger(__name__)

_UNKNOWN_NAMESPACE: Final = Refused("not_found", "There is no such namespace.")
_TOO_SLOW: Final = Refused("retry", "Signing in took too long; try again.")
_INTERNAL: Final = Refused("internal", "Something went wrong on our side.")


class Admissions:
    """Asks the door about each CONNECT, one task per question, bounded by the number of unauthenticated sockets."""

    def __init__(self, door: Door, limits: EngineSettings, counters: EngineCounters) -> None:
        self._door: Final = door
        self._limits: Final = limits
        self._counters: Final = counters
        self._tasks: Final[set[asyncio.Task[None]]] = set()

    def on_packet(self, socket: HubSocket, data: bytes) -> None:
        """A CONNECT or DISCONNECT packet."""
        try:
            packet = socketio_packet.Packet(encoded_packet=data[1:].decode())
        except (ValueError, RecursionError):  # bad UTF-8, bad JSON, or JSON nested without end
            socket.on_malformed()
            return
        namespace = packet.namespace or "/"
        if packet.packet_type == socketio_packet.CONNECT:
            self._on_connect(socket, namespace, packet.data)
        else:
            self._on_disconnect(socket, namespace)

    def leave_all(self, socket: HubSocket, reason: str) -> None:
        """The socket has ended: tell the door about every peer it carried."""
        peers = tuple(peer for peer in socket.peers.values() if peer is not None)
        socket.peers.clear()
        for peer in peers:
            self._leave(peer, reason)

    async def close(self) -> None:
        """Give up the questions that are still open."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _on_connect(self, socket: HubSocket, namespace: str, auth: object) -> None:
        if namespace in socket.peers:  # once more: the first one stands
            socket.on_malformed()
            return
        if namespace not in self._limits.namespaces:
            self._refuse(socket, namespace, _UNKNOWN_NAMESPACE)
            return
        socket.peers[namespace] = None
        visitor = socket.visitor
        peer = Peer(socket, socket.server.generate_id(), namespace, visitor.address, visitor.user_agent)
        task = asyncio.create_task(self._admit(socket, peer, auth), name="engine-admission")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_disconnect(self, socket: HubSocket, namespace: str) -> None:
        peer = socket.peers.get(namespace)
        if peer is None:
            socket.on_malformed()
            return
        del socket.peers[namespace]
        self._leave(peer, reasons.CLIENT_DISCONNECT)
        socket.on_leave()

    async def _admit(self, socket: HubSocket, peer: Peer, auth: object) -> None:
        refused: Refused | None = None
        try:
            async with asyncio.timeout(self._limits.connect_timeout_s):
                await self._door.admit(peer, auth)
        except Refused as error:
            refused = error
        except TimeoutError:
            refused = _TOO_SLOW
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            self._counters.faults += 1
            log.error("the door failed on an admission", error=type(error).__name__)
            refused = _INTERNAL
        if refused is not None:
            socket.peers.pop(peer.namespace, None)
            peer.detach()
            self._refuse(socket, peer.namespace, refused)
            return
        self._counters.admitted += 1
        if socket.closed:
            self._leave(peer, reasons.TRANSPORT_CLOSE)
            return
        socket.peers[peer.namespace] = peer
        socket.deadlines.joined()
        socket.registry.on_authenticated(socket)
        self._answer(socket, socketio_packet.CONNECT, peer.namespace, {"sid": peer.sid})
        peer.release()

    def _refuse(self, socket: HubSocket, namespace: str, refused: Refused) -> None:
        self._counters.refused[refused.code] += 1
        body = {"message": refused.message, "data": {**refused.details, "code": refused.code}}
        self._answer(socket, socketio_packet.CONNECT_ERROR, namespace, body)
        socket.strike()  # a client that keeps knocking is cut like one that sends garbage

    @staticmethod
    def _answer(socket: HubSocket, kind: int, namespace: str, body: Mapping[str, object]) -> None:
        packet = socketio_packet.Packet(kind, dict(body), namespace=namespace)
        socket.push_packet(b"4" + packet.encode().encode())

    def _leave(self, peer: Peer, reason: str) -> None:
        """In a later loop turn, so that a cut inside `Peer.send` never re-enters the door."""
        peer.detach()
        asyncio.get_running_loop().call_soon(self._tell, peer, reason)

    def _tell(self, peer: Peer, reason: str) -> None:
        try:
            self._door.gone(peer, reason)
        except Exception as error:  # noqa: BLE001 - nobody above could repair it
            self._counters.faults += 1
            log.error("the door failed on a departure", error=type(error).__name__)
