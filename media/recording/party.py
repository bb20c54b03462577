"""The recording of one participant: taps for the packets, one or more files for the pictures and the sound."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from media.recording.clock import SenderClock
from media.recording.codecs import Frame
from media.recording.disk import DiskWriter, RecordingFailed, Spool
from media.recording.intake import Intake
from media.recording.manifest import Failure, PartManifest, VideoFormat
from media.recording.matroska import VP8_HINT
from media.recording.part import Part
from media.recording.sealed import About, SealedWriter
from media.recording.sealing import Seal
from media.recording.track import Track
from media.streams import Codec, CodecName, Kind, Tap


@dataclass(frozen=True, slots=True)
class Place:
    """Where a participant's recording is kept and how it is sealed."""

    folder: Path
    name: str
    """Files are called `<name>.<part>`, from 1."""
    key: bytes = field(repr=False)
    """32 bytes."""
    identity: str
    """The recording's id; bound into every chunk."""


@dataclass(frozen=True, slots=True)
class Zero:
    """One moment on both clocks of the server: aware UTC and `time.monotonic()`."""

    at: datetime
    monotonic: float


class PartyRecorder:
    """Records one participant. Nothing here blocks or raises on packets; all times are `time.monotonic()`.

    Not thread-safe: packets, ticks and calls come from one thread, and `request_keyframe` and `on_failed` (once) are
    called in it.
    """

    def __init__(
        self,
        place: Place,
        zero: Zero,
        disk: DiskWriter,
        request_keyframe: Callable[[], None],
        on_failed: Callable[[Failure], None],
    ) -> None:
        self._place, self._zero, self._disk = place, zero, disk
        self._request_keyframe, self._on_failed = request_keyframe, on_failed
        self._sender = SenderClock()
        self._intakes: dict[Kind, Intake] = {}
        self._dropped = dict.fromkeys(Kind, 0)
        """By tracks that were replaced, less what earlier parts told already."""
        self._part: Part | None = None
        self._number = 0
        self._finishing: list[tuple[Spool, Future[PartManifest]]] = []
        self._now = zero.monotonic
        self._paused_at: float | None = None
        self._ended = False
        self._failure: Failure | None = None

    def tap(self, kind: Kind, codec: Codec) -> Tap:
        """Where the packets of the participant's stream of that kind go; ends an earlier tap of the kind."""
        if (before := self._intakes.get(kind)) is not None:
            before.stop(self._now)
            self._dropped[kind] += before.track.dropped
        track = Track(codec, self._sender, self._frame, self._request_keyframe)
        track.open = self._paused_at is None and not self._ended
        intake = self._intakes[kind] = Intake(track)
        if kind is Kind.VIDEO and track.open:
            self._request_keyframe()
        return intake

    def mark(self, name: str, at: float) -> None:
        """Note something in the manifest: `muted:audio`, `unmuted:video`, `held`."""
        if self._part is not None:
            self._part.mark(name, at * 1000)

    def tick(self, now: float) -> None:
        """To be called each 50 ms: gives up missing packets, writes what is due, reports a failed disk."""
        self._now = now
        if self._paused_at is None and not self._ended:
            for intake in self._intakes.values():
                intake.tick(now)
            if self._part is not None:
                self._part.tick(now)
        self._look_at_disk()

    def pause(self, at: float) -> None:
        """Consent was withdrawn: from here on packets are neither kept nor written."""
        if self._paused_at is None and not self._ended:
            self._stop_tracks(at)
            self._paused_at = at
            if self._part is not None:
                self._part.flush()

    def resume(self, at: float) -> None:
        """Consent was given again."""
        if self._paused_at is None or self._ended:
            return
        if self._part is not None:
            self._part.paused(self._paused_at * 1000, at * 1000)
        self._paused_at = None
        for intake in self._intakes.values():
            intake.track.start()

    def close(self, at: float) -> "Future[tuple[PartManifest, ...]]":
        """End the recording; the future holds its manifests once they are on disk, or `RecordingFailed`.

        `tick` still has to be called until then, to notice a disk that stalls.
        """
        if not self._ended:
            if self._paused_at is None:
                self._stop_tracks(at)
            self._ended = True
            self._finish_part()
        return _all_of([manifest for _, manifest in self._finishing], self._failure)

    def _frame(self, track: Track, frame: Frame, at_ms: float, lost: bool, now: float) -> None:
        video = None
        if frame.size is not None:
            width, height = frame.size
            video = VideoFormat(codec=track.codec.name, width=width, height=height, private=frame.private)
            if self._part is not None and not self._part.declare(video):
                self._finish_part()
        if self._part is None:
            self._part = self._begin_part(at_ms, video)
        self._part.add(track.kind, frame, at_ms, lost, now)

    def _begin_part(self, at_ms: float, video: VideoFormat | None) -> Part:
        """The first part begins with the first packet that arrived, a later one with the picture that needs it."""
        self._number += 1
        if self._number == 1:
            arrivals = (intake.first_arrival for intake in self._intakes.values())
            at_ms = min(arrival for arrival in arrivals if arrival is not None) * 1000
        place = self._place
        file = f"{place.name}.{self._number}"
        started_at = self._zero.at + timedelta(milliseconds=at_ms - self._zero.monotonic * 1000)
        about = About(part=self._number, started_at=started_at, video=video or self._expected_video())
        writer = SealedWriter(place.folder, file, Seal(place.key, place.identity, file))
        return Part(file, about, at_ms, self._disk.open(writer), self._count)

    def _expected_video(self) -> VideoFormat | None:
        """VP8 is declared before the camera comes on; H.264 cannot be before its first key frame."""
        intake = self._intakes.get(Kind.VIDEO)
        return VP8_HINT if intake is None or intake.track.codec.name is CodecName.VP8 else None

    def _finish_part(self) -> None:
        if self._part is not None:
            self._finishing.append((self._part.spool, self._part.finish()))
            told = self._part.tally.journal.dropped
            self._dropped = {kind: self._dropped[kind] - count for kind, count in told.items()}
            self._part = None

    def _count(self, part: Part) -> None:
        """Keep the manifest's figures as they are now."""
        journal, lanes = part.tally.journal, part.tally.lanes
        tracks = [intake.track for intake in self._intakes.values()]
        present = {track.kind: track.dropped for track in tracks}
        journal.dropped = {kind: self._dropped[kind] + present.get(kind, 0) for kind in Kind}
        journal.synced = all(track.clock.reported for track in tracks if lanes[track.kind].frames)

    def _stop_tracks(self, at: float) -> None:
        for intake in self._intakes.values():
            intake.stop(at)

    def _look_at_disk(self) -> None:
        failure = None if self._part is None else self._part.spool.failure
        for spool, manifest in self._finishing:
            if failure is None and not manifest.done():
                failure = spool.failure
        if failure is None or self._failure is not None:
            return
        self._failure, self._ended, self._part = failure, True, None
        for intake in self._intakes.values():
            intake.track.open = False
        self._on_failed(failure)


def _all_of(manifests: Sequence["Future[PartManifest]"], failure: Failure | None) -> "Future[tuple[PartManifest, ...]]":
    """One future for all; it fails with the first that does."""
    together: Future[tuple[PartManifest, ...]] = Future()
    if failure is not None:
        together.set_exception(RecordingFailed(failure))
        return together
    lock = Lock()

    def look(_: object = None) -> None:
        with lock:
            if together.done() or not all(manifest.done() for manifest in manifests):
                return
            errors = [error for manifest in manifests if (error := manifest.exception()) is not None]
            if errors:
                together.set_exception(errors[0])
            else:
                together.set_result(tuple(manifest.result() for manifest in manifests))

    look()
    for manifest in manifests:
        manifest.add_done_callback(look)
    return together
