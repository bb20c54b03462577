"""Recorded calls without browsers: a stand-in for the media process that writes real sealed files of real media.

The media process itself is tested with real peers elsewhere; here its place in `MediaPort` is taken by somebody who
answers as `models.media` says, so that a test decides when a process is lost, slow or out of disk.
"""

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from media.recording.disk import DiskWriter
from media.recording.party import PartyRecorder, Place, Zero
from media.recordings import recorded
from media.streams import OPUS, VP8, Kind
from models.errors import MediaUnavailable, NotNow
from models.media import (
    Answer,
    Empty,
    Event,
    Recorded,
    RecordedFile,
    RecordFailed,
    RecordParty,
    Shape,
    StartRecord,
    StopRecord,
)
from services.calls.ports import OnEvent, OnLost
from tests.support import flash

SECONDS = 4.0


@dataclass
class Take:
    """One recording on one process."""

    wish: StartRecord
    parties: set[str]
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Studio:
    """The media processes `unix:/a` and `unix:/b`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, Shape]] = []
        self.gone: set[str] = set()
        self.takes: dict[tuple[str, str], Take] = {}
        self.finished: dict[tuple[str, str], list[RecordedFile]] = {}
        self.over: set[tuple[str, str, int]] = set()
        """Parts that a process has ended by itself."""
        self._on_event: OnEvent | None = None
        self._on_lost: OnLost | None = None

    def place(self, avoid: str | None = None) -> str | None:
        """The first that is there."""
        return next((name for name in ("unix:/a", "unix:/b") if name not in self.gone and name != avoid), None)

    def listen(self, on_event: OnEvent, on_lost: OnLost) -> None:
        """Who is told."""
        self._on_event, self._on_lost = on_event, on_lost

    async def ask(self, process: str, request: Shape) -> Answer:
        """As a media process answers."""
        self.asked.append((process, request))
        if process in self.gone:
            raise MediaUnavailable
        if isinstance(request, StartRecord):
            key = process, request.recording_id
            if (*key, request.part) in self.over:
                raise NotNow
            if key not in self.takes and key not in self.finished:
                self.takes[key] = Take(request, set(request.parties))
        elif isinstance(request, RecordParty):
            take = next((one for (where, _), one in self.takes.items() if where == process), None)
            if take is None:
                raise NotNow
            (take.parties.add if request.on else take.parties.discard)(request.party_id)
        elif isinstance(request, StopRecord):
            return Recorded(files=await self._stop(process, request.recording_id))
        return Empty()

    async def kill(self, process: str) -> None:
        """kill -9: nobody finishes what it wrote."""
        self.gone.add(process)
        for (where, recording_id), take in tuple(self.takes.items()):
            if where == process:
                await asyncio.to_thread(write, self.folder / recording_id, take, killed=True)
                del self.takes[where, recording_id]
        if self._on_lost is not None:
            await self._on_lost(process)

    async def fail(self, process: str, recording_id: str) -> None:
        """The disk is full."""
        call_id = self.takes[process, recording_id].wish.call_id
        files = await self._stop(process, recording_id)
        await self.tell(process, RecordFailed(
            call_id=call_id, recording_id=recording_id, reason="disk_full", files=files,
        ))  # fmt: skip

    async def tell(self, process: str, event: Event) -> None:
        """An event of a process."""
        assert self._on_event is not None
        await self._on_event(process, event)

    async def _stop(self, process: str, recording_id: str) -> list[RecordedFile]:
        key = process, recording_id
        if key not in self.finished:
            take = self.takes.pop(key, None)
            if take is None:
                raise NotNow
            self.finished[key] = await asyncio.to_thread(write, self.folder / recording_id, take)
        return self.finished[key]


def write(folder: Path, take: Take, *, seconds: float = SECONDS, killed: bool = False) -> list[RecordedFile]:
    """Flashes and beeps of every party of a take, as sealed files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for party_id in sorted(take.parties):
        files += _write_party(folder, take, party_id, seconds, killed)
    return files


def _write_party(folder: Path, take: Take, party_id: str, seconds: float, killed: bool) -> list[RecordedFile]:
    disk = DiskWriter()
    try:
        name = f"{party_id}-{take.wish.part}"
        place = Place(folder, name, base64.b64decode(take.wish.key), take.wish.recording_id)
        recorder = PartyRecorder(place, Zero(take.began_at, 1000.0), disk, lambda: None, lambda _: None)
        taps = {Kind.AUDIO: recorder.tap(Kind.AUDIO, OPUS), Kind.VIDEO: recorder.tap(Kind.VIDEO, VP8)}
        streams = [flash.audio(seconds), flash.video(seconds)]
        end = flash.feed(taps, streams, flash.Path(), recorder.tick)
        if killed:
            disk.close()
            assert recorder._part is not None
            recorder._part.spool.release()  # as the kernel lets go of what a killed process had open
            return []
        manifests = recorder.close(end).result(20)
        return [recorded(manifest, party_id, take.wish.part) for manifest in manifests]
    finally:
        disk.close()


def later(**span: float) -> datetime:
    """A moment from now."""
    return datetime.now(UTC) + timedelta(**span)
