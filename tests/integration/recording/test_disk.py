"""A disk that stalls or fills up costs the recording, loudly, and nothing else."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.recording.disk import DiskWriter, RecordingFailed
from media.recording.manifest import Failure
from media.recording.repair import repair
from media.recording.sealed import body_path
from media.streams import OPUS, VP8
from tests.integration.recording.studio import IDENTITY, KEY, START, Studio
from tests.support import flash
from tests.support.small_disk import enlarge, small_disk
from tests.support.waiting import until


@pytest.fixture
def stalled(tmp_path: Path) -> Iterator[Path]:
    """A folder in which writing hangs: the body is a pipe, which nobody reads until the test is over."""
    pipe = body_path(tmp_path, "alice.1")
    os.mkfifo(pipe)
    yield tmp_path
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    while any(thread.name == "recording-disk" for thread in threading.enumerate()):
        try:
            os.read(reader, 1 << 20)
        except BlockingIOError:
            time.sleep(0.005)
    os.close(reader)


def _feed(studio: Studio, seconds: float, end: float = START) -> float:
    streams = [flash.audio(seconds), flash.video(seconds)]
    return flash.feed(studio.taps(OPUS, VP8), streams, flash.Path(), studio.recorder.tick, end)


def test_a_full_queue_drops_the_recording_once_and_releases_it(stalled: Path) -> None:
    disk = DiskWriter(limit_bytes=20_000)
    studio = Studio(stalled, disk)
    end = _feed(studio, 30)
    assert studio.failures == [Failure.DISK_STALLED]
    assert disk.queued_bytes == 0
    with pytest.raises(RecordingFailed) as failed:
        studio.close(end)
    assert failed.value.failure is Failure.DISK_STALLED
    disk.close(0.05)


async def test_a_write_that_takes_too_long_drops_the_recording(stalled: Path) -> None:
    disk = DiskWriter(stall_s=0.2)
    studio = Studio(stalled, disk)
    end = _feed(studio, 2)

    def failed() -> list[Failure]:
        studio.recorder.tick(end)
        return studio.failures

    assert await until(failed) == [Failure.DISK_STALLED]
    assert disk.queued_bytes == 0
    assert disk.close(0.05) is False


async def test_a_disk_that_stalls_at_the_end_fails_the_promise(stalled: Path) -> None:
    disk = DiskWriter(stall_s=0.2)
    studio = Studio(stalled, disk)
    promise = studio.recorder.close(_feed(studio, 2))

    def failed() -> bool:
        studio.recorder.tick(START + 10)
        return promise.done()

    await until(failed)
    assert isinstance(promise.exception(), RecordingFailed)
    assert studio.failures == [Failure.DISK_STALLED]
    assert disk.close(0.05) is False


def test_closing_with_a_stalled_disk_is_bounded_and_tells(stalled: Path) -> None:
    disk = DiskWriter()
    studio = Studio(stalled, disk)
    end = _feed(studio, 2)
    promise = studio.recorder.close(end)
    assert disk.close(0.1) is False
    assert isinstance(promise.exception(timeout=1), RecordingFailed)


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    with small_disk(tmp_path / "tiny", "64k") as folder:
        yield folder


async def test_a_full_disk_drops_the_recording_and_what_was_written_can_be_repaired(
    tiny: Path, disk: DiskWriter
) -> None:
    studio = Studio(tiny, disk)
    end = _feed(studio, 40)

    def failed() -> list[Failure]:
        studio.recorder.tick(end)
        return studio.failures

    assert await until(failed) == [Failure.DISK_FULL]
    with pytest.raises(RecordingFailed):
        studio.close(end)
    enlarge(tiny, "1m")
    part = repair(tiny, "alice.1", KEY, IDENTITY)
    heard = studio.heard()
    assert heard.pictures > 50
    assert abs(heard.duration_s * 1000 - part.duration_ms) < 1


def test_what_is_still_written_is_not_repaired(studio: Studio) -> None:
    end = _feed(studio, 3)
    assert studio.recorder._part is not None
    studio.recorder._part.flush()
    with pytest.raises(BlockingIOError):
        while True:  # until the head is there, and from then on
            with contextlib.suppress(FileNotFoundError):
                repair(studio.folder, "alice.1", KEY, IDENTITY)
    (part,) = studio.close(end)
    described = repair(studio.folder, "alice.1", KEY, IDENTITY)
    assert described == part and described.complete


def test_a_name_that_was_used_before_is_not_written_over(studio: Studio) -> None:
    studio.record(flash.audio(2), flash.video(2))
    before = body_path(studio.folder, "alice.1").read_bytes()
    again = Studio(studio.folder, studio.disk)
    with pytest.raises(RecordingFailed):
        again.record(flash.audio(2), flash.video(2))
    assert body_path(studio.folder, "alice.1").read_bytes() == before
    assert studio.heard().pictures == 30
