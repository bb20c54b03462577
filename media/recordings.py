"""The recording of one room: a recorder for each party that agreed, fed by the switchboard's taps."""

import asyncio
import base64
import binascii
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from media.api.wire import Fault
from media.forward.switchboard import Switchboard
from media.recording.disk import DiskWriter
from media.recording.manifest import Failure, PartManifest
from media.recording.party import PartyRecorder, Place, Zero
from media.streams import Codec, Kind
from models.ids import rfc3339
from models.media import MediaFault, RecordedFile, SetLegMedia, StartRecord

FINISH_S: Final = 2.5
KEY_BYTES: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What may become part of a path."""
_REASONS: Final[dict[Failure, Literal["disk_full", "disk_stalled", "internal"]]] = {
    Failure.DISK_FULL: "disk_full",
    Failure.DISK_STALLED: "disk_stalled",
    Failure.DISK_ERROR: "internal",
}

Reason = Literal["disk_full", "disk_stalled", "internal"]


class RoomRecording:
    """From `record.start` to `record.stop`. Used on the loop; only `finish` waits."""

    def __init__(
        self, request: StartRecord, folder: Path, disk: DiskWriter, switchboard: Switchboard,
        sources: dict[tuple[str, Kind], Codec], request_keyframe: Callable[[str], None],
        on_failed: Callable[[Reason], None],
    ) -> None:  # fmt: skip
        """`sources`: what each party sends now. `on_failed` is called at most once."""
        self.recording_id = request.recording_id
        self.part = request.part
        self._key = recording_key(request)
        self._folder, self._disk, self._switchboard = folder, disk, switchboard
        self._sources = sources
        self._request_keyframe, self._on_failed = request_keyframe, on_failed
        self._zero = Zero(datetime.now(UTC), time.monotonic())
        self._recorders: dict[str, PartyRecorder] = {}
        self._agreed: set[str] = set()
        self._failed = False
        for party_id in request.parties:
            self.consent(party_id, agreed=True)

    def consent(self, party_id: str, *, agreed: bool) -> None:
        """Record this party from now on, or not any more. Its media is not even tapped while it has not agreed."""
        if agreed and party_id in self._agreed:
            return
        safe_name(party_id)
        (self._agreed.add if agreed else self._agreed.discard)(party_id)
        recorder = self._recorders.get(party_id)
        if agreed and recorder is None:
            place = Place(self._folder, f"{party_id}-{self.part}", self._key, self.recording_id)
            ask = self._request_keyframe
            recorder = PartyRecorder(place, self._zero, self._disk, lambda: ask(party_id), self._fail)
            self._recorders[party_id] = recorder
        elif agreed and recorder is not None:
            recorder.resume(time.monotonic())
        elif recorder is not None:
            recorder.pause(time.monotonic())
        for (source, kind), codec in tuple(self._sources.items()):
            if source == party_id:
                self._switchboard.tap(party_id, kind, recorder.tap(kind, codec) if agreed and recorder else None)

    def source(self, party_id: str, kind: Kind, codec: Codec) -> None:
        """A party began to send, or changed its codec."""
        recorder = self._recorders.get(party_id)
        if recorder is not None:
            self._switchboard.tap(party_id, kind, recorder.tap(kind, codec))

    def mark(self, party_id: str, name: str) -> None:
        """Note something about a party."""
        recorder = self._recorders.get(party_id)
        if recorder is not None:
            recorder.mark(name, time.monotonic())

    def tick(self, now: float) -> None:
        """Each 50 ms."""
        for recorder in tuple(self._recorders.values()):
            recorder.tick(now)

    async def finish(self) -> list[RecordedFile]:
        """Untap and close everything, and wait for the disk; files the disk did not manage are left for repair."""
        now = time.monotonic()
        closing: dict[str, Future[tuple[PartManifest, ...]]] = {}
        for party_id, recorder in self._recorders.items():
            for kind in Kind:
                self._switchboard.tap(party_id, kind, None)
            closing[party_id] = recorder.close(now)
        self._recorders = {}
        waiting = {party_id: asyncio.wrap_future(future) for party_id, future in closing.items()}
        if waiting:
            await asyncio.wait(waiting.values(), timeout=FINISH_S)
        files = [
            recorded(manifest, party_id, self.part)
            for party_id, future in waiting.items()
            if future.done() and not future.cancelled() and future.exception() is None
            for manifest in future.result()
        ]
        for future in waiting.values():
            future.cancel()
        return files

    def _fail(self, failure: Failure) -> None:
        if not self._failed:
            self._failed = True
            self._on_failed(_REASONS[failure])


def recording_key(request: StartRecord) -> bytes:
    """Fault INVALID unless it has 32 bytes."""
    try:
        key = base64.b64decode(request.key, validate=True)
    except (binascii.Error, ValueError):
        raise Fault(MediaFault.INVALID) from None
    if len(key) != KEY_BYTES:
        raise Fault(MediaFault.INVALID)
    return key


def safe_name(name: str) -> str:
    """Fault INVALID for what could leave the recordings folder."""
    if not _NAME.fullmatch(name):
        raise Fault(MediaFault.INVALID)
    return name


async def all_files(earlier: asyncio.Task[list[RecordedFile]] | None, recording: RoomRecording) -> list[RecordedFile]:
    """With those of an earlier part of the same recording, if the call came back to this process."""
    files = await recording.finish()
    return [*(await earlier if earlier is not None else []), *files]


def make_folder(folder: Path) -> None:
    """Where only this user reads. OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def recorded(manifest: PartManifest, party_id: str, part: int) -> RecordedFile:
    """A finished file as the hub is told."""
    return RecordedFile(
        name=manifest.file,
        party_id=party_id,
        part=part,
        started_at=rfc3339(manifest.started_at),
        duration_ms=manifest.duration_ms,
        mime=f"video/{'webm' if manifest.container == 'webm' else 'x-matroska'}",
        video=manifest.frames.get(Kind.VIDEO, 0) > 0,
        bytes=manifest.bytes,
        sha256=manifest.sha256,
        sizes=[(size.at_ms, size.width, size.height) for size in manifest.sizes],
        gaps=[(gap.from_ms, gap.to_ms, gap.kind.value, gap.reason.value) for gap in manifest.gaps],
        marks=[(mark.at_ms, mark.name) for mark in manifest.marks],
        sync=manifest.sync,
    )


def marks_of(before: SetLegMedia | None, after: SetLegMedia) -> Iterator[str]:
    """What changed, in the words of the manifest."""
    sending = after.camera or after.screen
    if (before is None or before.audio) != after.audio:
        yield "unmuted:audio" if after.audio else "muted:audio"
    if (before is None or before.camera or before.screen) != sending:
        yield "unmuted:video" if sending else "muted:video"
    if (before is not None and before.screen) != after.screen:
        yield "screen:on" if after.screen else "screen:off"
    if (before is not None and before.held) != after.held:
        yield "held" if after.held else "resumed"
