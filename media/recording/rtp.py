"""RTP packets as the recorder needs them (RFC 3550, 5.1)."""

from typing import NamedTuple


class RtpPacket(NamedTuple):
    """One packet without extensions and padding; the payload may be empty (padding used for probing)."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes


def parse(packet: bytes) -> RtpPacket | None:
    """Read a packet; None when it is malformed."""
    size = len(packet)
    if size < 12 or packet[0] >> 6 != 2:
        return None
    first, second = packet[0], packet[1]
    start, end = 12 + 4 * (first & 0x0F), size
    if first & 0x10:
        if start + 4 > size:
            return None
        start += 4 + 4 * ((packet[start + 2] << 8) | packet[start + 3])
    if first & 0x20:
        end -= packet[-1]
    if start > end:
        return None
    return RtpPacket(
        second & 0x7F,
        (packet[2] << 8) | packet[3],
        int.from_bytes(packet[4:8], "big"),
        int.from_bytes(packet[8:12], "big"),
        bool(second & 0x80),
        packet[start:end],
    )
