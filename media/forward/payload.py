"""The little a forwarder reads of encoded media: where a key frame begins."""

from media.streams import CodecName

_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28


def begins_keyframe(codec: CodecName, packet: bytes, at: int) -> bool:
    """Whether the payload from `at` on is the first packet of a key frame; for audio every packet is."""
    if codec is CodecName.OPUS:
        return True
    payload = packet[at:]
    try:
        return _vp8(payload) if codec is CodecName.VP8 else _h264(payload)
    except IndexError:
        return False


def _vp8(payload: bytes) -> bool:
    """RFC 7741, 4.2: start of partition 0, then the frame header's inverse key-frame bit."""
    first = payload[0]
    if first & 0x17 != 0x10:
        return False
    at = 1
    if first & 0x80:
        extension = payload[1]
        at = 2
        if extension & 0x80:
            at += 2 if payload[at] & 0x80 else 1
        at += (extension >> 6 & 1) + (1 if extension & 0x30 else 0)
    return not payload[at] & 1


def _h264(payload: bytes) -> bool:
    """RFC 6184: parameter sets or an IDR slice, alone, aggregated, or as a first fragment."""
    kind = payload[0] & 0x1F
    if kind == _FU_A:
        return bool(payload[1] & 0x80) and payload[1] & 0x1F == _IDR
    if kind != _STAP_A:
        return kind in (_IDR, _SPS)
    at = 1
    while at + 2 < len(payload):
        if payload[at + 2] & 0x1F in (_IDR, _SPS):
            return True
        at += 2 + (payload[at] << 8 | payload[at + 1])
    return False
