"""What was written after a recording was to end: cut off a sealed file before anybody sees it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from media.recording.manifest import Gap, PartManifest
from media.recording.matroska import Block, beginning, blocks, cluster
from media.recording.opus import duration_ms
from media.recording.repair import destroy
from media.recording.sealed import SealedFile, SealedWriter, body_path, claimed, write_head
from media.recording.sealing import OVERHEAD, ChunkKind, Seal
from media.recording.tally import Tally
from media.streams import Kind


@dataclass(slots=True)
class _Cut:
    """What stays of a file."""

    tally: Tally
    chunks: int = 0
    """Stay as they are."""
    body_bytes: int = 0
    """Of those."""
    rest: list[tuple[ChunkKind, int, bytes]] = field(default_factory=list)
    """To be written anew behind them: kind, time, plain bytes."""
    whole: bool = True
    """Nothing of it is later."""

    def note(self, at_ms: int, plain: bytes, stored: int) -> None:
        """Lines of the manifest stay, wherever they stand."""
        self.tally.journal.load(plain)
        self._keep(ChunkKind.NOTE, at_ms, plain, stored)

    def media(self, at_ms: int, plain: bytes, stored: int, until_ms: int) -> None:
        """A cluster, or the index at the end, which is made anew if anything is cut."""
        found = list(blocks(plain))
        stay = [block for block in found if _end_ms(block) <= until_ms]
        if len(stay) < len(found):
            self.whole = False
            plain = cluster(at_ms, stay)
        if not stay and not self.whole:
            return
        for block in stay:
            self.tally.lanes[block.kind].advance(block)
        self.tally.flushed(at_ms, stay, len(plain))
        self._keep(ChunkKind.MEDIA, at_ms, plain, stored)

    def _keep(self, kind: ChunkKind, at_ms: int, plain: bytes, stored: int) -> None:
        if self.whole:
            self.chunks += 1
            self.body_bytes += stored
        else:
            self.rest.append((kind, at_ms, plain))


def trim(folder: Path, file: str, key: bytes, identity: str, until_ms: int) -> PartManifest | None:
    """Finish a file so that nothing in it is later than `until_ms`; None if nothing is left, nor of the file.

    A crash in between leaves an unfinished file, of which this is asked again. Raises `Tampered`; `BlockingIOError`
    while a process writes the file; OSError. Reads and decrypts the whole file, so nothing for an event loop.
    """
    with claimed(folder, file):
        with SealedFile.open(folder, file, key, identity) as sealed:
            about, cut = sealed.about, _cut(file, sealed, until_ms)
            if about.end is not None and cut.whole:
                manifest = PartManifest.model_validate_json(about.end.manifest)
                return manifest.model_copy(update={"sha256": sealed.sha256()})
        if not any(lane.frames for lane in cut.tally.lanes.values()):
            destroy(folder, file)
            return None
        complete = about.end is not None and PartManifest.model_validate_json(about.end.manifest).complete
        return _rewritten(folder, Seal(key, identity, file), cut, until_ms, complete=complete)


def _cut(file: str, sealed: SealedFile, until_ms: int) -> _Cut:
    about = sealed.about.model_copy(update={"end": None})
    cut = _Cut(Tally(file, about))
    for header, plain in sealed.chunks():
        stored = header.length + OVERHEAD
        if header.kind is ChunkKind.NOTE:
            cut.note(header.at_ms, plain, stored)
        else:
            cut.media(header.at_ms, plain, stored, until_ms)
    journal = cut.tally.journal
    journal.gaps = [_within(gap, until_ms) for gap in journal.gaps if gap.from_ms < until_ms]
    journal.marks = [mark for mark in journal.marks if mark.at_ms < until_ms]
    journal.sizes = [size for size in journal.sizes if size.at_ms < until_ms]
    return cut


def _rewritten(folder: Path, seal: Seal, cut: _Cut, until_ms: int, *, complete: bool) -> PartManifest:
    """Unfinished first, then shorter, then finished: at no moment does a head tell of a body that is not there."""
    tally = cut.tally
    write_head(folder, tally.file, seal, beginning(tally.outline()), tally.about)
    os.truncate(body_path(folder, tally.file), cut.body_bytes)
    writer = SealedWriter(folder, tally.file, seal)
    writer.resume(cut.chunks)
    try:
        for kind, at_ms, plain in cut.rest:
            writer.append(kind, at_ms, plain)
        ending = tally.ending(complete=complete)
        if ending.cues:
            writer.append(ChunkKind.MEDIA, until_ms, ending.cues)
        digest = writer.finish(ending.beginning, tally.about, ending.manifest.model_dump_json())
    finally:
        writer.close()
    return ending.manifest.model_copy(update={"sha256": digest})


def _end_ms(block: Block) -> float:
    """A sound lasts; a picture is of one moment."""
    return block.at_ms + (duration_ms(block.data) or 0 if block.kind is Kind.AUDIO else 1)


def _within(gap: Gap, until_ms: int) -> Gap:
    return gap.model_copy(update={"to_ms": min(gap.to_ms, until_ms)})
