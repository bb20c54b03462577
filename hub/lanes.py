"""Lanes: commands of one connection and lane run one after the other, in arrival order; lanes run side by side."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

LANE_DEPTH: Final = 64

Work = Coroutine[Any, Any, None]


class LaneQueue:
    """Work of one lane. A task lives only while there is something to do, so an idle connection costs none."""

    __slots__ = ("_task", "_waiting")

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], Work]] = deque()
        self._task: asyncio.Task[None] | None = None

    def offer(self, work: Callable[[], Work], name: str) -> bool:
        """Queue work behind what is waiting; False if the lane is full and nothing was queued."""
        if len(self._waiting) >= LANE_DEPTH:
            return False
        self._waiting.append(work)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain(), name=name)
        return True

    def close(self) -> None:
        """Drop what has not begun; what has begun finishes, since it may already be durable."""
        self._waiting.clear()

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The task at work, for an orderly shutdown."""
        return self._task

    async def _drain(self) -> None:
        waiting = self._waiting
        try:
            while waiting:
                await waiting.popleft()()
        finally:
            self._task = None
