"""The feed: every event of the log, from every node, once and in the order of its stream."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

import structlog
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import PyMongoError

from hub.bus.entry import Document, event_of
from hub.bus.heads import Heads
from hub.bus.reader import LogReader
from hub.bus.sequence import Sequencer, Track
from hub.bus.settings import FeedSettings
from hub.bus.tail import Tail
from models.streams import StreamId
from services.ports import Event

Listener = Callable[[Event], None]

_FILL_EVENTS: Final = 200
_FILL_BYTES: Final = 1024 * 1024
_FILL_RETRY_S: Final = 0.2

log = structlog.get_logger(__name__)


class Feed:
    """Own events come straight from the event log, those of other nodes from one change stream.

    Listeners and the sink are called synchronously, in log order; they must be quick and must not wait.
    """

    def __init__(
        self,
        collection: AsyncCollection[Document],
        boot_id: str,
        heads: Heads,
        settings: FeedSettings | None = None,
    ) -> None:
        self._settings = settings or FeedSettings()
        self._heads = heads
        self._reader = LogReader(collection)
        self._tail = Tail(collection, boot_id, self._foreign, self._history_lost, self._settings)
        self._sequencer = Sequencer(
            self._deliver,
            self._announce,
            self._on_gap,
            held_events=self._settings.held_events,
            tracked_streams=self._settings.tracked_streams,
        )
        self._listeners: dict[str, list[Listener]] = {}
        self._sink: Listener | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._watchdog: asyncio.Task[None] | None = None
        self._closed = False

    def listen(self, name: str, listener: Listener) -> None:
        """Call `listener` for every fact of that name that this node sees, whoever wrote it, watched or not."""
        self._listeners.setdefault(name, []).append(listener)

    def deliver_to(self, sink: Listener) -> None:
        """Give every event to `sink` before the listeners hear of it."""
        self._sink = sink

    async def start(self) -> None:
        """Open the change stream: every event committed after the return is seen. TimeoutError if it does not open."""
        await self._tail.start()
        self._watchdog = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """Stop receiving."""
        self._closed = True
        tasks = [*self._tasks, *([self._watchdog] if self._watchdog else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._tail.close()

    @property
    def alive(self) -> bool:
        """The change stream is open and was heard of lately."""
        return self._tail.alive

    def appended(self, event: Event) -> None:
        """An event of this node, majority-durable."""
        self._sequencer.arrive(event)

    async def watch(self, stream: StreamId) -> None:
        """From the return on, every event of the stream reaches the sink: in order, without gaps, until `unwatch`.

        What is in the log by then may or may not; read it.
        """
        await self.watch_all([stream])

    async def watch_all(self, streams: Iterable[StreamId]) -> None:
        """`watch` for many streams at the price of one."""
        unknown = []
        for stream in streams:
            if self._sequencer.find(stream) is None:
                unknown.append(stream)
            else:
                self._sequencer.watch(stream, 0)
        if unknown:
            heads = await self._reader.heads(unknown)
            for stream in unknown:
                self._sequencer.watch(stream, heads[stream])

    def unwatch(self, stream: StreamId) -> None:
        """Nobody needs the stream on this node any more."""
        self._sequencer.unwatch(stream)

    async def verify(self, *, everything: bool = False) -> None:
        """Compare the positions of the watched streams (or of all tracked ones) with the log; read what is missing."""
        tracks = self._sequencer.all() if everything else self._sequencer.watched()
        heads = await self._reader.heads([track.stream for track in tracks])
        for track in tracks:
            track.target = max(track.target, heads[track.stream])
            if track.gap:
                self._on_gap(track)

    def _foreign(self, stored: Document) -> None:
        event = event_of(stored)
        self._heads.raise_to(event.stream, event.n)
        self._sequencer.arrive(event)

    def _deliver(self, event: Event) -> None:
        if self._sink is not None:
            try:
                self._sink(event)
            except Exception:
                log.exception("delivery of an event failed", fact=event.type, n=event.n)
        self._announce(event)

    def _announce(self, event: Event) -> None:
        for listener in self._listeners.get(event.type, ()):
            try:
                listener(event)
            except Exception:
                log.exception("listener of an event failed", fact=event.type, n=event.n)

    def _on_gap(self, track: Track) -> None:
        if not track.filling and not self._closed:
            track.filling = True
            self._spawn(self._fill(track))

    async def _fill(self, track: Track) -> None:
        """Wait a moment for the missing numbers, then read them. With several nodes on one stream the wait suffices."""
        try:
            await asyncio.sleep(self._settings.gap_grace_s)
            while track.gap:
                try:
                    events = await self._reader.read(StreamId(track.stream), track.last, _FILL_EVENTS, _FILL_BYTES)
                except PyMongoError:
                    events = []
                if not events:
                    await asyncio.sleep(_FILL_RETRY_S)
                self._sequencer.fill(track, events)
        finally:
            track.filling = False

    def _history_lost(self) -> None:
        """The change stream had to start anew: something may have happened in between."""
        self._spawn(self._verify_until_done())

    async def _verify_until_done(self) -> None:
        while True:
            try:
                await self.verify(everything=True)
            except PyMongoError:
                await asyncio.sleep(_FILL_RETRY_S)
            else:
                return

    async def _watch(self) -> None:
        """Keep the change stream's task alive, and check the positions of watched streams now and then."""
        clock = asyncio.get_running_loop().time
        verified = clock()
        while True:
            await asyncio.sleep(self._settings.watch_task_s)
            await self._tail.ensure()
            if clock() - verified >= self._settings.verify_heads_s:
                verified = clock()
                try:
                    await self.verify()
                except PyMongoError as error:
                    log.warning("positions of streams could not be verified", error=type(error).__name__)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
