"""RTP packets as the recorder needs them (RFC 3550, 5.1)."""

import struct
from typing import Final, NamedTuple

_FIXED: Final = struct.Struct(">BBHII")
_VERSION: Final = 2
_PLAIN: Final = 0x80
"""First byte of a packet with neither padding, extension nor contributing sources."""


class RtpPacket(NamedTuple):
    """One packet without extensions and padding; the payload may be empty (padding used for probing)."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes


def parse(packet: bytes) -> tuple[int, int, int, int, bool, bytes] | None:
    """Read the fields of an `RtpPacket`, which is made only of packets that are held; None when it is malformed."""
    size = len(packet)
    if size < _FIXED.size:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(packet)
    start, end = _FIXED.size, size
    if first != _PLAIN:
        if first >> 6 != _VERSION:
            return None
        start += 4 * (first & 0x0F)
        if first & 0x10:
            if start + 4 > size:
                return None
            start += 4 + 4 * ((packet[start + 2] << 8) | packet[start + 3])
        if first & 0x20:
            end -= packet[-1]
        if start > end:
            return None
    return second & 0x7F, sequence, timestamp, ssrc, second >= 0x80, packet[start:end]
