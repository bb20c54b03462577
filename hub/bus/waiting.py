"""Entries between their acceptance and their answer."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from hub.bus.entry import Prepared
from models.errors import TryAgain
from services.ports import Position

RETRY_AFTER_MS = 500


@dataclass(slots=True, eq=False)
class Waiting:
    """One accepted entry. Its future is answered exactly once; whoever is late changes nothing."""

    prepared: Prepared
    future: asyncio.Future[Position]
    deadline: float
    """On the event loop's clock."""
    tried: int = 0
    """The number under which it was last sent to the database; 0 before."""
    unknown: bool = False
    """An attempt ended without a verdict: the entry may be in the log without anybody here having seen it."""
    lost: int = 0
    """Races lost against other nodes."""

    @property
    def open(self) -> bool:
        """Somebody still waits for the answer."""
        return not self.future.done()

    def answer(self, position: Position) -> None:
        """The entry is durable at `position`."""
        if not self.future.done():
            self.future.set_result(position)

    def refuse(self, error: Exception) -> None:
        """The entry is not in the log as far as the caller may know."""
        if not self.future.done():
            self.future.set_exception(error)

    def give_up(self) -> None:
        """Not confirmed in time: the caller sends the same name again."""
        self.refuse(TryAgain(after_ms=RETRY_AFTER_MS))


@dataclass(slots=True, eq=False)
class Lane:
    """The entries that wait for one stream. At most one command carries entries of it at any time."""

    stream: str
    waiting: deque[Waiting] = field(default_factory=deque)
    busy: bool = False
    troubles: int = 0
    """Recoveries in a row, for the back-off."""

    def purge(self) -> list[Waiting]:
        """Take out the entries that nobody waits for any more."""
        gone = [waiting for waiting in self.waiting if not waiting.open]
        if gone:
            self.waiting = deque(waiting for waiting in self.waiting if waiting.open)
        return gone
