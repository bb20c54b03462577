"""A recorder on a real disk, fed with simulated time."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from media.recording.disk import DiskWriter
from media.recording.manifest import Failure, PartManifest
from media.recording.party import PartyRecorder, Place, Zero
from media.recording.sealed import SealedFile
from media.recording.skew import Heard, PlainReader, look
from media.streams import Codec, Kind, Tap
from tests.support import flash

KEY = bytes(range(32))
IDENTITY = "recording-1"
START = 1000.0
BEGAN_AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
DONE_S = 20.0


class Studio:
    """One participant, `alice`."""

    def __init__(self, folder: Path, disk: DiskWriter) -> None:
        self.folder, self.disk = folder, disk
        self.asked = 0
        self.failures: list[Failure] = []
        place = Place(folder, "alice", KEY, IDENTITY)
        self.recorder = PartyRecorder(place, Zero(BEGAN_AT, START), disk, self._ask, self.failures.append)

    def _ask(self) -> None:
        self.asked += 1

    def taps(self, *codecs: Codec) -> dict[Kind, Tap]:
        """A tap for each codec's kind."""
        return {codec.kind: self.recorder.tap(codec.kind, codec) for codec in codecs}

    def record(
        self,
        *streams: flash.Stream,
        path: flash.Path | None = None,
        tick: Callable[[float], None] | None = None,
        sender_ppm: float = 0.0,
    ) -> list[PartManifest]:
        """Feed everything that the streams send, then close."""
        taps = self.taps(*(stream.codec for stream in streams))
        ticks = tick or self.recorder.tick
        end = flash.feed(taps, list(streams), path or flash.Path(), ticks, START, sender_ppm)
        return self.close(end)

    def close(self, at: float) -> list[PartManifest]:
        """End the recording and wait for the disk."""
        return list(self.recorder.close(at).result(DONE_S))

    def open(self, file: str = "alice.1") -> SealedFile:
        """The sealed file."""
        return SealedFile.open(self.folder, file, KEY, IDENTITY)

    def heard(self, file: str = "alice.1") -> Heard:
        """What decoding the whole file shows."""
        with self.open(file) as sealed:
            return look(PlainReader(sealed))
