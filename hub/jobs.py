"""The clock's door: recurring work, on every node or on one node at a time."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import uniform
from typing import Any, Final

import structlog
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from handlers.routing import Job
from hub.metrics import Metrics

log = structlog.get_logger()

COLLECTION: Final = "leases"


class Leases:
    """Who may run an exclusive job: one document per job, taken and kept by compare-and-set."""

    def __init__(self, collection: AsyncCollection[dict[str, Any]], holder: str) -> None:
        self._collection = collection
        self._holder = holder

    async def take(self, name: str, seconds: float) -> bool:
        """Take or keep the lease `name` for `seconds`; False if another node holds it."""
        now = datetime.now(UTC)
        free = {"_id": name, "$or": [{"until": {"$lt": now}}, {"holder": self._holder}]}
        mine = {"$set": {"holder": self._holder, "until": now + timedelta(seconds=seconds)}}
        try:
            await self._collection.update_one(free, mine, upsert=True)
        except DuplicateKeyError:
            return False
        return True

    async def release(self) -> None:
        """Let go of everything, so that another node takes over at once."""
        await self._collection.delete_many({"holder": self._holder})


class Clock:
    """Runs jobs until stopped. A job that fails is counted, logged without values, and runs again at its next turn."""

    def __init__(self, jobs: Iterable[Job], leases: Leases, metrics: Metrics) -> None:
        self._jobs = tuple(jobs)
        self._leases = leases
        self._metrics = metrics
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start one named task per job."""
        self._tasks = [asyncio.create_task(self._run(job), name=f"job:{job.name}") for job in self._jobs]

    async def stop(self) -> None:
        """Cancel what waits or runs, wait for it, and give the leases back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        async with asyncio.timeout(2):
            await self._leases.release()

    async def _run(self, job: Job) -> None:
        await asyncio.sleep(uniform(0, min(job.every_s, 1.0)))
        while True:
            try:
                async with asyncio.timeout(job.timeout_s):
                    if not job.exclusive or await self._leases.take(job.name, job.timeout_s + 2 * job.every_s):
                        await job.run()
            except Exception as error:  # noqa: BLE001  a job must not end because one turn of it failed
                self._metrics.task_failures.labels(job.name).inc()
                log.warning("job failed", job=job.name, error=type(error).__name__)
            await asyncio.sleep(job.every_s)
