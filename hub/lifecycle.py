"""Shutdown in named stages, each with its own time: a stage that hangs is named in the log and left behind."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of going down."""

    name: str
    work: Callable[[], Awaitable[object]]
    seconds: float


async def go_down(stages: Sequence[Stage]) -> list[str]:
    """Run the stages in order; the names of those that failed or took too long. None of them stops the rest."""
    left: list[str] = []
    for stage in stages:
        started = perf_counter()
        try:
            async with asyncio.timeout(stage.seconds):
                await stage.work()
        except Exception as error:  # noqa: BLE001  the way down has to be walked to its end
            left.append(stage.name)
            log.error("a shutdown stage did not finish", stage=stage.name, error=type(error).__name__)
        log.debug("shutdown stage", stage=stage.name, seconds=round(perf_counter() - started, 2))
    return left
