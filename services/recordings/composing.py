"""The film of a whole visit: asked for here, made elsewhere, its progress told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from models.documents.recording import Composed, Recording
from models.errors import NotNow
from models.events.recording_views import ComposeState, RecordingStatus, TimelineKind, TrackView
from models.events.recordings import ChangeRecording, RecordingReply
from services import state
from services.audit import OK, AuditDoor
from services.ports import AuditPort, AuditRow
from services.recordings.finishing import SEALED_ACTION
from services.recordings.outdating import Outdating
from services.recordings.records import Records
from services.recordings.shelf import Shelf
from services.recordings.timeline import Timeline
from services.recordings.views import tracks_of, view_of
from services.unit import Unit

LEASE: Final = timedelta(seconds=30)
TRIES: Final = 3
_AT_WORK: Final = (ComposeState.WAITING, ComposeState.RUNNING)


@dataclass(frozen=True, slots=True)
class Caption:
    """Something that was said in the chat, on the recording's clock."""

    at_ms: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the film is made of."""

    tracks: list[TrackView]
    captions: list[Caption]
    duration_ms: int
    said: list[int]
    """Positions of the captions' messages."""
    as_of: int
    """Position of the conversation by which they read so."""
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Film:
    """What was made."""

    file: str
    bytes: int
    duration_ms: int
    sha256: str


class Composing:
    """One node at a time makes a film, under a lease that it renews; a lost lease means: somebody starts again."""

    def __init__(
        self, node: str, shelf: Shelf, records: Records, timeline: Timeline, outdating: Outdating, audit: AuditPort,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._node = node
        self._shelf = shelf
        self._records = records
        self._timeline = timeline
        self._outdating = outdating
        self._audit = audit
        self._clock = clock

    async def compose(self, unit: Unit, cmd: ChangeRecording) -> RecordingReply:
        """Ask for the film. One that exists or is being made is not made again; one that failed is."""
        actor = unit.actor
        unit.resource = cmd.recording_id
        record = await self._shelf.access(actor.user_id, actor.role, cmd.recording_id)
        if record.status is not RecordingStatus.READY:
            raise NotNow
        asked = Composed(state=ComposeState.WAITING).model_dump()
        record = await self._outdating.current(record)
        again = {"composed.state": ComposeState.OUTDATED, "composed.file": None}
        wanted = {"$or": [{"composed.state": {"$in": [ComposeState.NONE, ComposeState.FAILED]}}, again]}
        changed = await self._change(record, wanted, {"composed": asked})
        if changed is None:
            record = await self._shelf.access(actor.user_id, actor.role, cmd.recording_id)
        return RecordingReply(recording=view_of(changed or record))

    async def claim(self) -> Recording | None:
        """The next film to make; also one whose maker is gone."""
        now = self._clock()
        lost = {"composed.state": ComposeState.RUNNING, "composed.until": {"$lt": now}}
        spent = {"status": RecordingStatus.READY, "composed.tries": {"$gte": TRIES}} | lost
        for hopeless in await state.fetch_all(Recording, spent, 1):
            await self.fail(hopeless, holder=hopeless.composed.holder)
        due = {
            "status": RecordingStatus.READY, "$or": [{"composed.state": ComposeState.WAITING}, lost],
        }  # fmt: skip
        mine = {
            "composed.state": ComposeState.RUNNING, "composed.holder": self._node, "composed.until": now + LEASE,
            "composed.percent": 0,
        }  # fmt: skip
        record = await state.change(Recording, due, {"$set": mine, "$inc": {"composed.tries": 1}})
        if record is not None:
            self._outdating.tell(record)
        return record

    async def plan(self, record: Recording) -> Plan:
        """Tracks, captions and key."""
        names = {one.user_id: one.name for one in record.participants}
        as_of = await self._timeline.head(record)  # before reading: what changes meanwhile counts as changed since
        said = [one for one in await self._timeline.of(record, 0) if one.kind is TimelineKind.MESSAGE and one.text]
        return Plan(
            tracks=tracks_of(record),
            captions=[Caption(one.at_ms, names.get(one.user_id or "", ""), one.text) for one in said],
            duration_ms=record.duration_ms,
            said=[one.n for one in said if one.n is not None],
            as_of=as_of,
            key=self._records.key(record),
        )

    async def progress(self, record: Recording, percent: int) -> bool:
        """Renew the lease; False when there is nothing to be made any more, or somebody else makes it."""
        now = {"composed.percent": percent, "composed.until": self._clock() + LEASE}
        changed = await self._change(record, self._mine(), now)
        return changed is not None

    async def finish(self, record: Recording, film: Film, plan: Plan) -> bool:
        """The film is whole; False when nobody wants it any more."""
        row = AuditRow("", "", SEALED_ACTION, f"{record.id}/{film.file}", OK, AuditDoor.JOB, film.sha256)
        await self._audit.record(row)
        done = Composed(
            state=ComposeState.READY, percent=100, file=film.file, bytes=film.bytes, duration_ms=film.duration_ms,
            sha256=film.sha256, said=plan.said, as_of=plan.as_of,
        )  # fmt: skip
        made = await self._change(record, self._mine(), {"composed": done.model_dump()})
        if made is not None:
            await self._outdating.current(made)
        return made is not None

    async def fail(self, record: Recording, holder: str | None = None) -> None:
        """It cannot be made; whoever wants it may ask again."""
        failed = Composed(state=ComposeState.FAILED).model_dump()
        await self._change(record, self._mine(holder), {"composed": failed})

    async def deleted(self, record: Recording) -> bool:
        """Whether nothing of the recording may be on disk any more."""
        standing = await self._records.fetch(record.id)
        return standing is None or standing.status is RecordingStatus.DELETED

    async def release(self, record: Recording) -> None:
        """The node goes down: somebody else, or this one later, starts again."""
        await self._change(record, self._mine(), {"composed": Composed(state=ComposeState.WAITING).model_dump()})

    def _mine(self, holder: str | None = None) -> dict[str, Any]:
        return {"composed.state": ComposeState.RUNNING, "composed.holder": holder or self._node}

    async def _change(self, record: Recording, expected: dict[str, Any], fields: dict[str, Any]) -> Recording | None:
        expected = {"_id": record.id, "status": RecordingStatus.READY} | expected
        changed = await state.change(Recording, expected, {"$set": fields})
        if changed is not None:
            self._outdating.tell(changed)
        return changed
