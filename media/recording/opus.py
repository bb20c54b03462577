"""Opus from RTP (RFC 7587): every payload is one Opus packet, whose first byte tells its duration (RFC 6716, 3.1)."""

import struct
from typing import Final

from media.recording.codecs import Frame

PRE_SKIP: Final = 312
"""Samples at 48 kHz that the encoders of browsers look ahead: 6.5 ms."""
OPUS_HEAD: Final = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, PRE_SKIP, 48_000, 0, 0)
"""RFC 7845, 5.1: version, channels, pre-skip, input rate, gain, mapping family."""
_MAX_MS: Final = 120.0
_SILK_MS: Final = (10.0, 20.0, 40.0, 60.0)
_HYBRID_MS: Final = (10.0, 20.0)
_CELT_MS: Final = (2.5, 5.0, 10.0, 20.0)


def duration_ms(packet: bytes) -> float | None:
    """How much sound a packet holds; None when it is malformed."""
    if not packet:
        return None
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = _SILK_MS[config & 3]
    elif config < 16:
        frame = _HYBRID_MS[config & 1]
    else:
        frame = _CELT_MS[config & 3]
    if code < 3:
        return frame * (1 if code == 0 else 2)
    count = packet[1] & 0x3F if len(packet) > 1 else 0
    total = frame * count
    return total if 0 < total <= _MAX_MS else None


class OpusDepacketizer:
    """One frame for each payload."""

    assembling = False

    def push(self, payload: bytes, timestamp: int, marker: bool) -> Frame | None:
        """The packet with its duration, or None when it is malformed."""
        duration = duration_ms(payload)
        return None if duration is None else Frame(payload, True, duration_ms=duration)

    def reset(self) -> None:
        """Nothing is kept between packets."""
