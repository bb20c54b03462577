"""The Matroska elements of a recording (RFC 9559): beginning, clusters, cues."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from media.recording.ebml import element, elements, ident, read_size, size
from media.recording.manifest import VideoFormat
from media.recording.opus import OPUS_HEAD, PRE_SKIP
from media.recording.sealed import HEAD_BYTES
from media.streams import CodecName, Kind

CLUSTER: Final = 0x1F43B675
_CUES: Final = 0x1C53BB6B
_INFO, _TRACKS, _SEEK_HEAD, _SEGMENT, _VOID = 0x1549A966, 0x1654AE6B, 0x114D9B74, 0x18538067, 0xEC
_TIMESTAMP, _SIMPLE_BLOCK = 0xE7, 0xA3
_UNKNOWN_SIZE: Final = b"\x01" + b"\xff" * 7
_SEEK_PRE_ROLL_NS: Final = 80_000_000
_TIMESTAMP_SCALE_NS: Final = 1_000_000
_EPOCH: Final = datetime(2001, 1, 1, tzinfo=UTC)
_MAX_RELATIVE: Final = 0x7FFF
_SHORT_BLOCK: Final = struct.Struct(">BHBhB")
_LONG_BLOCK: Final = struct.Struct(">BIBhB")
"""Element id, data size in two or four bytes, track, time against the cluster's, flags."""
NUMBERS: Final = {Kind.VIDEO: 1, Kind.AUDIO: 2}
KINDS: Final = {number: kind for kind, number in NUMBERS.items()}


VP8_HINT: Final = VideoFormat(codec=CodecName.VP8, width=640, height=480)


class Block(NamedTuple):
    """One frame in a cluster."""

    at_ms: int
    kind: Kind
    key: bool
    data: bytes


class Cue(NamedTuple):
    """A cluster that can be sought to; the place is counted in the plain file."""

    at_ms: int
    kind: Kind
    place: int


@dataclass(frozen=True, slots=True)
class Outline:
    """What the beginning tells of the whole file; what is not known before the end is None."""

    video: VideoFormat | None
    audio: bool
    started_at: datetime
    duration_ms: float | None = None
    cues_at: int | None = None
    plain_size: int | None = None

    @property
    def container(self) -> Literal["webm", "matroska"]:
        """WebM holds no H.264."""
        return "matroska" if self.video is not None and self.video.codec is CodecName.H264 else "webm"


def beginning(outline: Outline) -> bytes:
    """EBML head, SeekHead, Info and Tracks in exactly `HEAD_BYTES`."""
    start = _ebml_head(outline.container)
    segment = _segment_start(outline)
    length = _UNKNOWN_SIZE if outline.plain_size is None else size(outline.plain_size - segment, 8)
    info, tracks = _info(outline), _tracks(outline)
    places = [(_INFO, 0), (_TRACKS, len(info))]
    if outline.cues_at is not None:
        places.append((_CUES, outline.cues_at - segment))
    seek_bytes = len(_seek_head(places))
    places = [(what, at if what == _CUES else at + seek_bytes) for what, at in places]
    data = start + ident(_SEGMENT) + length + _seek_head(places) + info + tracks
    rest = HEAD_BYTES - len(data) - 9
    return data + ident(_VOID) + size(rest, 8) + bytes(rest)


def cluster(at_ms: int, blocks: Sequence[Block]) -> bytes:
    """A cluster of known size."""
    pieces = [element(_TIMESTAMP, at_ms)]
    for block_ms, kind, key, data in blocks:
        relative = max(-_MAX_RELATIVE, min(_MAX_RELATIVE, block_ms - at_ms))
        length, number, flags = len(data) + 4, 0x80 | NUMBERS[kind], 0x80 if key else 0
        if length < 0x3FFF:
            pieces.append(_SHORT_BLOCK.pack(_SIMPLE_BLOCK, 0x4000 | length, number, relative, flags))
        else:
            pieces.append(_LONG_BLOCK.pack(_SIMPLE_BLOCK, 0x10000000 | length, number, relative, flags))
        pieces.append(data)
    body = b"".join(pieces)
    return ident(CLUSTER) + size(len(body)) + body


