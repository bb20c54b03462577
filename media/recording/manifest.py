"""What is known about a recording beside its media: one manifest for each file, kept with it and told to the hub."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from media.streams import CodecName, Kind


class Failure(StrEnum):
    """Why a recording was given up. What was written before stays and can be repaired."""

    DISK_FULL = "disk_full"
    DISK_STALLED = "disk_stalled"
    DISK_ERROR = "disk_error"


class GapReason(StrEnum):
    """Why a track has nothing for a while. Pauses of Opus DTX (at most 0.4 s between packets) are no gaps."""

    LOST = "lost"
    SILENT = "silent"
    """Nothing was sent: muted, camera off, or the path was down at both ends of the pause."""
    PAUSED = "paused"
    """Consent was withdrawn: packets were neither kept nor written."""


class Entry(BaseModel):
    """One line of a manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Gap(Entry):
    """Nothing to hear or see, of 100 ms or more, in milliseconds of the file."""

    kind: Kind
    from_ms: int
    to_ms: int
    reason: GapReason


class Size(Entry):
    """The picture's size from here on."""

    at_ms: int
    width: int
    height: int


class Mark(Entry):
    """Something that was told to the recorder: `muted:audio`, `held`."""

    at_ms: int
    name: str


class VideoFormat(Entry):
    """What a file declares of its pictures. For VP8 the size is a hint, key frames tell the true one."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    codec: CodecName
    width: int
    height: int
    private: bytes = b""
    """Decoder configuration: avcC for H.264."""


class PartManifest(Entry):
    """One finished (or repaired) file."""

    file: str
    """Name for `SealedFile.open`."""
    part: int
    container: Literal["webm", "matroska"]
    codecs: tuple[CodecName, ...]
    """Of the tracks that hold anything."""
    started_at: datetime
    """Server clock at the file's zero, by arrival: how the files of several participants are aligned."""
    duration_ms: int
    sizes: tuple[Size, ...]
    gaps: tuple[Gap, ...]
    marks: tuple[Mark, ...]
    frames: dict[Kind, int]
    dropped: dict[Kind, int]
    """Packets that were lost, malformed, or of pictures that could not be decoded; of repaired files the count at
    the last gap."""
    sync: Literal["sender_reports", "arrival"]
    complete: bool
    """False when the process was killed and the file was repaired."""
    bytes: int
    """Size of the plain Matroska file."""
    sha256: str
    """Of the ciphertext: body, then head."""
