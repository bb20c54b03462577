"""One file of a participant's recording: frames become blocks, blocks clusters, clusters chunks."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from media.recording.codecs import Frame
from media.recording.disk import Spool
from media.recording.manifest import Gap, GapReason, Mark, PartManifest, Size, VideoFormat
from media.recording.matroska import Block, beginning, cluster
from media.recording.sealed import About
from media.recording.sealing import MAX_CHUNK, ChunkKind
from media.recording.tally import Lane, Tally, declared
from media.streams import Kind

CLUSTER_S: Final = 0.3
"""With the 0.6 s that a missing video packet is waited for and the 50 ms between ticks, kill -9 costs at most 1 s."""
CLUSTER_BYTES: Final = MAX_CHUNK // 2
GAP_MS: Final = 100
SILENT_MS: Final = 600


class Part:
    """Builds one file. Times given are milliseconds of the participant's line; `now` is `time.monotonic()`."""

    def __init__(self, file: str, about: About, start_ms: float, spool: Spool, count: Callable[["Part"], None]) -> None:
        """`count` is called before anything is written, to bring the journal's figures up to date."""
        self.start_ms, self.spool, self._count = start_ms, spool, count
        self.tally = Tally(file, about)
        self._blocks: list[Block] = []
        self._block_bytes = 0
        self._opened_at = 0.0
        self._cluster_ms = 0
        self._begin()

    def declare(self, video: VideoFormat) -> bool:
        """Change what is declared of the pictures; false when there are others already: that needs a new part."""
        about = self.tally.about
        if self.tally.lanes[Kind.VIDEO].frames:
            return declared(video) == declared(about.video)
        if video != about.video:
            self.tally.about = about.model_copy(update={"video": video})
            self._begin()
        return True

    def add(self, kind: Kind, frame: Frame, wanted_ms: float, lost: bool, now: float) -> None:
        """One frame of a track, in the track's order. Times only grow: a clock set back squeezes frames together."""
        lane = self.tally.lanes[kind]
        at_ms = round(wanted_ms - self.start_ms)
        if at_ms <= lane.last_ms:
            at_ms = lane.last_ms + 1
        if at_ms - lane.end_ms >= GAP_MS:
            self._note_gap(kind, lane, at_ms, lost)
        if frame.size is not None:
            self._note_size(frame.size, at_ms)
        data = frame.data
        block = Block(at_ms, kind, frame.key, data)
        picture_key = frame.key and kind is Kind.VIDEO
        if self._blocks and (picture_key or self._block_bytes + len(data) > CLUSTER_BYTES):
            self.flush()
        if not self._blocks:
            self._opened_at = now
        self._blocks.append(block)
        self._block_bytes += len(data) + 16
        lane.advance(block)
        if now - self._opened_at >= CLUSTER_S:
            self.flush()

    def mark(self, name: str, at_ms: float) -> None:
        """Note something in the manifest."""
        self.tally.journal.add(Mark(at_ms=self._in_file(at_ms), name=name))

    def paused(self, from_ms: float, to_ms: float) -> None:
        """Note that nothing was recorded for a while."""
        start, end = self._in_file(from_ms), self._in_file(to_ms)
        for kind, lane in self.tally.lanes.items():
            if lane.frames:
                self.tally.journal.add(Gap(kind=kind, from_ms=start, to_ms=end, reason=GapReason.PAUSED))
            lane.end_ms = max(lane.end_ms, end)

    def tick(self, now: float) -> None:
        """Write the cluster once it is old enough."""
        if self._blocks and now - self._opened_at >= CLUSTER_S:
            self.flush()

    def flush(self) -> None:
        """Hand what there is to the disk."""
        self._count(self)
        if self._blocks:
            self._blocks.sort(key=lambda block: block.at_ms)
            self._cluster_ms = max(self._cluster_ms, self._blocks[0].at_ms)
            data = cluster(self._cluster_ms, self._blocks)
            self.tally.flushed(self._cluster_ms, self._blocks, len(data))
            self.spool.append(ChunkKind.MEDIA, self._cluster_ms, data)
            self._blocks, self._block_bytes = [], 0
        if note := self.tally.journal.take():
            self.spool.append(ChunkKind.NOTE, self._cluster_ms, note)

    def finish(self) -> "Future[PartManifest]":
        """Write what is left, the cues and the final head; the manifest follows once all is on disk."""
        end_ms = round(self.tally.duration_ms)
        for kind, lane in self.tally.lanes.items():
            if lane.frames:
                self._note_gap(kind, lane, end_ms, False)
        self.flush()
        ending = self.tally.ending(complete=True)
        if ending.cues:
            self.spool.append(ChunkKind.MEDIA, end_ms, ending.cues)
        digest = self.spool.finish(ending.beginning, self.tally.about, ending.manifest.model_dump_json())
        manifest: Future[PartManifest] = Future()

        def complete(done: "Future[str]") -> None:
            if (error := done.exception()) is not None:
                manifest.set_exception(error)
            else:
                manifest.set_result(ending.manifest.model_copy(update={"sha256": done.result()}))

        digest.add_done_callback(complete)
        return manifest

    def _begin(self) -> None:
        self.spool.begin(beginning(self.tally.outline()), self.tally.about)

    def _in_file(self, at_ms: float) -> int:
        return max(0, round(at_ms - self.start_ms))

    def _note_gap(self, kind: Kind, lane: Lane, at_ms: int, lost: bool) -> None:
        length = at_ms - lane.end_ms
        if length >= (GAP_MS if lost else SILENT_MS):
            reason = GapReason.LOST if lost else GapReason.SILENT
            self.tally.journal.add(Gap(kind=kind, from_ms=round(lane.end_ms), to_ms=at_ms, reason=reason))

    def _note_size(self, size: tuple[int, int], at_ms: int) -> None:
        sizes = self.tally.journal.sizes
        if not sizes or (sizes[-1].width, sizes[-1].height) != size:
            self.tally.journal.add(Size(at_ms=at_ms, width=size[0], height=size[1]))
