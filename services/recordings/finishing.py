"""From stopped to watchable: files told by media processes, files repaired, hashes in the audit, the fact."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog

from models import streams
from models.documents.owing import PendingFact, pending
from models.documents.recording import Part, Recording
from models.errors import HubError, NotFound, NotNow
from models.events.recording_views import RecordingStatus
from models.events.recordings import RECORDING_READY, RecordingReady
from models.media import Recorded, RecordedFile, StopRecord
from services import state
from services.audit import OK, AuditDoor
from services.calls.ports import MediaPort
from services.outbox import Outbox, dumped
from services.ports import AuditPort, AuditRow
from services.recordings.policy import RecordingPolicies
from services.recordings.ports import DiskTrouble, InUse, SealedStorePort
from services.recordings.records import Records
from services.recordings.timeline import Timeline

SEALED_ACTION: Final = "recording.seal"
LEASE_S: Final = 120.0
PATIENCE_S: Final = 30.0
"""So long is a media process asked for its files before what it left on disk is repaired."""
AT_ONCE: Final = 2
"""So many recordings are repaired at once: each takes a thread and a core's attention."""
REST: Final = timedelta(seconds=30)
"""Between attempts on a disk that refuses: each reads the file from its beginning."""
DISK_PATIENCE: Final = timedelta(days=1)
"""Then the recording is concluded without what the disk does not give."""

log = structlog.get_logger(__name__)


class Finishing:
    """Every step can be repeated; one node at a time does it."""

    def __init__(
        self, node: str, media: MediaPort, records: Records, timeline: Timeline, store: SealedStorePort,
        policies: RecordingPolicies, outbox: Outbox, audit: AuditPort,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._node = node
        self._media = media
        self._records = records
        self._timeline = timeline
        self._store = store
        self._policies = policies
        self._outbox = outbox
        self._audit = audit
        self._clock = clock
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._rests: dict[str, datetime] = {}
        """Until when a recording is left alone, because of its disk."""

    async def halt(self, record: Recording, *, lost: bool = False) -> None:
        """Nothing more is recorded on any process that answers (`lost`: those included that counted as gone)."""
        wish = StopRecord(call_id=record.call_id, recording_id=record.id)
        processes = {part.process for part in record.parts if lost or not part.lost}
        await asyncio.gather(*(self._media.ask(one, wish) for one in processes), return_exceptions=True)

    async def finish(self, record: Recording) -> None:
        """As far as it goes now. Raises TryAgain."""
        record = await self._records.fetch(record.id) or record
        if record.status is not RecordingStatus.FINISHING:
            return
        if not await self._records.claim(record, self._node, self._clock(), LEASE_S):
            await self.halt(record)  # whoever holds the lease may have died before saying so
            return
        for part in record.parts:
            if not part.settled:
                record = await self._settled(record, part)
        if all(part.settled for part in record.parts):
            ending = await self._timeline.ending(record)
            stopped_at = record.stopped_at or self._clock()
            if ending is None and self._clock() - stopped_at < timedelta(seconds=PATIENCE_S):
                return  # why it ended is not in the log yet
            async with self._gate:
                files = await self._whole(record)
                if files is not None:
                    files = await self._trimmed(record, files, ending or stopped_at)
            if files is not None:
                await self._conclude(record, files)

    async def _settled(self, record: Recording, part: Part) -> Recording:
        """Ask the process of a part for its files; give up on one that is gone."""
        try:
            wish = StopRecord(call_id=record.call_id, recording_id=record.id)
            answer = await self._media.ask(part.process, wish)
        except (NotNow, NotFound):
            answer = Recorded(files=[])  # it knows nothing of the call (any more)
        except HubError as error:
            stopped_at = record.stopped_at or self._clock()
            gone = any(other.lost and other.process == part.process for other in record.parts)
            if not gone and self._clock() - stopped_at < timedelta(seconds=PATIENCE_S):
                return record
            log.warning("files are taken from disk, their process does not answer", error=type(error).__name__)
            answer = Recorded(files=[])
        files = answer.files if isinstance(answer, Recorded) else []
        return await self._records.settle_part(record, part.n, files)

    async def _whole(self, record: Recording) -> list[RecordedFile] | None:
        """Every file there is, those included that nobody told of; None while one is still written, or cannot be."""
        rests_until = self._rests.get(record.id)
        if rests_until is not None and self._clock() < rests_until:
            return None
        files = {file.name: file for file in record.files}
        key = self._records.key(record)
        for name in await self._store.listing(record.id):
            if name in files:
                continue
            try:
                found = await self._store.repair(record.id, name, key)
            except InUse:
                await self.halt(record, lost=True)  # a process that was given up still writes
                return None
            except DiskTrouble:
                if not self._gives_up(record):
                    return None
                found = None
            if found is not None:
                files[name] = found
        self._rests.pop(record.id, None)
        return sorted(files.values(), key=lambda file: (file.started_at, file.name))

    async def _trimmed(
        self, record: Recording, files: list[RecordedFile], until: datetime
    ) -> list[RecordedFile] | None:
        """Without what was written after its end, by a process that had not heard of it; None when it must wait."""
        key = self._records.key(record)
        stay = []
        for file in files:
            until_ms = (until - started(file)) // timedelta(milliseconds=1)
            found: RecordedFile | None = file
            if file.duration_ms > until_ms:
                try:
                    found = await self._store.trim(record.id, file.name, key, until_ms)
                except InUse:
                    await self.halt(record, lost=True)
                    return None
                except DiskTrouble:
                    if not self._gives_up(record):
                        return None
                    found = None  # nobody sees what could not be cut
            if found is not None:
                stay.append(found)
        return stay

    def _gives_up(self, record: Recording) -> bool:
        """Whether the disk had its time; else it is left alone for a while."""
        if self._clock() - (record.stopped_at or self._clock()) >= DISK_PATIENCE:
            return True
        self._rests[record.id] = self._clock() + REST
        return False

    async def _conclude(self, record: Recording, files: list[RecordedFile]) -> None:
        for file in files:
            row = AuditRow("", "", SEALED_ACTION, f"{record.id}/{file.name}", OK, AuditDoor.JOB, file.sha256)
            await self._audit.record(row)
        stopped_at = record.stopped_at or self._clock()
        keep_days = (await self._policies.current()).keep_days
        change: dict[str, Any] = {
            "files": [file.model_dump() for file in files],
            "status": RecordingStatus.READY if files else RecordingStatus.FAILED,
            "delete_after": stopped_at + timedelta(days=keep_days) if keep_days else None,
        }
        facts: list[PendingFact] = []
        if files:
            change |= _extent(files)
            told = RecordingReady(
                call_id=record.call_id, recording_id=record.id, seconds=round(change["duration_ms"] / 1000)
            )
            facts.append(pending(RECORDING_READY, told, streams.conversation(record.conversation_id)))
        expected = {"_id": record.id, "status": RecordingStatus.FINISHING}
        update = {"$set": change, "$push": {"outbox": {"$each": dumped(*facts)}}}
        changed = await state.change(Recording, expected, update)
        if changed is not None:
            await self._outbox.settle(changed)


def started(file: RecordedFile) -> datetime:
    """When the file begins, on the server's clock."""
    return datetime.fromisoformat(file.started_at).astimezone(UTC)


def _extent(files: list[RecordedFile]) -> dict[str, Any]:
    """The recording's clock begins with its first file and ends with its last."""
    zero = min(started(file) for file in files)
    end = max(started(file) + timedelta(milliseconds=file.duration_ms) for file in files)
    return {"started_at": zero, "duration_ms": round((end - zero) / timedelta(milliseconds=1))}
