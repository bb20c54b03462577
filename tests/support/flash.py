"""A participant whose picture flashes while it beeps, as RTP: what the recorder is measured with.

Real VP8 and Opus (libvpx, libopus), packetised as browsers do, with sender reports; loss, late recovery, jitter,
clock drift and clocks that stand still are laid over it. Time is simulated: ten minutes take seconds.
"""

import heapq
import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain

import av
import numpy as np

from media.streams import OPUS, VP8, Codec, CodecName, Kind, Tap

PERIOD_S = 2.0
"""A flash of three frames and a beep of 100 ms at the beginning of each period."""
FLASH_S = 0.1
FPS = 15
SIZE = (64, 48)
_OPUS_S = 0.02
_PAYLOAD = 1100
_NTP_EPOCH = 3_900_000_000.0
_ENCODERS = {
    CodecName.VP8: ("libvpx", {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}),
    CodecName.H264: ("libx264", {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "bf": "0"}),
}


@dataclass(frozen=True)
class Encoded:
    """One frame as an encoder gave it, and when what it shows happened."""

    at_s: float
    data: bytes
    key: bool


@lru_cache(maxsize=4)
def pictures(
    seconds: float, size: tuple[int, int] = SIZE, key_s: float = PERIOD_S, codec: CodecName = CodecName.VP8
) -> tuple[Encoded, ...]:
    """VP8 or H.264 (Annex B) of a dark picture that is white in the first 0.1 s of each period."""
    encoder = av.CodecContext.create(_ENCODERS[codec][0], "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, FPS)
    encoder.gop_size = round(key_s * FPS)
    encoder.options = _ENCODERS[codec][1]
    packets = []
    for number in range(round(seconds * FPS)):
        luma = 235 if number / FPS % PERIOD_S < FLASH_S - 1e-6 else 16
        frame = av.VideoFrame.from_ndarray(_grey(luma, size), format="yuv420p")
        frame.pts = number
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return tuple(Encoded((packet.pts or 0) / FPS, bytes(packet), packet.is_keyframe) for packet in packets)


@lru_cache(maxsize=4)
def sounds(seconds: float) -> tuple[Encoded, ...]:
    """Opus in packets of 20 ms: silence with a beep of 1 kHz in the first 0.1 s of each period."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = 48_000
    encoder.layout = "mono"
    encoder.format = "s16"
    encoder.bit_rate = 32_000
    out = []
    wave = np.arange(960) / 48_000
    for number in range(round(seconds / _OPUS_S)):
        at = number * _OPUS_S + wave
        beep = np.sin(2 * np.pi * 1000 * at) * (np.mod(at, PERIOD_S) < FLASH_S) * 12_000
        frame = av.AudioFrame.from_ndarray(beep.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, number * 960
        out += [bytes(packet) for packet in encoder.encode(frame)]
    out += [bytes(packet) for packet in encoder.encode(None)]
    return tuple(Encoded(number * _OPUS_S, data, True) for number, data in enumerate(out))


def _grey(luma: int, size: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    width, height = size
    picture = np.full((height * 3 // 2, width), 128, dtype=np.uint8)
    picture[:height] = luma
    return picture


def rtp(codec: Codec, sequence: int, timestamp: int, ssrc: int, marker: bool, payload: bytes) -> bytes:
    """One RTP packet."""
    second = (0x80 if marker else 0) | codec.payload_type
    return struct.pack(">BBHII", 0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def vp8_payloads(frame: bytes) -> list[bytes]:
    """RFC 7741 payloads with the descriptor of one byte."""
    pieces = [frame[at : at + _PAYLOAD] for at in range(0, len(frame), _PAYLOAD)]
    return [(b"\x10" if number == 0 else b"\x00") + piece for number, piece in enumerate(pieces)]


def h264_payloads(access_unit: bytes) -> list[bytes]:
    """RFC 6184 payloads of an Annex B access unit: parameter sets in one STAP-A, long NAL units in FU-A."""
    nals = [nal.rstrip(b"\0") for nal in access_unit.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]]
    sets = [nal for nal in nals if nal[0] & 31 in (7, 8)]
    payloads = [b"\x78" + b"".join(struct.pack(">H", len(nal)) + nal for nal in sets)] if sets else []
    for nal in nals:
        if nal in sets:
            continue
        if len(nal) <= _PAYLOAD:
            payloads.append(nal)
            continue
        body = nal[1:]
        pieces = [body[at : at + _PAYLOAD] for at in range(0, len(body), _PAYLOAD)]
        for number, piece in enumerate(pieces):
            flags = (0x80 if number == 0 else 0) | (0x40 if number == len(pieces) - 1 else 0)
            payloads.append(bytes([(nal[0] & 0xE0) | 28, flags | (nal[0] & 31)]) + piece)
    return payloads


_PAYLOADS: dict[CodecName, Callable[[bytes], list[bytes]]] = {
    CodecName.VP8: vp8_payloads,
    CodecName.H264: h264_payloads,
    CodecName.OPUS: lambda data: [data],
}


@dataclass(frozen=True)
class Path:
    """What happens to packets on their way."""

    loss: float = 0.0
    recovered: float = 0.97
    """Share of lost video packets that come again."""
    late_s: tuple[float, float] = (0.05, 0.4)
    """After how long they do."""
    delay_s: float = 0.03
    jitter_s: float = 0.0
    seed: int = 1
    blackouts: tuple[tuple[float, float], ...] = ()
    """Spans of seconds in which nothing passes."""


@dataclass
class Stream:
    """One track at the sender."""

    codec: Codec
    frames: tuple[Encoded, ...]
    ssrc: int
    rtp_start: int
    rate_ppm: float = 0.0
    """How much faster the RTP clock runs than the sender's wall clock."""
    silent: tuple[tuple[float, float], ...] = ()
    """Spans in which nothing is sent."""
    stops: tuple[tuple[float, float], ...] = ()
    """Spans in which nothing is sent and the RTP clock stands still."""
    reports_s: float = 1.0
    sequence: int = 65_500
    extra_delay_s: float = 0.0
    """Of encoder and pacer, unknown to the receiver."""

    def time(self, at_s: float) -> int:
        """RTP time of a moment."""
        stood = sum(max(0.0, min(at_s, end) - start) for start, end in self.stops if at_s > start)
        return self.rtp_start + round((at_s - stood) * self.codec.clock_rate * (1 + self.rate_ppm * 1e-6))

    def sends(self, at_s: float) -> bool:
        """Whether frames of that moment are sent."""
        return not any(start <= at_s < end for start, end in self.silent + self.stops)


@dataclass(order=True)
class Arrival:
    """A packet or a report that reaches the recorder."""

    at_s: float
    number: int
    kind: Kind = field(compare=False)
    packet: bytes = field(compare=False, default=b"")
    report: tuple[int, int] = field(compare=False, default=(0, 0))
    """NTP and RTP time, when there is no packet."""

    def deliver(self, tap: Tap, now: float) -> None:
        """Hand it to a tap."""
        if self.packet:
            tap.rtp(self.packet, now)
        else:
            tap.sender_report(*self.report, now)


def arrivals(stream: Stream, path: Path, sender_ppm: float = 0.0) -> Iterator[Arrival]:
    """Packets and reports of a stream with the time at which they arrive, in no order."""
    dice = random.Random(path.seed + stream.ssrc)
    number = 0
    next_report = 0.3

    def arrived(at_s: float) -> float:
        return at_s * (1 + sender_ppm * 1e-6) + path.delay_s + stream.extra_delay_s + dice.random() * path.jitter_s

    for frame in stream.frames:
        while next_report <= frame.at_s and stream.reports_s:
            yield _report(stream, next_report, arrived(next_report), number)
            number, next_report = number + 1, next_report + stream.reports_s
        if not stream.sends(frame.at_s):
            continue
        payloads = _PAYLOADS[stream.codec.name](frame.data)
        for index, payload in enumerate(payloads):
            last = index == len(payloads) - 1
            marker = last and stream.codec.kind is Kind.VIDEO
            packet = rtp(stream.codec, stream.sequence, stream.time(frame.at_s), stream.ssrc, marker, payload)
            stream.sequence += 1
            at_s = arrived(frame.at_s + index * 0.001)
            if any(start <= at_s < end for start, end in path.blackouts):
                continue
            measures = frame.at_s % PERIOD_S < FLASH_S  # what measures is never lost, and sound never late
            if dice.random() < path.loss and not (measures and stream.codec.kind is Kind.AUDIO):
                if not measures and (stream.codec.kind is Kind.AUDIO or dice.random() > path.recovered):
                    continue
                at_s += dice.uniform(*path.late_s)
            yield Arrival(at_s, number, stream.codec.kind, packet)
            number += 1


def _report(stream: Stream, sent_s: float, at_s: float, number: int) -> Arrival:
    ntp, time = round((_NTP_EPOCH + sent_s) * 2**32), stream.time(sent_s) & 0xFFFFFFFF
    return Arrival(at_s, number, stream.codec.kind, report=(ntp, time))


def audio(seconds: float) -> Stream:
    """The beeping track."""
    return Stream(OPUS, sounds(seconds), 0x0A0A0A0A, 4_294_900_000, reports_s=2.5)


def video(seconds: float, size: tuple[int, int] = SIZE, codec: Codec = VP8) -> Stream:
    """The flashing track."""
    return Stream(codec, pictures(seconds, size, codec=codec.name), 0x0B0B0B0B, 4_294_000_000, extra_delay_s=0.05)


def shifted(frames: tuple[Encoded, ...], by_s: float) -> tuple[Encoded, ...]:
    """The same frames, later."""
    return tuple(replace(frame, at_s=frame.at_s + by_s) for frame in frames)


def looped(stream: Stream, seconds: float, loop_s: float = 20.0) -> Stream:
    """The first `loop_s` of a stream over and over: its pictures begin with a key frame, its sound in silence."""
    loop = tuple(frame for frame in stream.frames if frame.at_s < loop_s - 1e-6)
    stream.frames = tuple(chain.from_iterable(shifted(loop, at * loop_s) for at in range(round(seconds / loop_s))))
    return stream


def feed(
    taps: dict[Kind, Tap], streams: list[Stream], path: Path, tick: Callable[[float], None], start: float = 1000.0,
    sender_ppm: float = 0.0,
) -> float:  # fmt: skip
    """Deliver everything in order of arrival with a tick each 50 ms; returns the time of the end."""
    queue = [arrival for stream in streams for arrival in arrivals(stream, path, sender_ppm)]
    heapq.heapify(queue)
    ticked = now = start
    while queue:
        arrival = heapq.heappop(queue)
        now = start + arrival.at_s
        while ticked + 0.05 <= now:
            ticked += 0.05
            tick(ticked)
        arrival.deliver(taps[arrival.kind], now)
    return now
