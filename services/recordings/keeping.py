"""How long recordings are kept: legal hold, retention, and deletion that deletes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from models import streams
from models.documents.owing import pending
from models.documents.recording import Composed, Recording
from models.enums import Role
from models.errors import NotFound, NotNow, PolicyForbids
from models.events.base import Done
from models.events.recording_register import HeldRecording
from models.events.recording_views import RecordingStatus
from models.events.recordings import (
    RECORDING_DELETED,
    ChangeRecording,
    RecordingDeleted,
    SetLegalHold,
)
from models.ids import SYSTEM, derived_id
from services import state
from services.audit import OK, AuditDoor
from services.outbox import Outbox, dumped
from services.ports import AuditPort, AuditRow
from services.recordings.bookmarks import forget
from services.recordings.ports import SealedStorePort
from services.recordings.shelf import Shelf
from services.recordings.views import row_of
from services.unit import Unit

RETAINED_ACTION: Final = "recording.expire"
BATCH: Final = 50
_FINISHED: Final = (RecordingStatus.READY, RecordingStatus.FAILED)


class Keeping:
    """Deleting hides the recording first, then destroys its files, then erases its key and its names."""

    def __init__(
        self, shelf: Shelf, store: SealedStorePort, outbox: Outbox, audit: AuditPort,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._shelf = shelf
        self._store = store
        self._outbox = outbox
        self._audit = audit
        self._clock = clock

    async def set_hold(self, unit: Unit, cmd: SetLegalHold) -> HeldRecording:
        """While held, neither retention nor anybody deletes it."""
        unit.resource = cmd.recording_id
        await self._shelf.administered(cmd.recording_id)
        expected = {"_id": cmd.recording_id, "status": {"$ne": RecordingStatus.DELETED}}
        changed = await state.change(Recording, expected, {"$set": {"legal_hold": cmd.held}})
        if changed is None:
            raise NotFound
        return HeldRecording(recording=row_of(changed))

    async def delete(self, unit: Unit, cmd: ChangeRecording) -> Done:
        """For good. Clinicians delete what they may watch, administrators whatever there is. Twice is once."""
        actor = unit.actor
        unit.resource = cmd.recording_id
        if actor.role is Role.ADMIN:
            standing = await state.fetch(Recording, cmd.recording_id)
            if standing is not None and standing.status is RecordingStatus.DELETED:
                await self._destroy(standing)
                return Done()
            record = await self._shelf.administered(cmd.recording_id)
        else:
            record = await self._shelf.access(actor.user_id, actor.role, cmd.recording_id)
        if record.status not in _FINISHED:
            raise NotNow
        if not await self._delete(record, actor.user_id):
            raise PolicyForbids
        return Done()

    async def expire(self) -> None:
        """Delete what is past its time, and finish deletions that a crash interrupted."""
        due = {
            "status": {"$in": list(_FINISHED)}, "delete_after": {"$ne": None, "$lte": self._clock()},
            "legal_hold": False,
        }  # fmt: skip
        for record in await state.fetch_all(Recording, due, BATCH):
            await self._delete(record, SYSTEM, AuditRow("", "", RETAINED_ACTION, record.id, OK, AuditDoor.JOB, ""))
        begun = {"status": RecordingStatus.DELETED, "key": {"$ne": None}}
        for record in await state.fetch_all(Recording, begun, BATCH):
            await self._destroy(record)

    async def _delete(self, record: Recording, by: str, row: AuditRow | None = None) -> bool:
        """False when it is held. `row` is for what nobody's command audits, and stands before anything is gone."""
        expected = {"_id": record.id, "legal_hold": False, "status": {"$in": list(_FINISHED)}}
        told = pending(
            RECORDING_DELETED, RecordingDeleted(recording_id=record.id),
            streams.conversation(record.conversation_id), by,
        )  # fmt: skip
        told.id = derived_id("recording.deleted", record.id)
        hidden = {"status": RecordingStatus.DELETED, "deleted_at": self._clock()}
        update = {"$set": hidden, "$push": {"outbox": {"$each": dumped(told)}}}
        deleted = await state.change(Recording, expected, update)
        if deleted is None:
            standing = await state.fetch(Recording, record.id)
            if standing is None or standing.status is not RecordingStatus.DELETED:
                return False
            deleted = standing
        elif row is not None:
            await self._audit.record(row)
        await self._destroy(deleted)
        return True

    async def _destroy(self, record: Recording) -> None:
        if record.key is None:
            return
        await self._store.destroy(record.id)
        await forget({"recording_id": record.id})
        erased: dict[str, Any] = {
            "key": None, "participants": [], "files": [], "composed": Composed().model_dump(), "delete_after": None,
        }  # fmt: skip
        changed = await state.change(
            Recording, {"_id": record.id, "status": RecordingStatus.DELETED}, {"$set": erased}
        )  # fmt: skip
        if changed is not None:
            await self._outbox.settle(changed)
