"""Sealed files: a body of appended chunks and, beside it, a small head that is replaced as a whole.

`<file>.body` grows by one chunk for each flushed cluster and is never written over. `<file>.head` holds the beginning
of the Matroska file at its constant size, and what is known of the file; it is written at the start and once more at
the end. Read together they are one Matroska file.
"""

import fcntl
import os
import threading
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from media.recording.manifest import VideoFormat
from media.recording.sealing import HEADER_BYTES, MAX_CHUNK, OVERHEAD, ChunkHeader, ChunkKind, Seal, Tampered

HEAD_BYTES: Final = 2048
"""Plain size of the Matroska file's beginning: constant, so that nothing after it ever moves."""
_MAX_HEAD_FILE: Final = 16 << 20


class End(BaseModel):
    """How the body ends, once it does: what shows a truncation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chunks: int
    body_bytes: int
    manifest: str
    """The part's manifest as JSON, without the hash, which cannot be in what it covers."""


class About(BaseModel):
    """What the head tells beside the Matroska file's beginning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: int
    started_at: datetime
    video: VideoFormat | None
    """As the beginning declares it."""
    end: End | None = None


def body_path(folder: Path, file: str) -> Path:
    """Where the chunks are."""
    return folder / f"{file}.body"


def head_path(folder: Path, file: str) -> Path:
    """Where the head is."""
    return folder / f"{file}.head"


@contextmanager
def claimed(folder: Path, file: str) -> Iterator[None]:
    """Keep every writer out of a body. Raises `BlockingIOError` while one has it, `FileNotFoundError`."""
    descriptor = os.open(body_path(folder, file), os.O_RDONLY | os.O_CLOEXEC)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """The kernel's lock on the open file (`flock`): it ends with the process that holds it, however that ends."""
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def write_head(folder: Path, file: str, seal: Seal, beginning: bytes, about: About) -> bytes:
    """Put the head in place as a whole, durably; returns it as stored."""
    assert len(beginning) == HEAD_BYTES
    stored = seal.head(beginning + about.model_dump_json().encode())
    target = head_path(folder, file)
    draft = target.with_name(f"{target.name}.new")
    draft.touch(mode=0o600)
    with draft.open("wb") as out:
        out.write(stored)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(target)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return stored


