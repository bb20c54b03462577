"""What no test may leave behind: a task, a thread, or an exception nobody looked at."""

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

GRACE_S = 1.0
CLEANING_S = 20.0
"""So long may fixtures clean up after a test that overran; a cancelled one takes the tests after it along."""
OWNED_BY_THE_LOOP = ("asyncio_", "uvloop_")
"""The default executor's threads: the test runner ends them with the loop."""


@asynccontextmanager
async def watched_loop() -> AsyncIterator[None]:
    """Fail for tasks still running at the end, and for anything that reached the loop's exception handler."""
    loop = asyncio.get_running_loop()
    troubles: list[dict[str, Any]] = []
    again: list[asyncio.TimerHandle] = []

    def end(doomed: set[asyncio.Task[Any]]) -> None:
        """Those the deadline found. Fixtures that clean up afterwards are begun later, and may take their time."""
        doomed = {task for task in doomed if not task.done()}
        for task in doomed:
            task.cancel("the test's deadline is over")
        if doomed:
            again.append(loop.call_later(GRACE_S, end, doomed))

    def end_everything() -> None:
        end(asyncio.all_tasks(loop))
        again.append(loop.call_later(CLEANING_S, lambda: end(asyncio.all_tasks(loop))))

    def note(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        troubles.append(context)
        # uvloop hands what the deadline's signal handler raises to the loop, not to the test that overran
        if isinstance(context.get("exception"), pytest.fail.Exception):
            end_everything()

    loop.set_exception_handler(note)
    before = asyncio.all_tasks()
    yield
    for handle in again:
        handle.cancel()
    leaked = asyncio.all_tasks() - before - {asyncio.current_task()}
    if leaked:
        _, leaked = await asyncio.wait(leaked, timeout=GRACE_S)
    names = sorted(f"{task.get_name()}: {task.get_coro()}" for task in leaked)
    gc.collect()  # a task whose exception was never retrieved says so when it is collected
    await asyncio.sleep(0)
    assert not names, f"tasks left running: {names}"
    assert not troubles, f"the event loop met exceptions: {[_described(trouble) for trouble in troubles]}"


@contextmanager
def watched_threads() -> Iterator[None]:
    """Fail for threads still running at the end."""
    before = set(threading.enumerate())
    yield
    ends_at = time.monotonic() + GRACE_S
    while leaked := [thread for thread in threading.enumerate() if thread not in before and not _is_loops(thread)]:
        if time.monotonic() > ends_at:
            raise AssertionError(f"threads left running: {sorted(thread.name for thread in leaked)}")
        leaked[0].join(0.05)


def _is_loops(thread: threading.Thread) -> bool:
    return thread.name.startswith(OWNED_BY_THE_LOOP)


def _described(context: dict[str, Any]) -> str:
    error = context.get("exception")
    return f"{context.get('message')} {error!r}"
