"""H.264 from RTP (RFC 6184, packetization modes 0 and 1), as length-prefixed NAL units with avcC (ISO 14496-15)."""

import struct
from collections.abc import Iterator
from typing import Final

from media.recording.codecs import MAX_FRAME_BYTES, Assembly, Frame

_IDR, _SPS, _PPS, _DELIMITER, _STAP_A, _FU_A = 5, 7, 8, 9, 24, 28
_MAX_PARAMETER_SET: Final = 256
_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128})
_MAX_REFERENCE_CYCLE: Final = 255


class H264Depacketizer:
    """Access units from payloads."""

    def __init__(self) -> None:
        self._assembly = Assembly()
        self._fragment: bytearray | None = None
        self._sps = self._pps = b""
        self._damaged = True
        """Packets were missing: what follows may lack its beginning, which RTP does not mark."""

    @property
    def assembling(self) -> bool:
        """NAL units of an access unit are held."""
        return bool(self._assembly.pieces) or self._fragment is not None

    def push(self, payload: bytes, timestamp: int, marker: bool) -> Frame | None:
        """Take one payload; returns the access unit it completes."""
        whole = True
        for nal in self._nals(payload):
            self._remember(nal)
            if self._damaged and nal[0] & 31 not in (_SPS, _DELIMITER):
                continue
            self._damaged = False
            if not self._assembly.add(nal, timestamp):
                self._assembly.begin(timestamp)
                whole = self._assembly.add(nal, timestamp)
        if not marker or not whole:
            return None
        nals = self._assembly.pieces
        self._clear()
        if not nals:
            return None
        data = b"".join(struct.pack(">I", len(nal)) + nal for nal in nals)
        if not any(nal[0] & 31 == _IDR for nal in nals):
            return Frame(data, False)
        size = picture_size(self._sps)
        if size is None or not self._pps:
            return None  # no decoder could be set up from this picture
        return Frame(data, True, size, configuration(self._sps, self._pps))

    def reset(self) -> None:
        """Packets are missing here: forget the access unit begun."""
        self._clear()
        self._damaged = True

    def _clear(self) -> None:
        self._assembly.clear()
        self._fragment = None

    def _nals(self, payload: bytes) -> Iterator[bytes]:
        kind = payload[0] & 31 if payload else 0
        if 0 < kind < _STAP_A:
            yield payload
        elif kind == _STAP_A:
            at = 1
            while at + 2 < len(payload):
                length = (payload[at] << 8) | payload[at + 1]
                nal = payload[at + 2 : at + 2 + length]
                if length and len(nal) == length:
                    yield nal
                at += 2 + length
        elif kind == _FU_A and len(payload) > 2:
            yield from self._unfragmented(payload)

    def _unfragmented(self, payload: bytes) -> Iterator[bytes]:
        if payload[1] & 0x80:
            self._fragment = bytearray([(payload[0] & 0xE0) | (payload[1] & 31)])
        if self._fragment is None:
            return
        self._fragment += payload[2:]
        if len(self._fragment) > MAX_FRAME_BYTES:
            self.reset()
        elif payload[1] & 0x40:
            nal, self._fragment = bytes(self._fragment), None
            yield nal

    def _remember(self, nal: bytes) -> None:
        kind = nal[0] & 31
        if kind == _SPS and 4 < len(nal) <= _MAX_PARAMETER_SET:
            self._sps = nal
        elif kind == _PPS and len(nal) <= _MAX_PARAMETER_SET:
            self._pps = nal


def configuration(sps: bytes, pps: bytes) -> bytes:
    """AVCDecoderConfigurationRecord (avcC) with NAL lengths of four bytes."""
    sets = b"\xe1" + struct.pack(">H", len(sps)) + sps + b"\x01" + struct.pack(">H", len(pps)) + pps
    return b"\x01" + sps[1:4] + b"\xff" + sets


class _Bits:
    """Reader of a raw byte sequence payload; past its end there are zeros, and `spent` is true."""

    def __init__(self, nal: bytes) -> None:
        raw = nal[1:].replace(b"\x00\x00\x03", b"\x00\x00")  # emulation prevention (ITU-T H.264, 7.3.1)
        self._bits, self._left = int.from_bytes(raw, "big"), len(raw) * 8

    @property
    def spent(self) -> bool:
        return self._left < 0

    def u(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            return 0
        return (self._bits >> self._left) & ((1 << count) - 1)

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 31 or self.spent:
                self._left = -1
                return 0
        return (1 << zeros) - 1 + self.u(zeros)


def picture_size(sps: bytes) -> tuple[int, int] | None:
    """Width and height from a sequence parameter set (ITU-T H.264, 7.3.2.1.1); None when it cannot be read."""
    bits = _Bits(sps)
    profile = bits.u(8)
    bits.u(16)
    bits.ue()
    if profile in _HIGH_PROFILES and not _skip_high_profile(bits):
        return None
    bits.ue()
    _skip_picture_order(bits)
    bits.ue()
    bits.u(1)
    width, height_units, frames_only = (bits.ue() + 1) * 16, bits.ue() + 1, bits.u(1)
    height = height_units * 16 * (2 - frames_only)
    if not frames_only:
        bits.u(1)
    bits.u(1)
    if bits.u(1):
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        width -= 2 * (left + right)
        height -= 2 * (2 - frames_only) * (top + bottom)
    if bits.spent or not (0 < width <= 16384 and 0 < height <= 16384):
        return None
    return width, height


def _skip_high_profile(bits: _Bits) -> bool:
    """False for what calls do not use: scaling matrices and separate colour planes."""
    if bits.ue() == 3:
        return False
    bits.ue()
    bits.ue()
    bits.u(1)
    return not bits.u(1)


def _skip_picture_order(bits: _Bits) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.u(1)
        bits.ue()
        bits.ue()
        for _ in range(min(bits.ue(), _MAX_REFERENCE_CYCLE)):
            bits.ue()