class SealedWriter:
    """Writes one sealed file. Every call may wait for the disk and raise `OSError`."""

    def __init__(self, folder: Path, file: str, seal: Seal) -> None:
        self._folder, self._file, self._seal = folder, file, seal
        self._hash = sha256()
        self._descriptor = -1
        self.chunks = 0
        self.body_bytes = 0

    def begin(self, beginning: bytes, about: About) -> None:
        """Write the head or replace it, and open an empty body the first time."""
        if self._descriptor < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(body_path(self._folder, self._file), flags, 0o600)
            _lock(self._descriptor)
            if os.fstat(self._descriptor).st_size:
                raise FileExistsError("a recording of that name has begun before")
        write_head(self._folder, self._file, self._seal, beginning, about)

    def resume(self, chunks: int) -> None:
        """Go on behind the given number of whole chunks of a body that holds nothing else and is `claimed`."""
        path = body_path(self._folder, self._file)
        with path.open("rb") as source:
            while block := source.read(MAX_CHUNK):
                self._hash.update(block)
                self.body_bytes += len(block)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        self.chunks = chunks

    def append(self, kind: ChunkKind, at_ms: int, plain: bytes) -> None:
        """Write one chunk; what a full disk took of it is taken back as far as the disk lets us."""
        stored = self._seal.chunk(self.chunks, kind, at_ms, plain)
        written = 0
        while written < len(stored):
            written += os.write(self._descriptor, memoryview(stored)[written:])
        self._hash.update(stored)
        self.chunks += 1
        self.body_bytes += len(stored)

    def finish(self, beginning: bytes, about: About, manifest: str) -> str:
        """Write the final head and close; returns the hash of the ciphertext."""
        os.fsync(self._descriptor)
        end = End(chunks=self.chunks, body_bytes=self.body_bytes, manifest=manifest)
        about = about.model_copy(update={"end": end})
        self._hash.update(write_head(self._folder, self._file, self._seal, beginning, about))
        self.close()
        return self._hash.hexdigest()

    def close(self) -> None:
        """Let go of the body; what is written stays and can be repaired."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class SealedFile:
    """A sealed file to read from; usable from several threads. Raises `Tampered` for whatever was not written so.

    A tail torn by kill -9 is left out, unless the head says that the file was finished.
    """

    def __init__(self, folder: Path, file: str, seal: Seal, stored_head: bytes, body: int) -> None:
        self._folder, self._file, self._seal, self._body = folder, file, seal, body
        plain = seal.open_head(stored_head)
        self.beginning = plain[:HEAD_BYTES]
        self.about = About.model_validate_json(plain[HEAD_BYTES:])
        self.headers: list[ChunkHeader] = []
        self._stored_at: list[int] = []
        self._media: list[int] = []
        self._plain_at: list[int] = []
        self.plain_size = HEAD_BYTES
        self.body_bytes = 0
        """Of whole chunks: where a torn tail begins."""
        self._stored_size = os.fstat(body).st_size
        self._cache: tuple[int, bytes] = (-1, b"")
        self._lock = threading.Lock()
        self._index()

    @classmethod
    def open(cls, folder: Path, file: str, key: bytes, identity: str) -> Self:
        """Open by the name and recording id it was written under. Raises `FileNotFoundError`, `Tampered`."""
        seal = Seal(key, identity, file)
        with head_path(folder, file).open("rb") as source:
            stored_head = source.read(_MAX_HEAD_FILE)
        body = os.open(body_path(folder, file), os.O_RDONLY | os.O_CLOEXEC)
        try:
            return cls(folder, file, seal, stored_head, body)
        except BaseException:
            os.close(body)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the body."""
        if self._body >= 0:
            os.close(self._body)
            self._body = -1

    def read(self, start: int, end: int) -> bytes:
        """Plain bytes `start` to `end` (exclusive), less at the end of the file."""
        start, end = max(0, start), min(end, self.plain_size)
        pieces = [self.beginning[start:end]] if start < HEAD_BYTES else []
        at = max(start, HEAD_BYTES)
        while at < end:
            number = bisect_right(self._plain_at, at) - 1
            offset = at - self._plain_at[number]
            piece = self._chunk(self._media[number])[offset : offset + end - at]
            pieces.append(piece)
            at += len(piece)
        return b"".join(pieces)

    def time_of(self, offset: int) -> int:
        """Milliseconds of the file at which the chunk around a plain offset begins."""
        number = bisect_right(self._plain_at, offset) - 1
        return self.headers[self._media[number]].at_ms if number >= 0 else 0

    def chunks(self) -> Iterator[tuple[ChunkHeader, bytes]]:
        """Every chunk with its plaintext, in order."""
        for number, header in enumerate(self.headers):
            yield header, self._chunk(number)

    def verify(self) -> None:
        """Decrypt everything once. Raises `Tampered`."""
        for _ in self.chunks():
            pass

    def sha256(self) -> str:
        """Of the ciphertext: body, then head."""
        digest = sha256()
        for path in (body_path(self._folder, self._file), head_path(self._folder, self._file)):
            with path.open("rb") as source:
                while block := source.read(MAX_CHUNK):
                    digest.update(block)
        return digest.hexdigest()

    def _index(self) -> None:
        at, size = 0, self._stored_size
        end = self.about.end
        while at < size:
            stored = os.pread(self._body, HEADER_BYTES, at)
            if len(stored) < HEADER_BYTES or not any(stored):
                break  # torn; zeros are what a power cut leaves of a file that had grown
            header = self._seal.header(len(self.headers), stored)
            if at + header.length + OVERHEAD > size:
                break
            self._add(header, at)
            at += header.length + OVERHEAD
        self.body_bytes = at
        if end is not None and (end.chunks != len(self.headers) or end.body_bytes != size or at != size):
            raise Tampered("the body does not end where it was finished")
        if size - at > MAX_CHUNK + OVERHEAD:
            raise Tampered("more is torn off than one chunk")

    def _add(self, header: ChunkHeader, at: int) -> None:
        if header.kind is ChunkKind.MEDIA and header.length:
            self._media.append(len(self.headers))
            self._plain_at.append(self.plain_size)
            self.plain_size += header.length
        self.headers.append(header)
        self._stored_at.append(at)

    def _chunk(self, number: int) -> bytes:
        with self._lock:
            if self._cache[0] == number:
                return self._cache[1]
        header = self.headers[number]
        stored = os.pread(self._body, header.length + OVERHEAD, self._stored_at[number])
        if self._seal.header(number, stored[:HEADER_BYTES]) != header:
            raise Tampered("a chunk's header was changed")
        plain = self._seal.open(number, header, stored[HEADER_BYTES:])
        with self._lock:
            self._cache = (number, plain)
        return plain
