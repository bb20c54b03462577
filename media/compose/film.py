"""The film: a clock of pictures and samples, what every source has at that moment, two encoders, one muxer."""

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import av
import numpy as np

from media.compose.captions import web_vtt
from media.compose.grid import Canvas, Cell, Plane, cells, label
from media.compose.job import Job, Made, Track
from media.compose.scratch import Scratch
from media.compose.source import RATE, Sound, Source
from media.recording.repair import destroy
from media.recording.sealed import HEAD_BYTES, About, SealedFile, SealedWriter
from media.recording.sealing import ChunkKind, Seal

FPS: Final = 25
SAMPLES: Final = RATE // FPS
PIECE: Final = 256 * 1024
VIDEO: Final = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "24"}
VIDEO_BITS: Final = 1_500_000
AUDIO_BITS: Final = 64_000
MUXER: Final = {"cluster_time_limit": "1000"}


@dataclass(slots=True)
class Seat:
    """One party in the picture: their files, one after the other."""

    cell: Cell
    label: Plane
    sources: list[tuple[float, float, Source]]
    """`(begins, ends, source)` in seconds of the film."""

    def picture(self, at_s: float) -> av.VideoFrame | None:
        """What they showed then."""
        return next(
            (
                picture
                for begins, ends, source in self.sources
                if begins <= at_s < ends and (picture := source.picture(at_s - begins)) is not None
            ),
            None,
        )

    def mix(self, into: Sound, first: int) -> None:
        """What they said."""
        for begins, _, source in self.sources:
            shift = round(begins * RATE)
            skip = min(len(into), max(0, shift - first))
            if skip < len(into):
                source.mix(into[skip:], first + skip - shift)


def compose(job: Job, progress: Callable[[int], None]) -> Made:
    """Make film and captions beside the tracks. Raises OSError, `Tampered`, `av.error.FFmpegError`."""
    folder, key = Path(job.folder), base64.b64decode(job.key)
    captions = web_vtt(job.captions, job.duration_ms)
    with Scratch(folder) as scratch:
        times = _encode(job, folder, key, captions, scratch, progress)
        sha256 = _seal(job, folder, key, job.film, scratch, times)
        size = scratch.size
    plain = captions.encode().ljust(HEAD_BYTES, b"\n")
    _seal(job, folder, key, job.captions_file, BytesIO(plain), [(0, 0)])
    return Made(bytes=size, duration_ms=job.duration_ms, sha256=sha256)


