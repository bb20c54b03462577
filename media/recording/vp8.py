"""VP8 from RTP (RFC 7741; frame header in RFC 6386, 9.1)."""

from media.recording.codecs import Assembly, Frame

_START_CODE = b"\x9d\x01\x2a"


def descriptor(payload: bytes) -> tuple[bool, int] | None:
    """The payload descriptor (RFC 7741, 4.2): whether a frame begins here, and the descriptor's length.

    None when it does not fit the payload.
    """
    if not payload:
        return None
    first, length = payload[0], 1
    if first & 0x80:
        if len(payload) < 2:
            return None
        extension, length = payload[1], 2
        if extension & 0x80:  # PictureID, 7 or 15 bits
            if len(payload) < 3:
                return None
            length += 2 if payload[2] & 0x80 else 1
        length += bool(extension & 0x40) + bool(extension & 0x30)  # TL0PICIDX; TID and KEYIDX share one byte
    if length >= len(payload):
        return None
    return (first & 0x17) == 0x10, length


def picture_size(frame: bytes) -> tuple[int, int] | None:
    """Width and height of a key frame; None when it is none or not whole."""
    if len(frame) < 10 or frame[0] & 1 or frame[3:6] != _START_CODE:
        return None
    width, height = int.from_bytes(frame[6:8], "little") & 0x3FFF, int.from_bytes(frame[8:10], "little") & 0x3FFF
    return (width, height) if width and height else None


class Vp8Depacketizer:
    """Pictures from payloads."""

    def __init__(self) -> None:
        self._assembly = Assembly()

    @property
    def assembling(self) -> bool:
        """The packets of a picture's beginning are held."""
        return bool(self._assembly.pieces)

    def push(self, payload: bytes, timestamp: int, marker: bool) -> Frame | None:
        """Take one payload; returns the picture it completes."""
        head = descriptor(payload)
        if head is None:
            self._assembly.clear()
            return None
        begins_frame, length = head
        if begins_frame:
            self._assembly.begin(timestamp)
        if not self._assembly.add(payload[length:], timestamp) or not marker:
            return None
        data = b"".join(self._assembly.pieces)
        self._assembly.clear()
        if data[0] & 1:
            return Frame(data, False)
        size = picture_size(data)
        return Frame(data, True, size) if size else None

    def reset(self) -> None:
        """Packets are missing here: forget the picture begun."""
        self._assembly.clear()
