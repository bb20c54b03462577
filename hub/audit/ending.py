"""Ending a background task for good."""

import asyncio
from typing import Any, Final

_AGAIN_S: Final = 0.2


async def end(task: "asyncio.Task[Any]") -> None:
    """Cancel until it is over: under Python 3.11 a cancellation that meets the result of `wait_for` is lost (gh-86296),
    and the driver uses `wait_for` for every answer."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=_AGAIN_S)
