"""Lanes: commands of one connection and lane run one after the other, in arrival order; lanes run side by side."""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from types import coroutine
from typing import Any, Final

LANE_DEPTH: Final = 64
INLINE: Final = sys.version_info < (3, 12)
"""From 3.12 on the database driver uses `asyncio.timeout`, which works inside a task only."""

Work = Coroutine[Any, Any, None]


class LaneQueue:
    """Work of one lane. A task lives only while there is something to wait for, so an idle connection costs none."""

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

    def run(self, work: Callable[[], Work], name: str) -> bool:
        """Like `offer`, but an idle lane begins at once, and work that need not wait ends here, without a task.

        Up to its first wait the work runs outside any task: no `asyncio.timeout` there. Where that cannot be promised,
        this is `offer`.
        """
        if self._task is not None or not INLINE:
            return self.offer(work, name)
        begun = work()
        context = copy_context()
        try:
            awaited = context.run(begun.send, None)
        except StopIteration:
            return True
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._drain(_rest_of(begun, awaited)), name=name, context=context)
        return True

    def close(self) -> None:
        """Drop what has not begun; what has begun finishes, since it may already be durable."""
        self._waiting.clear()

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The task at work, for an orderly shutdown."""
        return self._task

    async def _drain(self, begun: Work | None = None) -> None:
        waiting = self._waiting
        try:
            if begun is not None:
                await begun
            while waiting:
                await waiting.popleft()()
        finally:
            self._task = None


@coroutine
def _rest_of(begun: Work, awaited: Any) -> Generator[Any, Any, None]:
    """The rest of a coroutine that was begun by hand and stopped at its first wait, for `awaited`."""
    while True:
        step: Callable[[Any], Any] = begun.send
        try:
            told = yield awaited
        except BaseException as error:  # noqa: BLE001  whatever the task is told belongs to the work
            step, told = begun.throw, error
        try:
            awaited = step(told)
        except StopIteration:
            return
