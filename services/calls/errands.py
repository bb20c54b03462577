"""What follows from news about calls: of one call in order, of several side by side, and never more than a bound."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

MAX_WAITING: Final = 4096
ERRAND_S: Final = 15.0

log = structlog.get_logger(__name__)

Errand = Callable[[], Awaitable[object]]


class Errands:
    """A task lives only while its key has something to do."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Errand]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._number = 0
        self._closed = False

    def put(self, key: str, errand: Errand) -> bool:
        """Do it after what waits under the same key. False when there is too much: the clock's review finds it."""
        if self._closed or self._number >= MAX_WAITING:
            return False
        self._number += 1
        queue = self._waiting.get(key)
        if queue is not None:
            queue.append(errand)
            return True
        self._waiting[key] = deque([errand])
        task = asyncio.get_running_loop().create_task(self._run(key), name="call.errands")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def close(self) -> None:
        """Drop what waits, end what runs."""
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, key: str) -> None:
        queue = self._waiting[key]
        try:
            while queue:
                errand = queue.popleft()
                self._number -= 1
                try:
                    async with asyncio.timeout(ERRAND_S):
                        await errand()
                except Exception as error:  # noqa: BLE001  one call's trouble is not another's; the review repeats it
                    log.warning("news of a call could not be followed", error=type(error).__name__)
        finally:
            del self._waiting[key]
            self._number -= len(queue)
