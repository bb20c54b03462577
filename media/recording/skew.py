"""Flash against beep: how far picture and sound of a recording are apart. `python -m media.recording.skew FILE...`

A FILE is a plain Matroska file, or the name of a sealed one without `.body`, which needs `--key` and `--id`. Decodes,
so this is no part of the media process.
"""

import argparse
import io
import statistics
import sys
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

import av
import numpy as np

from media.recording.sealed import SealedFile

_BRIGHT: Final = 128
_LOUD: Final = 0.1
_APART_S: Final = 0.5
"""Flashes and beeps are at least that far apart; a beep farther from a flash does not belong to it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What decoding a recording showed. Times are seconds of the file."""

    pictures: int
    sizes: frozenset[tuple[int, int]]
    duration_s: float
    """As the file states it; 0 when it does not."""
    flashes: tuple[float, ...]
    beeps: tuple[float, ...]
    last_picture_s: float
    last_sound_s: float

    @property
    def offsets_ms(self) -> tuple[float, ...]:
        """Beep less flash, for each flash that has a beep: positive where the sound is late."""
        found = []
        for flash in self.flashes:
            at = bisect_left(self.beeps, flash)
            near = [beep - flash for beep in self.beeps[max(0, at - 1) : at + 1] if abs(beep - flash) < _APART_S]
            if near:
                found.append(min(near, key=abs) * 1000)
        return tuple(found)


class PlainReader(io.RawIOBase):
    """The Matroska file in a sealed one, as a file object."""

    def __init__(self, sealed: SealedFile) -> None:
        super().__init__()
        self._sealed, self._at = sealed, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._sealed.plain_size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._sealed.plain_size if size < 0 else self._at + size
        data = self._sealed.read(self._at, end)
        self._at += len(data)
        return data


def look(source: BinaryIO | io.RawIOBase) -> Heard:
    """Decode a recording. Raises `av.error.FFmpegError` for what cannot be decoded."""
    pictures, sizes, last_picture, last_sound = 0, set(), 0.0, 0.0
    luma: list[tuple[float, bool]] = []
    loud: list[float] = []
    with av.open(cast(BinaryIO, source), "r") as container:
        duration = (container.duration or 0) / 1_000_000
        for frame in container.decode(*container.streams.video, *container.streams.audio):
            if isinstance(frame, av.VideoFrame):
                pictures += 1
                sizes.add((frame.width, frame.height))
                last_picture = frame.time or 0.0
                luma.append((last_picture, float(np.mean(frame.to_ndarray(format="gray8"))) > _BRIGHT))
            elif isinstance(frame, av.AudioFrame):
                sound = frame.to_ndarray()
                level = np.abs(sound[0] if np.issubdtype(sound.dtype, np.floating) else sound[0] / 32768)
                begins = frame.time or 0.0
                last_sound = begins + frame.samples / frame.sample_rate
                hits = np.flatnonzero(level > _LOUD)
                if hits.size:
                    loud.append(begins + float(hits[0]) / frame.sample_rate)
    flashes = tuple(at for (_, before), (at, now) in zip([(0.0, False), *luma], luma, strict=False) if now > before)
    return Heard(pictures, frozenset(sizes), duration, flashes, _onsets(loud), last_picture, last_sound)


def _onsets(times: Iterable[float]) -> tuple[float, ...]:
    """The first of each burst."""
    found: list[float] = []
    last = float("-inf")
    for at in times:
        if at - last > _APART_S:
            found.append(at)
        last = at
    return tuple(found)


def _heard(path: Path, key: Path | None, identity: str) -> Heard:
    if key is None:
        with path.open("rb") as source:
            return look(source)
    with SealedFile.open(path.parent, path.name, bytes.fromhex(key.read_text()), identity) as sealed:
        return look(PlainReader(sealed))


def main(words: list[str] | None = None) -> int:
    """Print a line for each file; 1 when one has nothing to compare."""
    parser = argparse.ArgumentParser(prog="media.recording.skew", description="Flash against beep of recordings.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, help="file with the recording's key in hexadecimal")
    parser.add_argument("--id", default="", help="the recording's id")
    asked = parser.parse_args(words)
    missing = False
    for path in asked.files:
        offsets = _heard(path, asked.key, asked.id).offsets_ms
        missing = missing or not offsets
        sys.stdout.write(f"{path}: {_sentence(offsets)}\n")
    return int(missing)


def _sentence(offsets: tuple[float, ...]) -> str:
    if not offsets:
        return "no flash with a beep"
    middle = statistics.median(offsets)
    return f"{len(offsets)} flashes, beep {middle:+.1f} ms (median), {min(offsets):+.1f} to {max(offsets):+.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
