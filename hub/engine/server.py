"""The engine's face to the rest of the hub."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import web

from hub.engine import reasons
from hub.engine.counters import EngineCounters
from hub.engine.door import Door
from hub.engine.frames import Frame
from hub.engine.loggers import quiet_libraries
from hub.engine.peer import Peer
from hub.engine.protocol import EngineIO
from hub.engine.settings import EngineSettings
from hub.engine.socket import HubSocket

PATH: Final = "/socket.io/"

_GOODBYE_S: Final = 1.0
_GOING_AWAY: Final = 1001


class EngineServer:
    """A Socket.IO server. Build it inside a running loop, attach it to an application, close it before the runner."""

    def __init__(self, door: Door, settings: EngineSettings) -> None:
        self.counters: Final = EngineCounters()
        self._engine: Final = EngineIO(door, settings, self.counters, quiet_libraries())

    def attach(self, app: web.Application) -> None:
        """Serve `/socket.io/` on this application."""
        self._engine.attach(app, PATH)

    @property
    def peers(self) -> Iterator[Peer]:
        """Everybody admitted, in no particular order."""
        for socket in tuple(self._sockets()):
            yield from (peer for peer in tuple(socket.peers.values()) if peer is not None)

    @property
    def sockets_by_transport(self) -> dict[str, int]:
        """Open sockets, admitted or not."""
        sockets = tuple(self._sockets())
        websockets = sum(socket.wire is not None for socket in sockets)
        return {"websocket": websockets, "polling": len(sockets) - websockets}

    @property
    def accepting(self) -> bool:
        """Whether new sockets are let in."""
        return self._engine.front.open

    def stop_accepting(self) -> None:
        """Answer new sockets with 503 from now on; open ones stay."""
        self._engine.front.open = False

    async def close(self) -> None:
        """End every socket within about a second, after what was sent so far has been given to the kernel."""
        self.stop_accepting()
        self._engine.cork.pull()
        wires = []
        for socket in tuple(self._sockets()):
            wire = socket.wire
            socket.end(reasons.SERVER_SHUTDOWN)
            if wire is not None:
                wire.finish(_GOING_AWAY, reasons.SERVER_SHUTDOWN)
                wires.append(wire)
        await self._engine.admissions.close()
        if wires:
            await asyncio.wait([wire.lost for wire in wires], timeout=_GOODBYE_S)
        for wire in wires:
            wire.abort()
        self._engine.wheel.stop()
        await asyncio.sleep(0)  # the door hears of the last departures

    def _sockets(self) -> Iterable[HubSocket]:
        sockets: dict[str, HubSocket] = self._engine.sockets
        return sockets.values()


def broadcast(peers: Iterable[Peer], frame: Frame) -> None:
    """Send one frame to many: framed once, no task for each recipient."""
    for peer in peers:
        peer.send(frame)
