"""RTP packets as browsers send them, and a reading of them that shares nothing with the forwarder's."""

from dataclasses import dataclass, field
from struct import pack, unpack

from media.streams import H264, OPUS, VP8

KEYFRAME = {VP8.payload_type: b"\x10\x00keyframe", H264.payload_type: b"\x67sps"}
DELTA = {VP8.payload_type: b"\x10\x01delta", H264.payload_type: b"\x41slice", OPUS.payload_type: b"opus"}


@dataclass
class Packet:
    """One RTP packet; `extensions` by id."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes = b""
    marker: bool = False
    extensions: dict[int, bytes] = field(default_factory=dict)
    padding: int = 0
    csrcs: tuple[int, ...] = ()

    def __bytes__(self) -> bytes:
        first = 0x80 | (0x20 if self.padding else 0) | (0x10 if self.extensions else 0) | len(self.csrcs)
        head = pack(
            "!BBHII", first, self.marker << 7 | self.payload_type, self.sequence & 0xFFFF,
            self.timestamp & 0xFFFFFFFF, self.ssrc,
        )  # fmt: skip
        head += b"".join(pack("!I", csrc) for csrc in self.csrcs)
        if self.extensions:
            elements = b"".join(bytes([i << 4 | len(v) - 1]) + v for i, v in self.extensions.items())
            elements += bytes(-len(elements) % 4)
            head += pack("!HH", 0xBEDE, len(elements) // 4) + elements
        tail = bytes(self.padding - 1) + bytes([self.padding]) if self.padding else b""
        return head + self.payload + tail


def read(data: bytes) -> Packet:
    """The packet in `data`, which must be well formed."""
    first, second, sequence, timestamp, ssrc = unpack("!BBHII", data[:12])
    assert first >> 6 == 2
    rest = data[12:]
    csrcs = unpack(f"!{first & 15}I", rest[: 4 * (first & 15)])
    rest = rest[4 * len(csrcs) :]
    extensions: dict[int, bytes] = {}
    if first & 0x10:
        profile, words = unpack("!HH", rest[:4])
        elements, rest = rest[4 : 4 + 4 * words], rest[4 + 4 * words :]
        assert profile == 0xBEDE or not any(elements)
        while elements:
            if elements[0] == 0:
                elements = elements[1:]
                continue
            size = (elements[0] & 15) + 1
            assert len(elements) > size
            extensions[elements[0] >> 4] = elements[1 : 1 + size]
            elements = elements[1 + size :]
    padding = rest[-1] if first & 0x20 else 0
    assert padding <= len(rest)
    payload = rest[: len(rest) - padding]
    return Packet(
        second & 127, sequence, timestamp, ssrc, payload, bool(second >> 7), extensions, padding, tuple(csrcs)
    )
