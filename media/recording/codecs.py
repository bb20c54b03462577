"""What the depacketisers of all codecs have in common."""

from typing import NamedTuple, Protocol

MAX_FRAME_BYTES = 512 << 10
"""Larger pictures are not sent in calls; they are dropped."""

_PREFIX_BYTES = 4
"""What storing a piece adds: the length before each NAL unit of H.264."""


class Frame(NamedTuple):
    """One encoded picture, or the sound of one packet."""

    data: bytes
    key: bool
    size: tuple[int, int] | None = None
    """Width and height where the frame tells them."""
    private: bytes = b""
    """Decoder configuration that a key frame brought along: avcC for H.264."""


class Depacketizer(Protocol):
    """Puts frames together from the payloads of one stream, in order. Malformed payloads never raise."""

    @property
    def assembling(self) -> bool:
        """The packets of a frame's beginning are held."""
        ...

    def push(self, payload: bytes, timestamp: int, marker: bool) -> Frame | None:
        """Take one payload; returns the frame it completes."""
        ...

    def reset(self) -> None:
        """Packets are missing here: forget the frame begun."""
        ...


class Assembly:
    """The pieces of one picture, bounded."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._bytes = 0
        self._timestamp: int | None = None

    def begin(self, timestamp: int) -> None:
        """Forget what was there; pieces of this timestamp follow."""
        self.pieces, self._bytes, self._timestamp = [], 0, timestamp

    def add(self, piece: bytes, timestamp: int) -> bool:
        """Add a piece; false when it does not belong to the picture or makes it too large."""
        self._bytes += len(piece) + _PREFIX_BYTES
        if timestamp != self._timestamp or self._bytes > MAX_FRAME_BYTES:
            self.clear()
            return False
        self.pieces.append(piece)
        return True

    def clear(self) -> None:
        """Forget everything."""
        self.pieces, self._bytes, self._timestamp = [], 0, None
