"""What is looked at just now: one open file per link, and which stretches of it went out, for the audit."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

import structlog

from hub.recordings.store import SealedStore
from media.recording.sealed import HEAD_BYTES, SealedFile
from models.documents.recording import Recording
from models.errors import Busy, HubError, NotFound
from services.recordings.links import Ticket
from services.recordings.records import Records
from services.recordings.review import ReviewService, merged, refs_of

MOST: Final = 256
"""Links in use on this node."""
STREAMS: Final = 6
"""Answers at once on one link: a video element needs two."""
TELL_S: Final = 30.0
IDLE_S: Final = 60.0
CHUNK_MS: Final = 1000
ETAG_CHARS: Final = 32

log = structlog.get_logger(__name__)


class Shown(NamedTuple):
    """What is known of a file beside its bytes."""

    etag: str
    duration_ms: int


class Viewing:
    """One link in use."""

    def __init__(self, ticket: Ticket, sealed: SealedFile, file: Shown, now: float) -> None:
        self.ticket = ticket
        self.etag, self.duration_ms = file
        self.sealed = sealed
        self.streams = 0
        self.used_at = self.told_at = now
        self.sent: list[tuple[int, int]] = []
        """Byte ranges that went out and are not in the audit yet, merged."""

    def note(self, start: int, end: int) -> None:
        """These bytes went out. The head, which players read first, shows nothing yet."""
        if end > HEAD_BYTES:
            self.sent = merged([*self.sent, (max(start, HEAD_BYTES), end)])

    def seen(self) -> list[str]:
        """The stretches as the audit has them, in milliseconds of the file."""
        return refs_of(self.ticket.file, [self._times(start, end) for start, end in self.sent])

    def _times(self, start: int, end: int) -> tuple[int, int]:
        """What begins with these bytes; a chunk holds at most a second."""
        until = self.sealed.time_of(end - 1) + CHUNK_MS
        return min(self.sealed.time_of(start), self.duration_ms), min(until, self.duration_ms)


class Viewings:
    """Opens what a ticket is for, and tells the audit: before the first byte, every 30 s, and when it is over."""

    def __init__(
        self, store: SealedStore, records: Records, review: ReviewService, clock: Callable[[], float] = monotonic
    ) -> None:
        self._store = store
        self._records = records
        self._review = review
        self._clock = clock
        self._open: OrderedDict[str, Viewing] = OrderedDict()
        self._opening: dict[str, asyncio.Lock] = {}

    async def enter(self, ticket: Ticket, record: Recording) -> Viewing:
        """The viewing of a link, with one answer more. NotFound, Busy; TryAgain when the audit does not confirm."""
        lock = self._opening.setdefault(ticket.link_id, asyncio.Lock())
        try:
            async with lock:
                viewing = self._open.get(ticket.link_id) or await self._begin(ticket, record)
        finally:
            if not lock.locked():
                self._opening.pop(ticket.link_id, None)
        if viewing.streams >= STREAMS:
            raise Busy
        viewing.streams += 1
        viewing.used_at = self._clock()
        return viewing

    def leave(self, viewing: Viewing) -> None:
        """One answer less."""
        viewing.streams -= 1
        viewing.used_at = self._clock()

    async def tell(self) -> None:
        """By the clock: what went out, and what nobody uses any more."""
        now = self._clock()
        for link_id, viewing in tuple(self._open.items()):
            idle = not viewing.streams and now - viewing.used_at >= IDLE_S
            if idle or (viewing.sent and now - viewing.told_at >= TELL_S):
                await self._tell(viewing, now)
            if idle and not viewing.streams and not viewing.sent:
                self._open.pop(link_id, None)
                viewing.sealed.close()

    async def close(self) -> None:
        """The node ends: what went out is told, files are closed."""
        while self._open:
            _, viewing = self._open.popitem()
            await self._tell(viewing, self._clock())
            viewing.sealed.close()

    async def _begin(self, ticket: Ticket, record: Recording) -> Viewing:
        if len(self._open) >= MOST:
            raise Busy
        sealed = await self._store.open(record.id, ticket.file, self._records.key(record))
        if sealed is None:
            raise NotFound
        try:
            await self._review.note_view(ticket, f"{ticket.file}:open")
        except BaseException:
            sealed.close()
            raise
        viewing = self._open[ticket.link_id] = Viewing(ticket, sealed, _shown(record, ticket.file), self._clock())
        return viewing

    async def _tell(self, viewing: Viewing, now: float) -> None:
        if not viewing.sent:
            return
        seen, sent = viewing.seen(), viewing.sent
        viewing.sent, viewing.told_at = [], now
        try:
            for ref in seen:
                await self._review.note_view(viewing.ticket, ref)
        except HubError as error:
            viewing.sent = merged([*viewing.sent, *sent])
            log.error("what was watched is not in the audit yet", error=type(error).__name__)


def _shown(record: Recording, name: str) -> Shown:
    file = next((one for one in record.files if one.name == name), None)
    if file is not None:
        return Shown(file.sha256[:ETAG_CHARS], file.duration_ms)
    composed = record.composed
    return Shown(f"{composed.sha256[:ETAG_CHARS]}-{name.rpartition('.')[2]}", composed.duration_ms)
