"""What calls need from the outside world: media processes, TURN servers, a look at whether both answer, rooms."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from models.documents.call import Call, Party
from models.errors import MediaUnavailable
from models.events.guests import ServerCheck
from models.events.signaling import IceServers
from models.media import Answer, Event, Shape
from services.ports import RoomsPort


class OutOfReach(MediaUnavailable):
    """The process is behind a Unix socket of another machine, whose node is alive: it is not lost, nor ours to move."""


OnEvent = Callable[[str, Event], Awaitable[None]]
"""`(process, event)`; called in order per process. Events of a process reach every hub node that is linked to it."""
OnLost = Callable[[str], Awaitable[None]]
"""`(process)`: it is gone; its calls must move."""


class MediaPort(Protocol):
    """The media processes this node can reach. A process is named by its address (`unix:/…` or `wss://…`)."""

    def place(self, avoid: str | None = None) -> str | None:
        """The least busy process that takes calls; None if there is none."""
        ...

    async def ask(self, process: str, request: Shape) -> Answer:
        """One request of `models.media`. Raises MediaUnavailable (no link, no answer within 3 s, draining, full;
        `OutOfReach`: on another machine), NotNow (stale offer, unknown leg or call), SdpRefused (bad answer), TryAgain
        (where the process is could not be looked up).
        """
        ...

    def listen(self, on_event: OnEvent, on_lost: OnLost) -> None:
        """Who is told, after those who listen already."""
        ...


class ProbePort(Protocol):
    """Tries the hub's own side from the hub. Bounded in time, never raises."""

    async def turn(self) -> ServerCheck:
        """Whether a TURN server makes an allocation for credentials of ours."""
        ...

    async def relay(self, process: str) -> ServerCheck:
        """Whether a media process offers a leg, and answers an ICE check at an address of that offer."""
        ...


@dataclass(frozen=True, slots=True)
class Ice:
    """How a party may reach the others: servers, and whether addresses must be hidden from peers (policy)."""

    servers: IceServers
    relay_only: bool = False


class IceServersPort(Protocol):
    """Gives a party of a live call what `RTCPeerConnection` needs."""

    async def grant(self, call: Call, party: Party, now: datetime) -> Ice:
        """STUN and TURN servers with credentials made for this party of this call."""
        ...


class HostOnly:
    """No servers at all: legs reach each other where their own addresses do. Implements `IceServersPort`."""

    async def grant(self, call: Call, party: Party, now: datetime) -> Ice:
        """An empty list."""
        return Ice(IceServers(ice_servers=[], expires_at=now + timedelta(minutes=10)))


class CallRoomsPort(RoomsPort, Protocol):
    """Rooms that connections also leave while they live on: people hang up and stay signed in."""

    def leave(self, room: str, member: Any) -> None:
        """From now on this connection no longer hears the room."""
        ...
