"""The event log: compare-and-append with group commit across streams (protocol HS/1)."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

import pymongo
import structlog
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, PyMongoError
from pymongo.write_concern import WriteConcern

from hub.bus.entry import Document, document, now, numbered, prepare
from hub.bus.heads import Heads
from hub.bus.outcome import Outcome, of_bulk_error
from hub.bus.reader import LogReader, PublicReads
from hub.bus.recovery import Recovery
from hub.bus.settings import LogSettings
from hub.bus.waiting import RETRY_AFTER_MS, Lane, Waiting
from models.errors import TryAgain
from services.ports import Entry, Event, Position

_REAPER_PERIOD_S: Final = 0.25
_COLD_RETRY_S: Final = 0.2

Shares = list[tuple[Lane, int, list[Waiting]]]
"""What each lane contributes to one insert command: the entries, and the head they are numbered behind."""

log = structlog.get_logger(__name__)


class EventLog(PublicReads):
    """Appends entries and answers where they stand, once a majority of the database has them in its journal.

    `n + 1` is written only by a node that knows `n` to be majority-committed, or in the same ordered command; hence
    streams have no holes, and a rollback can only take what nobody has been shown.
    """

    def __init__(
        self,
        collection: AsyncCollection[Document],
        boot_id: str,
        settings: LogSettings | None = None,
        heads: Heads | None = None,
    ) -> None:
        self._settings = settings or LogSettings()
        self._boot_id = boot_id
        wtimeout = int(self._settings.append_s * 1000)
        self._events = collection.with_options(write_concern=WriteConcern(w="majority", j=True, wtimeout=wtimeout))
        self.reader: Final = LogReader(collection)
        super().__init__(self.reader)
        self.heads: Final = heads or Heads(self._settings.cached_heads)
        self._recovery = Recovery(self.reader, self.heads, boot_id, self._settings)
        self._announce: Callable[[Event], None] = self._recovery.announce
        self._lanes: dict[str, Lane] = {}
        self._ready: deque[Lane] = deque()
        self._cold: deque[Lane] = deque()
        self._warming = False
        self._flush_due = False
        self._in_flight = 0
        self._accepted: deque[Waiting] = deque()
        self._unanswered = 0
        self._reaper: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def announce_to(self, announce: Callable[[Event], None]) -> None:
        """Tell `announce` of every own entry, after it is majority-durable and before its caller hears of it."""
        self._announce = self._recovery.announce = announce

    @property
    def unanswered(self) -> int:
        """Entries accepted and not yet answered."""
        return self._unanswered

    async def append(self, entry: Entry) -> Position:
        """Append durably. Raises TryAgain (outcome unknown or overloaded: same `cid` again) or CidConflict."""
        if self._closed or self._unanswered >= self._settings.waiting_entries:
            raise TryAgain(after_ms=RETRY_AFTER_MS)
        loop = asyncio.get_running_loop()
        waiting = Waiting(prepare(entry), loop.create_future(), loop.time() + self._settings.append_s)
        self._accepted.append(waiting)
        if self._reaper is None:
            self._reaper = loop.call_later(_REAPER_PERIOD_S, self._reap)
        lane = self._lanes.get(entry.stream)
        if lane is None:
            lane = self._lanes[entry.stream] = Lane(entry.stream)
            self._ready.append(lane)
            self._flush_soon()
        lane.waiting.append(waiting)
        self._unanswered += 1
        try:
            return await waiting.future
        finally:
            self._unanswered -= 1

    async def close(self, timeout_s: float = 5.0) -> None:
        """Accept nothing more, give what is waiting up to `timeout_s` to finish, then end all background work."""
        self._closed = True
        open_ = [waiting.future for waiting in self._accepted if waiting.open]
        if open_:
            await asyncio.wait(open_, timeout=timeout_s)
        for waiting in self._accepted:
            waiting.give_up()
        if self._reaper is not None:
            self._reaper.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._recovery.close()

    def _flush_soon(self) -> None:
        """Entries accepted within one turn of the loop travel together."""
        if not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        if self._in_flight and len(self._ready) < self._settings.worthwhile_lanes:
            return  # with the next answer they travel together, and with what arrives until then
        single: Shares = []
        size = 0
        while self._ready and self._in_flight + bool(single) < self._settings.commands_in_flight:
            lane = self._ready.popleft()
            for waiting in lane.purge():
                self._recovery.doubt(waiting)
            head = self.heads.get(lane.stream)
            if not lane.waiting:
                self._lanes.pop(lane.stream, None)
            elif head is None:
                self._warm(lane)
            elif len(lane.waiting) >= self._settings.deep_lane:
                self._send([(lane, head, self._take(lane, self._settings.batch_entries))], ordered=True)
            else:
                entry_size = lane.waiting[0].prepared.size
                if len(single) == self._settings.batch_entries or size + entry_size > self._settings.batch_bytes:
                    self._send(single, ordered=False)
                    single, size = [], 0
                single.append((lane, head, self._take(lane, 1)))
                size += entry_size
        if single:
            self._send(single, ordered=False)

    def _take(self, lane: Lane, limit: int) -> list[Waiting]:
        """The next entries of a lane, as many as one command holds and at most `limit`."""
        lane.busy = True
        taken = [lane.waiting.popleft()]
        size = taken[0].prepared.size
        while lane.waiting and len(taken) < limit:
            size += lane.waiting[0].prepared.size
            if size > self._settings.batch_bytes:
                break
            taken.append(lane.waiting.popleft())
        return taken

    def _send(self, shares: Shares, *, ordered: bool) -> None:
        """Number the entries behind their heads, at once, and leave the rest to a task of the command's own."""
        at = now()
        documents: list[Document] = []
        for _, head, entries in shares:
            for n, waiting in enumerate(entries, head + 1):
                waiting.tried = n
                documents.append(document(waiting.prepared, n, at, self._boot_id))
        self._in_flight += 1
        self._spawn(self._insert(shares, documents, ordered=ordered))

    async def _insert(self, shares: Shares, documents: list[Document], *, ordered: bool) -> None:
        """One insert command: one lane in order, or several lanes with one entry each."""
        outcomes = [Outcome.UNKNOWN] * len(documents)
        try:
            with pymongo.timeout(self._settings.append_s):
                await self._events.insert_many(documents, ordered=ordered)
            outcomes = [Outcome.DURABLE] * len(documents)
        except BulkWriteError as error:
            outcomes = of_bulk_error(error.details, len(documents), ordered=ordered)
        except PyMongoError as error:
            log.warning("insert of events without a verdict", error=type(error).__name__, entries=len(documents))
        finally:
            self._in_flight -= 1
        verdicts = iter(zip(documents, outcomes, strict=True))
        for lane, _, entries in shares:
            self._conclude(lane, [(waiting, *next(verdicts)) for waiting in entries])
        self._flush_soon()

    def _conclude(self, lane: Lane, results: list[tuple[Waiting, Document, Outcome]]) -> None:
        """Answer what is durable; send what is in trouble to recovery without holding up anybody else."""
        again: list[Waiting] = []
        trouble = False
        for waiting, stored, outcome in results:
            if outcome is Outcome.DURABLE:
                lane.troubles = 0
                n, at = stored["n"], stored["at"]
                self.heads.put(lane.stream, n)
                self._announce(numbered(waiting.prepared, n, at))
                waiting.answer(Position(waiting.prepared.entry.stream, n, at, dup=False))
            elif outcome is Outcome.REPEATED:
                self._recovery.start(self._recovery.confirm(waiting))
            else:
                trouble = trouble or outcome is not Outcome.UNTRIED
                waiting.unknown = waiting.unknown or outcome is Outcome.UNKNOWN
                again.append(waiting)
        if trouble:
            self.heads.drop(lane.stream)
            self._recovery.start(self._recover(lane, again))
        else:
            self._release(lane, again)

    async def _recover(self, lane: Lane, entries: list[Waiting]) -> None:
        again: list[Waiting] = []
        try:
            again = await self._recovery.renumber(lane, entries)
        finally:
            self._release(lane, again)

    def _release(self, lane: Lane, again: list[Waiting]) -> None:
        """The lane's command is over; what is to be appended again keeps its place in front."""
        lane.waiting.extendleft(reversed(again))
        lane.busy = False
        if lane.waiting:
            self._ready.append(lane)
        else:
            self._lanes.pop(lane.stream, None)
        if self._ready:
            self._flush_soon()

    def _warm(self, lane: Lane) -> None:
        lane.busy = True
        self._cold.append(lane)
        if not self._warming:
            self._warming = True
            self._spawn(self._read_heads())

    async def _read_heads(self) -> None:
        """Look up the heads of lanes that have none, all that wait in one go."""
        while self._cold:
            lanes = list(self._cold)
            self._cold.clear()
            try:
                for stream, head in (await self.reader.heads([lane.stream for lane in lanes])).items():
                    self.heads.put(stream, head)
            except PyMongoError as error:
                log.warning("heads of streams could not be read", error=type(error).__name__, streams=len(lanes))
                await asyncio.sleep(random.random() * _COLD_RETRY_S)
            for lane in lanes:
                self._release(lane, [])
        self._warming = False

    def _reap(self) -> None:
        """Answer entries that have waited for too long, wherever they are. Accepted order is deadline order."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self._accepted and (not self._accepted[0].open or self._accepted[0].deadline <= due):
            waiting = self._accepted.popleft()
            if waiting.open:
                waiting.give_up()
                self._recovery.doubt(waiting)
        self._reaper = loop.call_later(_REAPER_PERIOD_S, self._reap) if self._accepted else None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
