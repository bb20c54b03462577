"""Sealed packets that may have to go out again, for parties who repair without a stream of its own (RFC 4588)."""

from typing import Final

KEPT: Final = 512
"""Packets per SSRC, a power of two: what the forwarder keeps of a video. At most 1 MB a stream."""


class Kept:
    """The last packets of each SSRC by sequence number, as they went out."""

    def __init__(self) -> None:
        self._of: dict[int, list[bytes | None]] = {}

    def keep(self, packet: bytes) -> None:
        """Of SRTP the header is plain (RFC 3711, 3.1)."""
        ssrc = int.from_bytes(packet[8:12], "big")
        places = self._of.get(ssrc)
        if places is None:
            places = self._of[ssrc] = [None] * KEPT
        places[packet[3] | (packet[2] & 1) << 8] = packet

    def find(self, ssrc: int, sequence: int) -> bytes | None:
        """The packet of that number, if it is still there."""
        places = self._of.get(ssrc)
        packet = places[sequence & (KEPT - 1)] if places is not None else None
        return packet if packet is not None and packet[2] << 8 | packet[3] == sequence else None