def blocks(data: bytes) -> Iterator[Block]:
    """The frames of one cluster as `cluster` made it. Raises `ValueError`."""
    for outer in elements(data):
        if outer.ident != CLUSTER:
            continue
        at_ms = 0
        for inner in elements(data, outer.start, outer.end):
            if inner.ident == _TIMESTAMP:
                at_ms = int.from_bytes(data[inner.start : inner.end], "big")
            elif inner.ident == _SIMPLE_BLOCK:
                number, at = read_size(data, inner.start)
                relative, flags = struct.unpack_from(">hB", data, at)
                yield Block(at_ms + relative, KINDS[number], bool(flags & 0x80), data[at + 3 : inner.end])


def cues(entries: Sequence[Cue], outline: Outline) -> bytes:
    """The index; empty when there is nothing to seek to."""
    segment = _segment_start(outline)
    points = (element(0xBB, element(0xB3, cue.at_ms) + element(0xB7, _cue_position(cue, segment))) for cue in entries)
    return element(_CUES, b"".join(points)) if entries else b""


def _cue_position(cue: Cue, segment: int) -> bytes:
    return element(0xF7, NUMBERS[cue.kind]) + element(0xF1, cue.place - segment)


def _segment_start(outline: Outline) -> int:
    """Where the segment's data begins: what positions are counted from."""
    return len(_ebml_head(outline.container)) + len(ident(_SEGMENT)) + 8


def _ebml_head(doc_type: str) -> bytes:
    fields = ((0x4286, 1), (0x42F7, 1), (0x42F2, 4), (0x42F3, 8), (0x4282, doc_type), (0x4287, 4), (0x4285, 2))
    return element(0x1A45DFA3, b"".join(element(number, value) for number, value in fields))


def _seek_head(places: Sequence[tuple[int, int]]) -> bytes:
    entries = (
        element(0x4DBB, element(0x53AB, ident(what)) + element(0x53AC, at.to_bytes(8, "big"))) for what, at in places
    )
    return element(_SEEK_HEAD, b"".join(entries))


def _info(outline: Outline) -> bytes:
    since = int((outline.started_at - _EPOCH).total_seconds() * 1e6) * 1000
    body = element(0x2AD7B1, _TIMESTAMP_SCALE_NS) + element(0x4D80, "Carewire") + element(0x5741, "Carewire")
    body += element(0x4461, since.to_bytes(8, "big", signed=True))
    if outline.duration_ms is not None:
        body += element(0x4489, float(outline.duration_ms))
    return element(_INFO, body)


def _tracks(outline: Outline) -> bytes:
    entries = b""
    if outline.video is not None:
        video = outline.video
        name = "V_VP8" if video.codec is CodecName.VP8 else "V_MPEG4/ISO/AVC"
        private = element(0x63A2, video.private) if video.private else b""
        picture = element(0xE0, element(0xB0, video.width) + element(0xBA, video.height))
        entries += element(0xAE, _track(Kind.VIDEO, 1, name) + private + picture)
    if outline.audio:
        delay = element(0x56AA, PRE_SKIP * 1_000_000_000 // 48_000) + element(0x56BB, _SEEK_PRE_ROLL_NS)
        sound = element(0xE1, element(0xB5, 48_000.0) + element(0x9F, 2))
        entries += element(0xAE, _track(Kind.AUDIO, 2, "A_OPUS") + delay + element(0x63A2, OPUS_HEAD) + sound)
    return element(_TRACKS, entries)


def _track(kind: Kind, track_type: int, codec: str) -> bytes:
    number = NUMBERS[kind]
    body = element(0xD7, number) + element(0x73C5, number) + element(0x83, track_type) + element(0x9C, 0)
    return body + element(0x22B59C, "und") + element(0x86, codec)
