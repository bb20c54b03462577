"""After kill -9: drop the torn tail, rebuild cues and duration, write the final head. And deletion that deletes."""

import os
from pathlib import Path

from media.recording.journal import Journal
from media.recording.manifest import PartManifest
from media.recording.matroska import blocks
from media.recording.sealed import SealedFile, SealedWriter, body_path, claimed, head_path
from media.recording.sealing import ChunkKind, Seal
from media.recording.tally import Tally


def repair(folder: Path, file: str, key: bytes, identity: str) -> PartManifest:
    """Finish a file whose writer was killed; a finished file is left as it is.

    Raises `Tampered`; `BlockingIOError` while a process still writes the file, or somebody else repairs it. Reads and
    decrypts the whole file, so nothing for an event loop.
    """
    with claimed(folder, file):
        return _repaired(folder, file, key, identity)


def _repaired(folder: Path, file: str, key: bytes, identity: str) -> PartManifest:
    with SealedFile.open(folder, file, key, identity) as sealed:
        about = sealed.about
        if about.end is not None:
            manifest = PartManifest.model_validate_json(about.end.manifest)
            return manifest.model_copy(update={"sha256": sealed.sha256()})
        tally = _counted(file, sealed)
        chunks, body_bytes = len(sealed.headers), sealed.body_bytes
    os.truncate(body_path(folder, file), body_bytes)
    writer = SealedWriter(folder, file, Seal(key, identity, file))
    writer.resume(chunks)
    try:
        ending = tally.ending(complete=False)
        if ending.cues:
            writer.append(ChunkKind.MEDIA, round(tally.duration_ms), ending.cues)
        digest = writer.finish(ending.beginning, about, ending.manifest.model_dump_json())
    finally:
        writer.close()
    return ending.manifest.model_copy(update={"sha256": digest})


def destroy(folder: Path, file: str) -> None:
    """Delete a file's body and head, durably; what is not there is no error.

    What a disk keeps of deleted blocks is unreadable once the recording's key is destroyed too.
    """
    head = head_path(folder, file)
    for path in (head, head.with_name(f"{head.name}.new"), body_path(folder, file)):
        path.unlink(missing_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _counted(file: str, sealed: SealedFile) -> Tally:
    """What the chunks hold. Cues that an interrupted ending appended already hold no frames and are left unused."""
    tally = Tally(file, sealed.about, Journal())
    for header, plain in sealed.chunks():
        if header.kind is ChunkKind.NOTE:
            tally.journal.load(plain)
            continue
        found = list(blocks(plain))
        for block in found:
            tally.lanes[block.kind].advance(block)
        tally.flushed(header.at_ms, found, len(plain))
    return tally
