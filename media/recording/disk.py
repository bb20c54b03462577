"""Disk latency never reaches forwarding: one thread writes everything a process records, from a bounded queue."""

import contextlib
import errno
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from media.recording.manifest import Failure
from media.recording.sealed import About, SealedWriter
from media.recording.sealing import ChunkKind

QUEUE_BYTES: Final = 32 << 20
STALL_S: Final = 10.0
"""So long may one write take before every recording that waits behind it is given up."""
_JOB_BYTES: Final = 256
"""What a queued job costs beside its data, so that empty ones are bounded too."""


class RecordingFailed(Exception):
    """The recording was given up; what was written before can be repaired."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class Spool:
    """The queue's end for one sealed file. Calls never block and never raise; `failure` tells."""

    def __init__(self, disk: "DiskWriter", writer: SealedWriter) -> None:
        self._disk, self._writer = disk, writer
        self._failure: Failure | None = None
        self._finished: Future[str] = Future()

    @property
    def failure(self) -> Failure | None:
        """Why the file was given up, if it was. Asking notices a disk that stalls."""
        if self._failure is None and not self._finished.done():
            self._disk.watch()
        return self._failure

    def begin(self, beginning: bytes, about: About) -> None:
        """Write the head, or replace it."""
        self._disk.put(self, len(beginning), lambda: self._writer.begin(beginning, about))

    def append(self, kind: ChunkKind, at_ms: int, plain: bytes) -> None:
        """Write one chunk."""
        self._disk.put(self, len(plain), lambda: self._writer.append(kind, at_ms, plain))

    def finish(self, beginning: bytes, about: About, manifest: str) -> "Future[str]":
        """Write the final head and close; the hash of the ciphertext follows, or `RecordingFailed`."""

        def run() -> None:
            digest = self._writer.finish(beginning, about, manifest)
            with contextlib.suppress(Exception):  # a cancelled future wants no answer
                self._finished.set_result(digest)

        self._disk.put(self, len(beginning), run)
        return self._finished

    def fail(self, failure: Failure) -> None:
        """Give the file up; the first reason stays."""
        if self._failure is None:
            self._failure = failure
            with contextlib.suppress(Exception):
                self._finished.set_exception(RecordingFailed(failure))

    def release(self) -> None:
        """In the disk's thread: let go of the descriptor of a file that was given up."""
        self._writer.close()


class DiskWriter:
    """The thread that encrypts and writes. Beyond its bounds the recordings concerned are given up, loudly."""

    def __init__(self, limit_bytes: int = QUEUE_BYTES, stall_s: float = STALL_S) -> None:
        self._limit, self._stall_s = limit_bytes, stall_s
        self._wake = threading.Condition()
        self._jobs: deque[tuple[Spool, int, Callable[[], None]]] = deque()
        self._busy: tuple[Spool, float] | None = None
        self._closing = False
        self.queued_bytes = 0
        self._thread = threading.Thread(target=self._run, name="recording-disk", daemon=True)
        self._thread.start()

    def open(self, writer: SealedWriter) -> Spool:
        """A place in the queue for one file."""
        return Spool(self, writer)

    def put(self, spool: Spool, size: int, run: Callable[[], None]) -> None:
        """Queue one job of a file, or give the file up when the queue is full."""
        cost = size + _JOB_BYTES
        with self._wake:
            if spool._failure is not None:
                return
            if self._closing or self.queued_bytes + cost > self._limit:
                self._give_up(spool, Failure.DISK_STALLED)
                return
            self._jobs.append((spool, cost, run))
            self.queued_bytes += cost
            self._wake.notify()

    def watch(self) -> None:
        """Give up everything that waits behind a write that takes too long."""
        busy = self._busy
        if busy is None or time.monotonic() - busy[1] < self._stall_s:
            return
        with self._wake:
            for spool in {busy[0], *(job[0] for job in self._jobs)}:
                self._give_up(spool, Failure.DISK_STALLED)

    def close(self, deadline_s: float = 5.0) -> bool:
        """Write what is queued and end the thread; false when the disk did not manage within the deadline."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(deadline_s)
        if not self._thread.is_alive():
            return True
        with self._wake:
            busy = self._busy
            for spool in {*([busy[0]] if busy else []), *(job[0] for job in self._jobs)}:
                self._give_up(spool, Failure.DISK_STALLED)
        return False

    def _give_up(self, spool: Spool, failure: Failure) -> None:
        """With the lock: forget a file's jobs; its descriptor is closed by the thread, whenever that is free."""
        if spool._failure is not None:
            return
        spool.fail(failure)
        kept = [job for job in self._jobs if job[0] is not spool]
        self._jobs = deque(kept)
        self._jobs.append((spool, 0, spool.release))
        self.queued_bytes = sum(job[1] for job in kept)
        self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._jobs:
                    if self._closing:
                        return
                    self._wake.wait()
                spool, cost, run = self._jobs.popleft()
                self.queued_bytes -= cost
                self._busy = (spool, time.monotonic())
            try:
                run()
            except Exception as error:  # noqa: BLE001 - one file's trouble must not end the thread of all others
                full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
                with self._wake:
                    self._give_up(spool, Failure.DISK_FULL if full else Failure.DISK_ERROR)
            finally:
                del run
                self._busy = None
