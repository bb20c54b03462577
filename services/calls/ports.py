"""What calls need from the outside world: media processes, TURN servers, and a look at whether both answer."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from models.events.guests import ServerCheck
from models.events.signaling import IceServers
from models.media import Answer, Event, Shape

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
        """One request of `models.media`. Raises MediaUnavailable (no link, no answer within 3 s, draining, full),
        NotNow (stale offer, unknown leg or call), SdpRefused (bad answer).
        """
        ...

    def listen(self, on_event: OnEvent, on_lost: OnLost) -> None:
        """Who is told."""
        ...


class IceServersPort(Protocol):
    """The STUN and TURN servers for a person."""

    @property
    def relay_only(self) -> bool:
        """Policy: the parties of a call must not see each other's addresses."""
        ...

    def issue(self, user_id: str, now: datetime) -> IceServers:
        """Servers with TURN credentials for ten minutes. Only for a seated party of a live call."""
        ...


class ProbePort(Protocol):
    """Tries the hub's own side from the hub. Bounded in time, never raises."""

    async def turn(self) -> ServerCheck:
        """Whether a TURN server makes an allocation for credentials of ours."""
        ...

    async def relay(self, sdp: str) -> ServerCheck:
        """Whether the relay answers an ICE check at an address of its offer `sdp`."""
        ...
