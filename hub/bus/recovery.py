"""Settles appends that did not simply succeed: read back under majority, then answer, renumber or give up."""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog
from pymongo.errors import PyMongoError

from hub.bus.entry import Document, Name, event_of
from hub.bus.heads import Heads
from hub.bus.reader import LogReader
from hub.bus.settings import LogSettings
from hub.bus.waiting import Lane, Waiting
from models.errors import CidConflict
from models.streams import StreamId
from services.ports import Event, Position

_FIRST_BACKOFF_S: Final = 0.005
_LAST_BACKOFF_S: Final = 0.2
_DOUBT_PERIOD_S: Final = 1.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Doubt:
    """An entry whose caller was told to try again although it may have been written."""

    absent_since: float | None = None
    """Loop time of the first successful look that did not find it."""


class Recovery:
    """The slow side of appending. Never acknowledges or announces what a majority read has not shown."""

    def __init__(self, reader: LogReader, heads: Heads, boot_id: str, settings: LogSettings) -> None:
        self._reader = reader
        self._heads = heads
        self._boot_id = boot_id
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.recoveries_in_flight)
        self._doubts: OrderedDict[tuple[str, Name], _Doubt] = OrderedDict()
        self._doubts_task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.announce: Callable[[Event], None] = _to_nobody
        """Told of own entries found in the log after their outcome had been unknown."""

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a recovery in the background; close() ends it."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def renumber(self, lane: Lane, entries: list[Waiting]) -> list[Waiting]:
        """Settle what is found in the log and return, in order, what is to be appended again.

        The lane stays busy meanwhile. Entries whose outcome is unknown may be appended again at once, since the
        unique index on their name admits them only once.
        """
        while True:
            await asyncio.sleep(self._pause(lane.troubles))
            lane.troubles += 1
            async with self._slots:
                entries = [waiting for waiting in entries if self._still_open(waiting)]
                if not entries:
                    return []
                try:
                    found = await self._reader.named(lane.stream, [waiting.prepared.name for waiting in entries])
                    head = await self._reader.head(lane.stream)
                except PyMongoError:
                    continue
            self._heads.put(lane.stream, head)
            again = []
            for waiting in entries:
                stored = found.get(waiting.prepared.name)
                if stored is not None:
                    self._settle(waiting, stored)
                elif self._may_race_again(waiting, head):
                    again.append(waiting)
                else:
                    self._still_open(waiting)
            return again

    async def confirm(self, waiting: Waiting) -> None:
        """Answer a retransmission once its first copy is seen under majority."""
        name, stream = waiting.prepared.name, waiting.prepared.entry.stream
        looks = 0
        while True:
            async with self._slots:
                if not waiting.open:
                    return
                try:
                    stored = (await self._reader.named(stream, [name])).get(name)
                except PyMongoError:
                    stored = None
            if stored is not None:
                self._settle(waiting, stored)
                return
            looks += 1
            await asyncio.sleep(self._pause(looks))

    def doubt(self, waiting: Waiting) -> None:
        """Keep looking for an entry whose caller has been told to try again."""
        if not waiting.unknown:
            return
        self._doubts.setdefault((waiting.prepared.entry.stream, waiting.prepared.name), _Doubt())
        if len(self._doubts) > self._settings.doubts:
            self._doubts.popitem(last=False)
            log.warning("appends in doubt forgotten, too many")
        if self._doubts_task is None or self._doubts_task.done():
            self._doubts_task = asyncio.get_running_loop().create_task(self._look_for_doubts())

    async def close(self) -> None:
        """End all background work."""
        tasks = list(self._tasks)
        if self._doubts_task is not None:
            tasks.append(self._doubts_task)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _pause(self, troubles: int) -> float:
        """Full jitter, so that nodes competing for one stream do not march in step."""
        return float(random.random() * min(_FIRST_BACKOFF_S * 2 ** min(troubles, 10), _LAST_BACKOFF_S))

    def _still_open(self, waiting: Waiting) -> bool:
        if waiting.open:
            return True
        self.doubt(waiting)
        return False

    def _may_race_again(self, waiting: Waiting, head: int) -> bool:
        """A number that the majority does not have yet is not a lost race but one to wait for."""
        if 0 < waiting.tried <= head and not waiting.unknown:
            waiting.lost += 1
            if waiting.lost > self._settings.lost_races:
                waiting.give_up()
        return waiting.open

    def _settle(self, waiting: Waiting, stored: Document) -> None:
        """Answer an entry that a majority read has found in the log."""
        n, own = int(stored["n"]), stored["b"] == self._boot_id
        stream = StreamId(stored["s"])
        in_doubt = self._doubts.pop((stream, waiting.prepared.name), None) is not None
        if own and (waiting.unknown or in_doubt):
            self.announce(event_of(stored))
        if stored["h"] != waiting.prepared.h:
            waiting.refuse(CidConflict())
        else:
            first_time = own and waiting.unknown and not in_doubt
            waiting.answer(Position(stream, n, stored["at"], dup=not first_time))

    async def _look_for_doubts(self) -> None:
        clock = asyncio.get_running_loop().time
        while self._doubts:
            await asyncio.sleep(_DOUBT_PERIOD_S)
            streams: dict[str, list[Name]] = {}
            for stream, name in self._doubts:
                streams.setdefault(stream, []).append(name)
            for stream, names in streams.items():
                try:
                    async with self._slots:
                        found = await self._reader.named(stream, names[: self._settings.batch_entries])
                except PyMongoError:
                    break
                for name in names[: self._settings.batch_entries]:
                    self._look(stream, name, found.get(name), clock())

    def _look(self, stream: str, name: Name, stored: Document | None, now: float) -> None:
        doubt = self._doubts.get((stream, name))
        if doubt is None:
            return
        if stored is not None:
            del self._doubts[stream, name]
            if stored["b"] == self._boot_id:
                self.announce(event_of(stored))
        elif doubt.absent_since is None:
            doubt.absent_since = now
        elif now - doubt.absent_since > self._settings.doubt_s:
            del self._doubts[stream, name]


def _to_nobody(event: Event) -> None:
    """Before a feed is attached there is nobody to tell."""
