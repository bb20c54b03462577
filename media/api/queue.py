"""What waits to be told, bounded: what the next moment makes stale is dropped first, and facts never silently."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from models.media import LegQuality, Speaker

LIMIT: Final = 1024

T = TypeVar("T")


def is_lossy(event: object) -> bool:
    """Whether the next event of the kind makes this one stale."""
    return isinstance(event, LegQuality | Speaker)


class TellQueue(Generic[T]):
    """Events of one link in order. Used on one loop."""

    def __init__(self, lossy: Callable[[T], bool], limit: int = LIMIT) -> None:
        self._lossy, self._limit = lossy, limit
        self._waiting: deque[T] = deque()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: T) -> bool:
        """False when a fact does not fit: the link has to be made anew, and be told how things stand."""
        if len(self._waiting) >= self._limit:
            if self._lossy(event):
                self.dropped += 1
                return True
            kept = [waiting for waiting in self._waiting if not self._lossy(waiting)]
            self.dropped += len(self._waiting) - len(kept)
            self._waiting = deque(kept)
            if len(kept) >= self._limit:
                return False
        self.put_last(event)
        return True

    def put_last(self, event: T) -> None:
        """One more, whatever the limit; for the single event that ends a link."""
        self._waiting.append(event)
        self._idle.clear()
        self._news.set()

    async def get(self) -> T:
        """The next event, when there is one; `done` says that it has been told."""
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()

    def done(self) -> None:
        """What was got last has been told."""
        if not self._waiting:
            self._idle.set()

    async def emptied(self) -> None:
        """Wait until everything has been told."""
        await self._idle.wait()
