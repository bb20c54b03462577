"""Wait for a condition instead of for luck."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def until(
    condition: Callable[[], Awaitable[T]], deadline_s: float = 15.0, *, every_s: float = 0.01, what: str = ""
) -> T: ...


@overload
async def until(
    condition: Callable[[], T], deadline_s: float = 15.0, *, every_s: float = 0.01, what: str = ""
) -> T: ...


async def until(
    condition: Callable[[], Any], deadline_s: float = 15.0, *, every_s: float = 0.01, what: str = ""
) -> Any:
    """Return the first true value of a condition, which may be async; fail with a sentence after the deadline."""
    ends_at = time.monotonic() + deadline_s
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        if time.monotonic() > ends_at:
            raise AssertionError(f"not within {deadline_s} s: {what or getattr(condition, '__name__', 'condition')}")
        await asyncio.sleep(every_s)