def _encode(
    job: Job, folder: Path, key: bytes, captions: str, scratch: Scratch, progress: Callable[[int], None]
) -> list[tuple[int, int]]:
    """Returns `(byte, ms)` of the film about once a second."""
    times = [(0, 0)]
    frames = max(1, job.duration_ms * FPS // 1000)
    with ExitStack() as opened:
        seats = _seats(job, folder, key, opened)
        output = opened.enter_context(av.open(cast(BinaryIO, scratch), "w", format="webm", container_options=MUXER))
        writer = _Writer(output, job, captions, opened)
        canvas = Canvas(job.width, job.height)
        shown: list[object] = [_UNSEEN] * len(seats)
        for number in range(frames):
            at_s = number / FPS
            for index, seat in enumerate(seats):
                picture = seat.picture(at_s)
                if picture is not shown[index]:
                    canvas.paint(seat.cell, picture, seat.label)
                    shown[index] = picture
            sound: Sound = np.zeros(SAMPLES, dtype=np.float32)
            for seat in seats:
                seat.mix(sound, number * SAMPLES)
            writer.write(number, canvas.frame(), sound)
            if number % FPS == 0:
                times.append((scratch.tell(), round(at_s * 1000)))
                progress(number * 100 // frames)
        writer.finish()
    return times


_UNSEEN: Final = object()


def _seats(job: Job, folder: Path, key: bytes, opened: ExitStack) -> list[Seat]:
    parties: dict[str, list[Track]] = {}
    for track in sorted(job.tracks, key=lambda track: track.offset_ms):
        parties.setdefault(track.party_id, []).append(track)
    seats = []
    for cell, tracks in zip(cells(len(parties), job.width, job.height), parties.values(), strict=True):
        sources = []
        for track in tracks:
            begins = track.offset_ms / 1000
            sources.append((begins, begins + track.duration_ms / 1000 + 1, _open(track, job, folder, key, opened)))
        seats.append(Seat(cell, label(tracks[0].name, cell), sources))
    return seats


def _open(track: Track, job: Job, folder: Path, key: bytes, opened: ExitStack) -> Source:
    sealed = opened.enter_context(SealedFile.open(folder, track.file, key, job.recording_id))
    source = Source(sealed)
    opened.callback(source.close)
    return source


class _Writer:
    """Encoders and muxer. WebVTT goes in as WebM has it: a subtitle track beside picture and sound."""

    def __init__(self, output: "av.container.OutputContainer", job: Job, captions: str, opened: ExitStack) -> None:
        self._output = output
        self._video = output.add_stream("libvpx", rate=FPS, options=dict(VIDEO))
        self._video.width, self._video.height, self._video.pix_fmt = job.width, job.height, "yuv420p"
        self._video.bit_rate, self._video.gop_size = VIDEO_BITS, 2 * FPS
        self._audio = output.add_stream("libopus", rate=RATE, options={"application": "voip"})
        self._audio.layout, self._audio.format = "mono", "flt"
        self._audio.bit_rate = AUDIO_BITS
        self._cues: list[Any] = []
        if job.captions:
            source = opened.enter_context(av.open(BytesIO(captions.encode()), "r", format="webvtt"))
            stream = output.add_stream_from_template(source.streams.subtitles[0])
            self._cues = [packet for packet in source.demux() if packet.size]
            for packet in self._cues:
                packet.stream = stream
        self._fifo = av.AudioFifo()

    def write(self, number: int, picture: "av.VideoFrame", sound: Sound) -> None:
        """Picture number `number`, and the sound while it stands."""
        while self._cues and float(self._cues[0].pts * self._cues[0].time_base) * FPS <= number:
            self._output.mux(self._cues.pop(0))
        picture.pts, picture.time_base = number, Fraction(1, FPS)
        self._output.mux(self._video.encode(picture))
        frame = av.AudioFrame.from_ndarray(np.clip(sound, -1, 1).reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, number * SAMPLES, Fraction(1, RATE)
        self._fifo.write(frame)
        while (ready := self._fifo.read(RATE // 50)) is not None:
            self._output.mux(self._audio.encode(ready))

    def finish(self) -> None:
        """What the encoders hold back."""
        rest = self._fifo.read(0, partial=True)
        if rest is not None:
            self._output.mux(self._audio.encode(rest))
        for packet in self._cues:
            self._output.mux(packet)
        self._output.mux(self._audio.encode(None))
        self._output.mux(self._video.encode(None))


def _seal(
    job: Job, folder: Path, key: bytes, name: str, plain: Scratch | BytesIO, times: list[tuple[int, int]]
) -> str:  # fmt: skip
    """Write it as a sealed file; returns the hash of the ciphertext."""
    destroy(folder, name)  # of an earlier attempt
    plain.seek(0)
    beginning = plain.read(HEAD_BYTES)
    about = About(part=1, started_at=datetime.fromisoformat(job.started_at), video=None)
    writer = SealedWriter(folder, name, Seal(key, job.recording_id, name))
    try:
        writer.begin(beginning, about)
        for at_ms, piece in _pieces(plain, times):
            writer.append(ChunkKind.MEDIA, at_ms, piece)
        return writer.finish(beginning, about, "{}")
    finally:
        writer.close()


def _pieces(plain: Scratch | BytesIO, times: list[tuple[int, int]]) -> Iterator[tuple[int, bytes]]:
    """About a second each, so that offsets tell times; none larger than a chunk may be."""
    at = HEAD_BYTES
    marks = [*times[1:], (1 << 62, times[-1][1])]
    for (until, _), (_, at_ms) in zip(marks, times, strict=True):
        while at < until:
            piece = plain.read(min(PIECE, until - at))
            if not piece:
                return
            at += len(piece)
            yield at_ms, piece
