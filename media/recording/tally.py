"""What one file holds so far, and how it ends: kept while it is written, counted again when it is repaired."""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from media.recording.journal import Journal
from media.recording.manifest import PartManifest, VideoFormat
from media.recording.matroska import Block, Cue, Outline, beginning, cues
from media.recording.opus import duration_ms
from media.recording.sealed import HEAD_BYTES, About
from media.streams import CodecName, Kind

_CUE_MS: Final = 1_000
_MAX_CUES: Final = 40_000
"""Eleven hours; all of them fit into one chunk."""
_FRAME_MS: Final = 33
_LONGEST_FRAME_MS: Final = 100


@dataclass(slots=True)
class Lane:
    """How far one track has come, in milliseconds of the file."""

    last_ms: int = -1
    end_ms: float = 0.0
    frames: int = 0

    def advance(self, block: Block) -> None:
        """Count a frame; a picture is taken to last as long as the one before it."""
        at_ms, kind, _, data = block
        if kind is Kind.AUDIO:
            self.end_ms = at_ms + (duration_ms(data) or 0)
        else:
            step = at_ms - self.last_ms if self.frames else _FRAME_MS
            self.end_ms = at_ms + (step if 0 < step <= _LONGEST_FRAME_MS else _FRAME_MS)
        self.last_ms = at_ms
        self.frames += 1


class Ending(NamedTuple):
    """What finishes a file."""

    cues: bytes
    """To be appended; may be empty."""
    beginning: bytes
    manifest: PartManifest
    """Without the hash."""


@dataclass(slots=True)
class Tally:
    """Frames, cues and bytes of one file."""

    file: str
    about: About
    journal: Journal = field(default_factory=Journal)
    lanes: dict[Kind, Lane] = field(default_factory=lambda: {kind: Lane() for kind in Kind})
    media_bytes: int = 0
    _cues: list[Cue] = field(default_factory=list)

    @property
    def duration_ms(self) -> float:
        """Where the last frame ends."""
        return max((lane.end_ms for lane in self.lanes.values() if lane.frames), default=0.0)

    def flushed(self, at_ms: int, blocks: list[Block], size: int) -> None:
        """Count a cluster and what can be sought to in it: a key frame, or any sound while there are no pictures."""
        place = HEAD_BYTES + self.media_bytes
        key = next((block for block in blocks if block.kind is Kind.VIDEO and block.key), None)
        if key is not None:
            self._cue(Cue(key.at_ms, Kind.VIDEO, place))
        elif blocks and not self.lanes[Kind.VIDEO].frames:
            self._cue(Cue(at_ms, Kind.AUDIO, place))
        self.media_bytes += size

    def _cue(self, cue: Cue) -> None:
        last = self._cues[-1] if self._cues else None
        near = last is not None and last.kind is cue.kind and cue.at_ms - last.at_ms < _CUE_MS
        if not near and len(self._cues) < _MAX_CUES:
            self._cues.append(cue)

    def outline(self) -> Outline:
        """What the beginning tells while the file grows: both tracks, whatever has been seen of them."""
        return Outline(self.about.video, True, self.about.started_at)

    def ending(self, *, complete: bool) -> Ending:
        """How the file ends here."""
        video, audio = (bool(self.lanes[kind].frames) for kind in (Kind.VIDEO, Kind.AUDIO))
        outline = Outline(self.about.video if video else None, audio, self.about.started_at, self.duration_ms)
        wanted = Kind.VIDEO if video else Kind.AUDIO
        index = cues([cue for cue in self._cues if cue.kind is wanted], outline)
        end = HEAD_BYTES + self.media_bytes
        if index:
            outline = replace(outline, cues_at=end)
        outline = replace(outline, plain_size=end + len(index))
        return Ending(index, beginning(outline), self._manifest(outline, complete))

    def _manifest(self, outline: Outline, complete: bool) -> PartManifest:
        assert outline.plain_size is not None
        codecs = ([outline.video.codec] if outline.video else []) + ([CodecName.OPUS] if outline.audio else [])
        journal = self.journal
        return PartManifest(
            file=self.file,
            part=self.about.part,
            container=outline.container,
            codecs=tuple(codecs),
            started_at=self.about.started_at,
            duration_ms=round(self.duration_ms),
            sizes=tuple(journal.sizes),
            gaps=tuple(journal.gaps),
            marks=tuple(journal.marks),
            frames={kind: lane.frames for kind, lane in self.lanes.items()},
            dropped=journal.dropped,
            sync="sender_reports" if journal.synced else "arrival",
            complete=complete,
            bytes=outline.plain_size,
            sha256="",
        )


def declared(video: VideoFormat | None) -> tuple[CodecName, bytes] | None:
    """What of a declaration a decoder depends on."""
    return None if video is None else (video.codec, video.private)
