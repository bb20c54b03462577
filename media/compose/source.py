"""One sealed file as pictures and sound at a time: decoded in step with the film, a second ahead at most."""

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import av
import numpy as np
from numpy.typing import NDArray

from media.recording.sealed import SealedFile
from media.recording.skew import PlainReader

RATE: Final = 48_000
AHEAD_S: Final = 1.0
"""Packets of one cluster may stand in any order."""
STALE_S: Final = 3.0
"""A picture older than this is a camera that is off."""
JITTER: Final = RATE * 30 // 1000
"""Packets that miss their predecessor's end by less follow it without a seam: Matroska rounds to milliseconds."""
Sound = NDArray[np.float32]
if TYPE_CHECKING:
    Packet = av.Packet[Any]


class Source:
    """Times are seconds of the file and only ever grow."""

    def __init__(self, sealed: SealedFile) -> None:
        self._container = av.open(cast(BinaryIO, PlainReader(sealed)), "r")
        self._packets = self._container.demux()
        self._read_s = 0.0
        self._ended = False
        self._pictures: deque[Packet] = deque()
        self._picture: av.VideoFrame | None = None
        self._picture_s = float("-inf")
        self._ahead: deque[av.VideoFrame] = deque()
        self._resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
        self._sound: deque[tuple[int, Sound]] = deque()
        self._next_sample: int | None = None

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()

    def picture(self, at_s: float) -> av.VideoFrame | None:
        """What was seen then; None for nothing (any more)."""
        self._read(at_s)
        while self._pictures and _time(self._pictures[0]) <= at_s:
            self._ahead.extend(self._decoded(self._pictures.popleft()))
        while self._ahead and (self._ahead[0].time or 0.0) <= at_s:
            self._picture = self._ahead.popleft()
            self._picture_s = self._picture.time or 0.0
        return self._picture if at_s - self._picture_s <= STALE_S else None

    def mix(self, into: Sound, first: int) -> None:
        """Add the sound of the samples from number `first` on, as many as there is room for."""
        self._read((first + len(into)) / RATE)
        end = first + len(into)
        while self._sound and self._sound[0][0] < end:
            start, samples = self._sound.popleft()
            usable = samples[max(0, first - start) : end - start]
            begin = max(start, first) - first
            into[begin : begin + len(usable)] += usable
            if start + len(samples) > end:
                self._sound.appendleft((end, samples[end - start :]))
                return

    def _read(self, at_s: float) -> None:
        while not self._ended and self._read_s < at_s + AHEAD_S:
            packet = next(self._packets, None)
            if packet is None:
                self._ended = True
                return
            if packet.size == 0:
                continue
            self._read_s = max(self._read_s, _time(packet))
            if packet.stream.type == "video":
                self._pictures.append(packet)
            else:
                self._hear(packet)

    def _decoded(self, packet: "Packet") -> Iterator[av.VideoFrame]:
        try:
            yield from (frame for frame in packet.decode() if isinstance(frame, av.VideoFrame))
        except av.error.InvalidDataError:
            return  # a picture that cannot be decoded is missing, no more

    def _hear(self, packet: "Packet") -> None:
        start = round(_time(packet) * RATE)
        if self._next_sample is not None and abs(start - self._next_sample) <= JITTER:
            start = self._next_sample
        try:
            decoded = packet.decode()
        except av.error.InvalidDataError:
            return
        for frame in decoded:
            assert isinstance(frame, av.AudioFrame)
            for even in self._resampler.resample(frame):
                samples = even.to_ndarray().reshape(-1).astype(np.float32)
                self._sound.append((start, samples))
                start += len(samples)
        self._next_sample = start


def _time(packet: "Packet") -> float:
    return float((packet.pts or 0) * packet.time_base) if packet.time_base else 0.0
