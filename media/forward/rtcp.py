"""RTCP as far as a forwarder needs it (RFC 3550, 4585, 5104; REMB; transport-wide congestion control).

`parse` never raises: it yields what it understands and skips the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from struct import Struct
from typing import Final, NamedTuple

SENDER_REPORT, RECEIVER_REPORT, TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 200, 201, 205, 206
NACK_FORMAT, TRANSPORT_CC_FORMAT = 1, 15
PLI_FORMAT, FIR_FORMAT, APPLICATION_FORMAT = 1, 4, 15
OUR_SSRC: Final = 1
"""Under which the hub itself reports; it sends no media with it."""
MAX_NACKED: Final = 512
"""Sequence numbers taken from one NACK packet: what the history holds."""
MAX_STATUSES: Final = 2048
"""Packets one transport-cc feedback may speak of: a run of 8191 costs its sender two bytes."""
LARGEST_RATE: Final = 0x3FFFF << 20
"""bit/s; what a REMB says that lifts a limit."""

_WORD = Struct("!I")
_TWO_WORDS = Struct("!II")
_HEAD = Struct("!BBH")
_SENDER_INFO = Struct("!IQIII")
_REPORT = Struct("!IIIIII")
_PAIR = Struct("!HH")
_DELTA = Struct("!h")


class SenderReport(NamedTuple):
    """NTP time (64 bit, 32.32) and RTP time of one moment of a stream."""

    ssrc: int
    ntp: int
    rtp: int


class Report(NamedTuple):
    """One report block (RFC 3550, 6.4.1): `fraction` in 1/256, `lsr`, `dlsr` in 1/65536 s, `jitter` in clock ticks."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    lsr: int
    dlsr: int


class Nack(NamedTuple):
    """Sequence numbers a receiver misses."""

    ssrc: int
    missing: list[int]


class KeyframeRequest(NamedTuple):
    """PLI, or one entry of a FIR."""

    ssrc: int


class Remb(NamedTuple):
    """Receiver-estimated maximum bit rate, bit/s (draft-alvestrand-rmcat-remb)."""

    bitrate: int


class TransportFeedback(NamedTuple):
    """Arrival (in units of 250 us of the receiver's clock) of each transport-wide number from `base` on, or `None`."""

    base: int
    arrivals: list[int | None]


Message = SenderReport | Report | Nack | KeyframeRequest | Remb | TransportFeedback


def parse(compound: bytes) -> Iterator[Message]:
    """Messages of a compound packet, in order, up to the first malformed length."""
    at, total = 0, len(compound)
    while total - at >= 8:
        first, kind, words = _HEAD.unpack_from(compound, at)
        end = at + 4 + 4 * words
        if first & 0xC0 != 0x80 or end > total or words == 0:
            return
        count = first & 0x1F
        if kind == SENDER_REPORT:
            if end - at >= 28:
                ssrc, ntp, rtp, _, _ = _SENDER_INFO.unpack_from(compound, at + 4)
                yield SenderReport(ssrc, ntp, rtp)
                yield from _reports(compound, at + 28, end, count)
        elif kind == RECEIVER_REPORT:
            yield from _reports(compound, at + 8, end, count)
        elif kind == TRANSPORT_FEEDBACK and end - at >= 16:
            message = _transport_feedback(compound, at, end, count)
            if message is not None:
                yield message
        elif kind == PAYLOAD_FEEDBACK and end - at >= 12:
            yield from _payload_feedback(compound, at, end, count)
        at = end


def _reports(data: bytes, at: int, end: int, count: int) -> Iterator[Report]:
    for start in range(at, min(end - 23, at + 24 * count), 24):
        ssrc, losses, highest, jitter, lsr, dlsr = _REPORT.unpack_from(data, start)
        lost = losses & 0xFFFFFF
        yield Report(ssrc, losses >> 24, lost - (lost >> 23 << 24), highest, jitter, lsr, dlsr)


def _payload_feedback(data: bytes, at: int, end: int, form: int) -> Iterator[Message]:
    if form == PLI_FORMAT:
        yield KeyframeRequest(_WORD.unpack_from(data, at + 8)[0])
    elif form == FIR_FORMAT:
        for start in range(at + 12, min(end - 7, at + 12 + 8 * 16), 8):
            yield KeyframeRequest(_WORD.unpack_from(data, start)[0])
    elif form == APPLICATION_FORMAT and end - at >= 20 and data[at + 12 : at + 16] == b"REMB":
        rate = _WORD.unpack_from(data, at + 16)[0]
        yield Remb((rate & 0x3FFFF) << (rate >> 18 & 0x3F))


