"""What calls need from the outside world: media processes."""

from collections.abc import Awaitable, Callable
from typing import Protocol

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
