"""Who may watch a recording: clinicians and patients who were there, as long as they belong to the conversation."""

from typing import Any, Final

from models.documents.recording import Recording
from models.enums import Role
from models.errors import NotFound
from models.events.recording_register import ListAllRecordings, RecordingRows
from models.events.recording_views import RecordingStatus
from models.events.recordings import ListRecordings, Recordings
from services import state
from services.membership import Membership
from services.recordings.records import WATCHERS
from services.recordings.views import row_of, view_of
from services.unit import Unit

_GONE: Final = RecordingStatus.DELETED


class Shelf:
    """Loading is authorising: everybody else finds nothing."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership

    async def access(self, user_id: str, role: Role, recording_id: str) -> Recording:
        """The recording, for somebody who may watch it now. NotFound."""
        record = await state.fetch(Recording, recording_id)
        if record is None or record.status is _GONE or user_id not in record.watchers or role not in WATCHERS:
            raise NotFound
        await self._membership.access(user_id, record.conversation_id)
        return record

    async def administered(self, recording_id: str) -> Recording:
        """The recording, for an administrator, who may delete and hold but not watch it. NotFound."""
        record = await state.fetch(Recording, recording_id)
        if record is None or record.status is _GONE:
            raise NotFound
        return record

    async def list_visible(self, unit: Unit, cmd: ListRecordings) -> Recordings:
        """Newest first."""
        user_id = unit.actor.user_id
        query: dict[str, Any] = {"watchers": user_id, "status": {"$ne": _GONE}}
        if cmd.conversation_id is not None:
            unit.resource = query["conversation_id"] = cmd.conversation_id
        if cmd.before is not None:
            query["started_at"] = {"$lt": cmd.before}
        if unit.actor.role not in WATCHERS:
            return Recordings(recordings=[], more=False)
        left = await self._left(user_id, query)
        if left:
            query["$nor"] = [{"conversation_id": {"$in": left}}]
        found = await state.fetch_all(Recording, query, cmd.limit + 1, [("started_at", -1)])
        return Recordings(recordings=[view_of(one) for one in found[: cmd.limit]], more=len(found) > cmd.limit)

    async def list_all(self, unit: Unit, cmd: ListAllRecordings) -> RecordingRows:
        """For administrators, newest first. Ids are UUIDv7: their order is that of time, and a cursor by itself."""
        if cmd.recording_id is not None:
            unit.resource = cmd.recording_id
        below = {} if cmd.cursor is None else {"$lt": cmd.cursor}
        named = {} if cmd.recording_id is None else {"$eq": cmd.recording_id}
        query: dict[str, Any] = {
            "legal_hold": {"$in": [True, False] if cmd.held is None else [cmd.held]},
            "status": {"$in": [status for status in RecordingStatus if status is not _GONE]},
        } | ({"_id": below | named} if below or named else {})
        found = await state.fetch_all(Recording, query, cmd.limit + 1, [("_id", -1)])
        page = found[: cmd.limit]
        return RecordingRows(
            recordings=[row_of(one) for one in page], next=page[-1].id if len(found) > cmd.limit else None
        )

    async def _left(self, user_id: str, query: dict[str, Any]) -> list[str]:
        """Conversations with such recordings that the person does not belong to (any more)."""
        left = []
        for conversation_id in await state.distinct(Recording, "conversation_id", query):
            try:
                await self._membership.circle(user_id, conversation_id)
            except NotFound:
                left.append(conversation_id)
        return left
