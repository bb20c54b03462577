"""What a socket needs of the server that keeps it."""

from typing import TYPE_CHECKING, Protocol

from hub.engine.counters import EngineCounters
from hub.engine.door import Door
from hub.engine.outbox import Cork
from hub.engine.settings import EngineSettings

if TYPE_CHECKING:
    from hub.engine.socket import HubSocket


class Registry(Protocol):
    """All sockets of this node, and what they share."""

    door: Door
    limits: EngineSettings
    counters: EngineCounters
    cork: Cork

    def on_control(self, socket: "HubSocket", packet: bytes) -> None: ...

    def on_socket_end(self, socket: "HubSocket", reason: str) -> None: ...

    def on_authenticated(self, socket: "HubSocket") -> None: ...

    def watch(self, socket: "HubSocket", due: float) -> None: ...
