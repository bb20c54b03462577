"""Recording documents: made once per recording, changed atomically, read by whoever needs to carry on."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from models.documents.call import Call, Party
from models.documents.recording import UNFINISHED, Part, Participant, Recording
from models.enums import CLINICIANS, Role
from models.events.recording_views import RecordingStatus
from models.media import RecordedFile
from services import state
from services.fields import FieldCipher

KEY_BYTES: Final = 32
COLLECTION: Final = "recordings"
WATCHERS: Final = CLINICIANS | {Role.PATIENT}
BATCH: Final = 1000


class Records:
    """The one place that reads and writes recordings on behalf of nobody in particular."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def key(self, record: Recording) -> bytes:
        """The key of its files. SealBrokenError; ValueError when it was erased."""
        if record.key is None:
            raise ValueError("the key of a deleted recording is gone")
        return base64.b64decode(self._cipher.open(COLLECTION, record.id, "key", record.key))

    async def fetch(self, recording_id: str) -> Recording | None:
        """The recording as it stands."""
        return await state.fetch(Recording, recording_id)

    async def of(self, call: Call, recording_id: str, now: datetime) -> Recording:
        """The recording that a call runs, made if it is not there yet."""
        found = await state.fetch(Recording, recording_id)
        if found is not None:
            return found
        key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        made = Recording(
            id=recording_id, call_id=call.id, conversation_id=call.conversation_id,
            key=self._cipher.seal(COLLECTION, recording_id, "key", key), started_at=now, idle_since=now,
        )  # fmt: skip
        if await state.insert(made):
            return made
        return await state.fetch(Recording, recording_id) or made

    async def unfinished(self, call_id: str | None = None, *, process: str | None = None) -> list[Recording]:
        """Recordings that run or are to be finished (of a call; on a media process), oldest first."""
        query: dict[str, Any] = {"status": {"$in": list(UNFINISHED)}}
        if process is not None:
            query["parts.process"] = process
        if call_id is not None:
            query["call_id"] = call_id
        return await state.fetch_all(Recording, query, BATCH, [("started_at", 1)])

    async def attend(self, record: Recording, present: Sequence[Party]) -> Recording:
        """Note who is present while it runs."""
        known = {one.party_id for one in record.participants}
        new = [
            Participant(
                party_id=party.party_id, user_id=party.user_id, name=party.name, role=party.role,
                verified=party.verified,
            )
            for party in present
            if party.party_id not in known
        ]  # fmt: skip
        if not new:
            return record
        watchers = [one.user_id for one in new if one.role in WATCHERS]
        update = {
            "$push": {"participants": {"$each": [one.model_dump() for one in new]}},
            "$addToSet": {"watchers": {"$each": watchers}},
        }
        fresh = {"participants.party_id": {"$nin": [one.party_id for one in new]}}
        return await self._changed(record, fresh, update)

    async def begin_part(self, record: Recording, process: str) -> Recording:
        """The call's media is on this process now."""
        part = Part(n=len(record.parts) + 1, process=process)
        expected = {"status": RecordingStatus.RUNNING, "parts": {"$size": len(record.parts)}}
        return await self._changed(record, expected, {"$push": {"parts": part.model_dump()}})

    async def part_runs(self, record: Recording, n: int, parties: Sequence[str]) -> Recording:
        """The process has confirmed that it records these parties."""
        update = {"parts.$.started": True, "parts.$.parties": list(parties), "idle_since": None}
        return await self._changed(record, {"parts.n": n}, {"$set": update})

    async def lose_part(self, record: Recording, n: int) -> Recording:
        """Its process is gone."""
        expected = {"parts": {"$elemMatch": {"n": n, "lost": False}}}
        return await self._changed(record, expected, {"$set": {"parts.$.lost": True}})

    async def idles(self, record: Recording, now: datetime) -> Recording:
        """No process records just now, although one should."""
        return await self._changed(record, {"idle_since": None}, {"$set": {"idle_since": now}})

    async def stop(self, record: Recording, now: datetime) -> Recording:
        """The call runs it no longer."""
        update = {"status": RecordingStatus.FINISHING, "stopped_at": now}
        return await self._changed(record, {"status": RecordingStatus.RUNNING}, {"$set": update})

    async def settle_part(self, record: Recording, n: int, files: Sequence[RecordedFile]) -> Recording:
        """Nothing more comes of that part's process."""
        update: dict[str, Any] = {"$set": {"parts.$.settled": True}}
        known = {file.name for file in record.files}
        new = [file.model_dump() for file in files if file.name not in known]
        if new:
            update["$push"] = {"files": {"$each": new}}
        return await self._changed(record, {"parts": {"$elemMatch": {"n": n, "settled": False}}}, update)

    async def claim(self, record: Recording, holder: str, now: datetime, seconds: float) -> bool:
        """One node at a time finishes a recording."""
        free = {"$or": [{"finisher": holder}, {"finisher_until": None}, {"finisher_until": {"$lt": now}}]}
        lease = {"finisher": holder, "finisher_until": now + timedelta(seconds=seconds)}
        return await state.change(Recording, {"_id": record.id, **free}, {"$set": lease}) is not None

    async def _changed(self, record: Recording, expected: dict[str, Any], update: dict[str, Any]) -> Recording:
        """The recording after the change, or as somebody else has left it meanwhile."""
        changed = await state.change(Recording, {"_id": record.id, **expected}, update)
        return changed or await state.fetch(Recording, record.id) or record
