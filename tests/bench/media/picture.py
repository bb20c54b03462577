"""What a load peer sends: three seconds of a real moving picture and of a real tone, encoded once, as RTP payloads."""

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import numpy as np

FPS: Final = 30
SECONDS: Final = 3
PAYLOAD: Final = 1000
BIT_RATE: Final = 800_000


BITS: Final = 7
CELL: Final = 48
"""Every picture shows its number in black and white cells, which survive being decoded and encoded again."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Frames as lists of RTP payloads; the first one is a key frame, so that the loop can be closed."""

    video: list[list[bytes]]
    audio: list[bytes]


def make_loop(width: int = 640, height: int = 480) -> Loop:
    """VP8 at about 800 kbit/s and 30 frames a second, Opus in packets of 20 ms."""
    return Loop([_payloads(frame) for frame in _vp8(width, height)], _opus())


def numbers(frames: list[tuple[bytes, float]]) -> list[tuple[int, float]]:
    """`(number in the loop, arrival)` of received VP8 frames."""
    codec = av.CodecContext.create("vp8", "r")
    found = []
    for data, arrival in frames:
        try:
            pictures = codec.decode(av.Packet(data))
        except av.FFmpegError:
            continue
        for picture in pictures:
            grey = picture.to_ndarray(format="gray")
            cells = [grey[8 : CELL - 8, bit * CELL + 8 : (bit + 1) * CELL - 8].mean() for bit in range(BITS)]
            found.append((sum(1 << bit for bit, level in enumerate(cells) if level > 128), arrival))
    return found


def _vp8(width: int, height: int) -> list[bytes]:
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.bit_rate, codec.gop_size = Fraction(1, FPS), BIT_RATE, FPS * SECONDS
    codec.options = {
        "deadline": "realtime",
        "cpu-used": "6",
        "lag-in-frames": "0",
        "minrate": "800k",
        "maxrate": "800k",
        "max-intra-rate": "1000",
    }
    rng = np.random.default_rng(7)
    slope = np.linspace(20, 90, width, dtype=np.uint8)[None, :, None]
    still = slope + rng.integers(0, 40, (height, width, 3), dtype=np.uint8)
    frames = []
    for n in range(FPS * SECONDS):
        # New grain in every picture, for otherwise nearly all of the bit rate goes into the key frame.
        image = still + rng.integers(0, 24, (height // 4, width // 4, 1), dtype=np.uint8).repeat(4, 0).repeat(4, 1)
        x = int((width - 120) * (0.5 + 0.5 * math.sin(2 * math.pi * n / (FPS * SECONDS))))
        image[height // 3 : height // 3 + 120, x : x + 120] = (220, 180, 90)
        for bit in range(BITS):
            image[:CELL, bit * CELL : (bit + 1) * CELL] = 235 if n >> bit & 1 else 16
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = n, codec.time_base
        frames += [bytes(packet) for packet in codec.encode(frame)]
    return frames


def _payloads(frame: bytes) -> list[bytes]:
    parts = [frame[at : at + PAYLOAD] for at in range(0, len(frame), PAYLOAD)]
    return [(b"\x10" if n == 0 else b"\x00") + part for n, part in enumerate(parts)]


def _opus() -> list[bytes]:
    codec = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = 48_000, "mono", "s16"
    codec.time_base, codec.bit_rate = Fraction(1, 48_000), 32_000
    frames = []
    for n in range(50 * SECONDS):
        t = (np.arange(960) + 960 * n) / 48_000
        tone = (8000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 960 * n, codec.time_base
        frames += [bytes(packet) for packet in codec.encode(frame)]
    return frames


HEADER: Final = struct.Struct("!BBHII")
