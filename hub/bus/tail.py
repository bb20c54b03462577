"""The tail of the log: one change stream for what other nodes write, kept open across every kind of failure."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, Final

import structlog
from bson.codec_options import CodecOptions
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import OperationFailure, PyMongoError

from hub.bus.entry import Document
from hub.bus.settings import FeedSettings

_AWAIT_MS: Final = 1000
"""The server answers at least this often, so a longer silence means that it is gone."""
_RECANCEL_S: Final = 0.5
_SILENCE_S: Final = 10.0
_FIRST_BACKOFF_S: Final = 0.05

log = structlog.get_logger(__name__)


class Tail:
    """Calls `arrived` for each inserted event of another node, in the order of commit.

    After an interruption it resumes where it was. When that is impossible (history lost) it starts at the present and
    calls `lost` once it is open again.
    """

    def __init__(
        self,
        collection: AsyncCollection[Document],
        boot_id: str,
        arrived: Callable[[Document], None],
        lost: Callable[[], None],
        settings: FeedSettings,
    ) -> None:
        decoded: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._events = collection.with_options(codec_options=decoded)
        self._pipeline = [{"$match": {"operationType": "insert", "fullDocument.b": {"$ne": boot_id}}}]
        self._arrived = arrived
        self._lost = lost
        self._settings = settings
        self._token: Mapping[str, Any] | None = None
        self._stream: AsyncChangeStream[Document] | None = None
        self._opened = asyncio.Event()
        self._ever_open = False
        self._heard = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Open, and the server was heard of lately."""
        return self._stream is not None and asyncio.get_running_loop().time() - self._heard < _SILENCE_S

    async def start(self) -> None:
        """Return once the change stream is open."""
        self._launch()
        await asyncio.wait_for(self._opened.wait(), self._settings.open_s)

    async def ensure(self) -> None:
        """Restart the task if it died or hangs; called every second or so."""
        task = self._task
        hanging = self._stream is not None and not self.alive
        if task is None or task.done() or hanging:
            log.warning("change stream of the log restarted", hanging=hanging)
            await self.close()
            self._launch()

    async def close(self) -> None:
        """Stop; a later start resumes where it was."""
        task, self._task = self._task, None
        if task is None:
            return
        ends_at = asyncio.get_running_loop().time() + self._settings.open_s
        while not task.done() and asyncio.get_running_loop().time() < ends_at:
            task.cancel()  # again: the driver may swallow one that comes while it closes a cursor
            await asyncio.wait([task], timeout=_RECANCEL_S)

    def _launch(self) -> None:
        self._heard = asyncio.get_running_loop().time()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        backoff = _FIRST_BACKOFF_S
        while True:
            try:
                await self._follow()
            except PyMongoError as error:
                # An open stream that fails is resumed; a resume that the server refuses will be refused again.
                refused = self._stream is None and isinstance(error, OperationFailure)
                log.warning("change stream of the log interrupted", error=type(error).__name__, refused=refused)
                if refused:
                    self._token = None
            finally:
                self._stream = None
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, self._settings.reopen_max_s)
            if self._heard > asyncio.get_running_loop().time() - 1:
                backoff = _FIRST_BACKOFF_S

    async def _follow(self) -> None:
        clock = asyncio.get_running_loop().time
        watching = await self._events.watch(self._pipeline, max_await_time_ms=_AWAIT_MS, resume_after=self._token)
        async with watching as stream:
            self._stream = stream
            self._heard = clock()
            if self._ever_open and self._token is None:
                self._lost()
            self._ever_open = True
            self._token = stream.resume_token
            self._opened.set()
            while stream.alive:
                change = await stream.try_next()
                self._heard = clock()
                self._token = stream.resume_token
                if change is not None:
                    self._arrived(change["fullDocument"])