def _transport_feedback(data: bytes, at: int, end: int, form: int) -> Message | None:
    if form == TRANSPORT_CC_FORMAT and end - at >= 22:
        return _arrivals(data, at + 12, end)
    if form != NACK_FORMAT:
        return None
    missing: list[int] = []
    for start in range(at + 12, end, 4):
        first, following = _PAIR.unpack_from(data, start)
        missing.append(first)
        for bit in range(16):
            if following >> bit & 1:
                missing.append((first + bit + 1) & 0xFFFF)
        if len(missing) >= MAX_NACKED:
            break
    return Nack(_WORD.unpack_from(data, at + 8)[0], missing[:MAX_NACKED])


def _arrivals(data: bytes, at: int, end: int) -> TransportFeedback | None:
    base, count = _PAIR.unpack_from(data, at)
    if count > MAX_STATUSES:
        return None
    time = int.from_bytes(data[at + 4 : at + 7], "big", signed=True) * 256
    at += 8
    symbols: list[int] = []
    while len(symbols) < count:
        if at + 2 > end:
            return None
        chunk = data[at] << 8 | data[at + 1]
        at += 2
        symbols += _chunk(chunk)
    arrivals: list[int | None] = []
    for symbol in symbols[:count]:
        if symbol == 0:
            arrivals.append(None)
            continue
        size = symbol
        if symbol == 3 or at + size > end:
            return None
        time += data[at] if size == 1 else _DELTA.unpack_from(data, at)[0]
        at += size
        arrivals.append(time)
    return TransportFeedback(base, arrivals)


def _chunk(chunk: int) -> list[int]:
    """Symbols of one status chunk: a run, fourteen of one bit, or seven of two."""
    if not chunk & 0x8000:
        return [chunk >> 13 & 3] * (chunk & 0x1FFF)
    if not chunk & 0x4000:
        return [chunk >> shift & 1 for shift in range(13, -1, -1)]
    return [chunk >> shift & 3 for shift in range(12, -1, -2)]


def sender_report(report: SenderReport, packets: int, octets: int) -> bytes:
    """SR without report blocks."""
    return _HEAD.pack(0x80, SENDER_REPORT, 6) + _SENDER_INFO.pack(
        report.ssrc, report.ntp, report.rtp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF
    )


def receiver_report(reports: Sequence[Report]) -> bytes:
    """RR with up to 31 blocks."""
    blocks = b"".join(
        _REPORT.pack(r.ssrc, r.fraction << 24 | r.lost & 0xFFFFFF, r.highest & 0xFFFFFFFF, r.jitter, r.lsr, r.dlsr)
        for r in reports
    )
    return _HEAD.pack(0x80 | len(reports), RECEIVER_REPORT, 1 + 6 * len(reports)) + _WORD.pack(OUR_SSRC) + blocks


def nack(ssrc: int, missing: Iterable[int]) -> bytes:
    """Generic NACK (RFC 4585, 6.2.1) of numbers in ascending order (modulo 2^16)."""
    pairs: list[list[int]] = []
    for number in missing:
        ahead = (number - pairs[-1][0]) & 0xFFFF if pairs else 0
        if 1 <= ahead <= 16:
            pairs[-1][1] |= 1 << (ahead - 1)
        else:
            pairs.append([number, 0])
    return _feedback(TRANSPORT_FEEDBACK, NACK_FORMAT, ssrc, b"".join(_PAIR.pack(*pair) for pair in pairs))


def pli(ssrc: int) -> bytes:
    """Picture loss indication (RFC 4585, 6.3.1)."""
    return _feedback(PAYLOAD_FEEDBACK, PLI_FORMAT, ssrc, b"")


def remb(ssrc: int, bitrate: int) -> bytes:
    """Ask the sender of `ssrc` for at most `bitrate` bit/s."""
    exponent = max(0, bitrate.bit_length() - 18)
    body = b"REMB" + _TWO_WORDS.pack(1 << 24 | exponent << 18 | bitrate >> exponent, ssrc)
    return _feedback(PAYLOAD_FEEDBACK, APPLICATION_FORMAT, 0, body)


def transport_feedback(ssrc: int, body: bytes) -> bytes:
    """Transport-cc feedback around a body from `feedback.Arrivals`; `ssrc` is any of the sender's."""
    return _feedback(TRANSPORT_FEEDBACK, TRANSPORT_CC_FORMAT, ssrc, body + bytes(-len(body) % 4))


def _feedback(kind: int, form: int, ssrc: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | form, kind, 2 + len(body) // 4) + _TWO_WORDS.pack(OUR_SSRC, ssrc) + body
