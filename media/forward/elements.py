"""Where a packet has the header extension elements that are read or rewritten (RFC 8285, 4.2)."""

from dataclasses import dataclass
from typing import Final

from media.streams import ABS_SEND_TIME, AUDIO_LEVEL, EXTENSIONS, MID, TRANSPORT_CC

AUDIO_LEVEL_HEAD: Final = EXTENSIONS[AUDIO_LEVEL] << 4
SEND_TIME_HEAD: Final = EXTENSIONS[ABS_SEND_TIME] << 4 | 2
TRANSPORT_NUMBER_HEAD: Final = EXTENSIONS[TRANSPORT_CC] << 4 | 1
MID_HEAD: Final = EXTENSIONS[MID] << 4
"""First octets: id, then length less one. Every mid of ours is one character."""
_HEADS: Final = frozenset({AUDIO_LEVEL_HEAD, SEND_TIME_HEAD, TRANSPORT_NUMBER_HEAD, MID_HEAD})


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of the elements' values, 0 for what is not there. A stream keeps one layout for many packets."""

    end: int
    """Where the payload begins."""
    mask: int
    """Of the extension's octets as one number: all but the values."""
    structure: int
    """What is left of them under the mask in every packet of this layout."""
    level: int
    mid: int
    number: int
    send_time: int


def read(buffer: memoryview, start: int, length: int) -> Layout | None:
    """The layout of the extension at `start` of `buffer[:length]`; `None` if it does not fit.

    What was not offered, is said twice or has another length than what we rewrite is blanked in the packet.
    """
    end = start + 4 + 4 * (buffer[start + 2] << 8 | buffer[start + 3]) if start + 4 <= length else length + 1
    if end > length:
        return None
    places: dict[int, int] = {}
    mask = bytearray(b"\xff" * (end - start))
    at = start + 4
    if buffer[start] == 0xBE and buffer[start + 1] == 0xDE:
        while at < end:
            head = buffer[at]
            after = at + 2 + (head & 15)
            if not head:
                at += 1
                continue
            if head in _HEADS and head not in places and after <= end:
                places[head] = at + 1
                mask[at + 1 - start : after - start] = bytes(after - at - 1)
            else:
                after = min(end, after)
                buffer[at:after] = bytes(after - at)
            at = after
    else:
        # Two-byte elements were not offered: nothing but padding goes on.
        buffer[at:end] = bytes(end - at)
    bits = int.from_bytes(mask, "big")
    level, mid, number, send_time = (
        places.get(head, 0) for head in (AUDIO_LEVEL_HEAD, MID_HEAD, TRANSPORT_NUMBER_HEAD, SEND_TIME_HEAD)
    )
    return Layout(end, bits, int.from_bytes(buffer[start:end], "big") & bits, level, mid, number, send_time)
