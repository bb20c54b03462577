"""Films whose subtitles no longer read like the conversation: nobody sees them, and they are removed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from models import rooms
from models.documents.recording import Composed, Recording
from models.events.recording_views import ComposeState, RecordingStatus
from models.events.recordings import RECORDING_CHANGED, RecordingChanged
from services import state
from services.ports import RoomsPort
from services.recordings.ports import DiskTrouble, SealedStorePort
from services.recordings.timeline import Timeline
from services.recordings.views import subtitles_of, view_of

BATCH: Final = 50


class Outdating:
    """Looks when somebody is about to see a film, and by the clock so that none stays on disk."""

    def __init__(
        self, store: SealedStorePort, timeline: Timeline, lossy: RoomsPort,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._store = store
        self._timeline = timeline
        self._lossy = lossy
        self._clock = clock

    async def current(self, record: Recording) -> Recording:
        """The recording, with its film only if every message in it reads as it does in the conversation."""
        film = record.composed
        if film.state is not ComposeState.READY or not await self._timeline.changed(record, film.said, film.as_of):
            return record
        wanted = {"composed.state": ComposeState.READY, "composed.sha256": film.sha256}
        gone = Composed(state=ComposeState.OUTDATED, file=film.file).model_dump()
        changed = await self._change(record, wanted, {"composed": gone})
        if changed is None:
            return await state.fetch(Recording, record.id) or record
        return await self._removed(changed)

    async def sweep(self) -> None:
        """Films that were not looked at for longest, and files of outdated ones that a crash or a disk kept."""
        outdated = {"status": RecordingStatus.READY, "composed.state": ComposeState.OUTDATED}
        for record in await state.fetch_all(Recording, outdated | {"composed.file": {"$ne": None}}, BATCH):
            await self._removed(record)
        ready = {"status": RecordingStatus.READY, "composed.state": ComposeState.READY}
        for record in await state.fetch_all(Recording, ready, BATCH, [("composed.checked_at", 1)]):
            if (await self.current(record)).composed.state is ComposeState.READY:
                seen = {"$set": {"composed.checked_at": self._clock()}}
                await state.change(Recording, {"_id": record.id, **ready}, seen)

    def tell(self, record: Recording) -> None:
        """What became of the film, to those who may watch."""
        data = RecordingChanged(recording=view_of(record)).model_dump(mode="json")
        for user_id in record.watchers:
            self._lossy.publish(rooms.user(user_id), RECORDING_CHANGED.name, data)

    async def _removed(self, record: Recording) -> Recording:
        """Its film can be made again from then on."""
        film = record.composed.file
        if film is not None:
            try:
                await self._store.remove(record.id, [film, subtitles_of(film)])
            except DiskTrouble:
                return record  # the clock tries again
        outdated = {"composed.state": ComposeState.OUTDATED}
        return await self._change(record, outdated, {"composed.file": None}) or record

    async def _change(self, record: Recording, expected: dict[str, Any], fields: dict[str, Any]) -> Recording | None:
        expected = {"_id": record.id, "status": RecordingStatus.READY} | expected
        changed = await state.change(Recording, expected, {"$set": fields})
        if changed is not None:
            self.tell(changed)
        return changed
