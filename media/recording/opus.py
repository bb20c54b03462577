"""Opus from RTP (RFC 7587): every payload is one Opus packet, whose first byte tells its duration (RFC 6716, 3.1)."""

import struct
from typing import Final

from media.recording.codecs import Frame

PRE_SKIP: Final = 312
"""Samples at 48 kHz that the encoders of browsers look ahead: 6.5 ms."""
OPUS_HEAD: Final = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, PRE_SKIP, 48_000, 0, 0)
"""RFC 7845, 5.1: version, channels, pre-skip, input rate, gain, mapping family."""
_MAX_MS: Final = 120.0
_FRAME_MS: Final = (10.0, 20.0, 40.0, 60.0) * 3 + (10.0, 20.0) * 2 + (2.5, 5.0, 10.0, 20.0) * 4
"""By configuration: SILK, hybrid, CELT."""


def duration_ms(packet: bytes) -> float | None:
    """How much sound a packet holds; None when it is malformed."""
    if not packet:
        return None
    first = packet[0]
    frame = _FRAME_MS[first >> 3]
    code = first & 3
    if code < 3:
        return frame if code == 0 else frame * 2
    count = packet[1] & 0x3F if len(packet) > 1 else 0
    total = frame * count
    return total if 0 < total <= _MAX_MS else None


class OpusDepacketizer:
    """One frame for each payload."""

    assembling = False

    def push(self, payload: bytes, timestamp: int, marker: bool) -> Frame | None:
        """The packet, or None when it is malformed."""
        return None if duration_ms(payload) is None else Frame(payload, True)

    def reset(self) -> None:
        """Nothing is kept between packets."""
