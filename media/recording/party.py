"""The recording of one participant: taps for the packets, one or more files for the pictures and the sound."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from media.recording.disk import DiskWriter
from media.recording.manifest import Failure, PartManifest
from media.streams import Codec, Kind, Tap


@dataclass(frozen=True, slots=True)
class Place:
    """Where a participant's recording is kept and how it is sealed."""

    folder: Path
    name: str
    """Files are called `<name>.<part>`, from 1."""
    key: bytes
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
    ) -> None: ...

    def tap(self, kind: Kind, codec: Codec) -> Tap:
        """Where the packets of the participant's stream of that kind go; ends an earlier tap of the kind."""
        raise NotImplementedError

    def mark(self, name: str, at: float) -> None:
        """Note something in the manifest: `muted:audio`, `unmuted:video`, `held`."""

    def tick(self, now: float) -> None:
        """To be called each 50 ms to 0.4 s: gives up missing packets, writes what is due, reports a failed disk."""

    def pause(self, at: float) -> None:
        """Consent was withdrawn: from here on packets are neither kept nor written."""

    def resume(self, at: float) -> None:
        """Consent was given again."""

    def close(self, at: float) -> "Future[tuple[PartManifest, ...]]":
        """End the recording; the future holds its manifests once they are on disk, or `RecordingFailed`."""
        raise NotImplementedError
