"""Kill -9 while recording: at most a second is lost, the file plays and seeks, before and after its repair.

`python -m tests.integration.recording.kill --rounds 50` runs it by itself. A child records in real time and tells
through a pipe what it was given; it is killed at a random moment.
"""

import argparse
import os
import pickle
import random
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import av

from media.recording.disk import DiskWriter
from media.recording.matroska import blocks
from media.recording.repair import repair
from media.recording.sealed import SealedFile, body_path
from media.recording.sealing import ChunkKind
from media.recording.skew import PlainReader, look
from media.streams import OPUS, VP8, Kind
from tests.integration.recording.studio import IDENTITY, KEY, Studio
from tests.support import flash

ROOT = Path(__file__).parents[3]
FILE = "alice.1"
ALLOWED_S = 1.0
LENGTH_S = 3.5
_TOLD = struct.Struct(">d")
_FILM = "film"


@dataclass(frozen=True)
class Outcome:
    """One round."""

    given_s: float
    """How long the child had received packets when it was killed."""
    lost_s: float
    finished: bool
    """The child had closed the recording before it was killed."""


def child(folder: Path) -> None:
    """Record in real time what the parent has prepared, and tell what was given after each packet."""
    film: list[flash.Arrival] = pickle.loads((folder / _FILM).read_bytes())
    disk = DiskWriter()
    studio = Studio(folder, disk)
    taps = studio.taps(OPUS, VP8)
    began = ticked = time.monotonic()
    for arrival in film:
        while (now := time.monotonic()) < began + arrival.at_s:
            if now - ticked >= 0.05:
                ticked = now
                studio.recorder.tick(now)
            time.sleep(0.002)
        arrival.deliver(taps[arrival.kind], now)
        os.write(1, _TOLD.pack(arrival.at_s))
    studio.recorder.close(time.monotonic())
    disk.close()
    threading.Event().wait(30)


def film() -> bytes:
    """What every child is given: lost pictures come again, late."""
    path = flash.Path(loss=0.02, recovered=1.0, jitter_s=0.01)
    streams = (flash.audio(LENGTH_S), flash.video(LENGTH_S))
    return pickle.dumps(sorted(arrival for stream in streams for arrival in flash.arrivals(stream, path)))


def play(folder: Path, prepared: bytes, kill_after_s: float) -> Outcome:
    """One round. Raises `AssertionError` or what decoding raises."""
    folder.mkdir(parents=True)
    (folder / _FILM).write_bytes(prepared)
    command = [sys.executable, "-m", "tests.integration.recording.kill", "--child", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        told = process.stdout.read(_TOLD.size)
        timer = threading.Timer(kill_after_s, process.send_signal, (signal.SIGKILL,))
        timer.start()
        told += process.stdout.read()
        timer.join()
    (given_s,) = _TOLD.unpack_from(told, (len(told) // _TOLD.size - 1) * _TOLD.size)
    if not body_path(folder, FILE).exists():
        assert given_s < ALLOWED_S
        return Outcome(given_s, given_s, False)
    return _examine(folder, given_s)


def _examine(folder: Path, given_s: float) -> Outcome:
    with SealedFile.open(folder, FILE, KEY, IDENTITY) as sealed:
        finished = sealed.about.end is not None
        found = [
            block
            for header, plain in sealed.chunks()
            if header.kind is ChunkKind.MEDIA
            for block in blocks(plain)
        ]  # fmt: skip
        pictures = sum(block.kind is Kind.VIDEO for block in found)
        last_s = max((block.at_ms for block in found), default=0) / 1000
        if pictures:
            assert look(PlainReader(sealed)).pictures == pictures
            _seek(sealed, last_s / 2)
            _seek(sealed, last_s)
    manifest = repair(folder, FILE, KEY, IDENTITY)
    assert manifest.complete is finished
    assert manifest.frames[Kind.VIDEO] == pictures
    with SealedFile.open(folder, FILE, KEY, IDENTITY) as sealed:
        sealed.verify()
        assert sealed.sha256() == manifest.sha256
        if pictures:
            heard = look(PlainReader(sealed))
            assert heard.pictures == pictures
            assert abs(heard.duration_s * 1000 - manifest.duration_ms) <= 1
            assert abs(heard.duration_s - max(heard.last_sound_s, heard.last_picture_s)) < 0.1
            _seek(sealed, last_s / 2)
            _seek(sealed, last_s)
    return Outcome(given_s, given_s - last_s, finished)


def _seek(sealed: SealedFile, to_s: float) -> None:
    """A moment can be reached from the key frame before it; there is one each two seconds."""
    with av.open(cast(BinaryIO, PlainReader(sealed)), "r") as container:
        container.seek(round(to_s * 1_000_000))
        frame = next(container.decode(container.streams.video[0]))
        assert frame.time is not None
        assert to_s - flash.PERIOD_S - 0.1 <= frame.time <= to_s + 0.1


def run(folder: Path, rounds: int, at_once: int = 4, seed: int = 1) -> list[Outcome]:
    """So many rounds with random moments of death."""
    dice, prepared = random.Random(seed), film()
    moments = [dice.uniform(0.2, LENGTH_S + 0.3) for _ in range(rounds)]
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(play, folder / str(number), prepared, at) for number, at in enumerate(moments)]
        return [future.result() for future in futures]


def main() -> int:
    """Run the rounds and say what was lost; 1 when it was more than allowed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(Path(folder), asked.rounds, seed=asked.seed)
    lost = sorted(outcome.lost_s for outcome in outcomes)
    finished = sum(outcome.finished for outcome in outcomes)
    figures = f"median {lost[len(lost) // 2]:.2f} s, most {lost[-1]:.2f} s"
    print(f"{len(lost)} rounds, {finished} of them after closing; lost {figures}")
    return int(lost[-1] > ALLOWED_S)


if __name__ == "__main__":
    sys.exit(main())
