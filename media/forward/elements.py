"""Where a packet has the header extension elements that are read or rewritten (RFC 8285, 4.2)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final

from media.streams import ABS_SEND_TIME, AUDIO_LEVEL, EXTENSIONS, MID, TRANSPORT_CC

AUDIO_LEVEL_HEAD: Final = EXTENSIONS[AUDIO_LEVEL] << 4
SEND_TIME_HEAD: Final = EXTENSIONS[ABS_SEND_TIME] << 4 | 2
TRANSPORT_NUMBER_HEAD: Final = EXTENSIONS[TRANSPORT_CC] << 4 | 1
MID_HEAD: Final = EXTENSIONS[MID] << 4
"""First octets: id, then length less one. Every mid of ours is one character."""
_HEADS: Final = frozenset({AUDIO_LEVEL_HEAD, SEND_TIME_HEAD, TRANSPORT_NUMBER_HEAD, MID_HEAD})


OUTLINE: Final = Struct("!QQ")
"""The first octets of an extension. All that browsers send of what we offer fits into them."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of the elements' values, 0 for what is not there. Nearly all packets of a stream have the same."""

    start: int
    """Where the extension begins; 0 if it is too long to be known again by its `OUTLINE`."""
    end: int
    """Where the payload begins."""
    head_mask: int
    tail_mask: int
    """Of the outline's two numbers: what is no value, and within the extension."""
    head: int
    tail: int
    """What is left of them under the masks in every packet of this layout."""
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
    at = start + 4
    if buffer[start] == 0xBE and buffer[start + 1] == 0xDE:
        while at < end:
            head = buffer[at]
            if not head:
                at += 1
                continue
            after = at + 2 + (head & 15)
            if head in _HEADS and head not in places and after <= end:
                places[head] = at + 1
            else:
                after = min(end, after)
                buffer[at:after] = bytes(after - at)
            at = after
    else:
        # Two-byte elements were not offered: nothing but padding goes on.
        buffer[at:end] = bytes(end - at)
    mask = bytearray(b"\xff" * (end - start))[: OUTLINE.size].ljust(OUTLINE.size, b"\0")
    for head, place in places.items():
        values = slice(place - start, place - start + 1 + (head & 15))
        mask[values] = bytes(len(mask[values]))
    head_mask, tail_mask = OUTLINE.unpack(mask)
    first, second = OUTLINE.unpack_from(buffer, start)
    level, mid, number, send_time = (
        places.get(head, 0) for head in (AUDIO_LEVEL_HEAD, MID_HEAD, TRANSPORT_NUMBER_HEAD, SEND_TIME_HEAD)
    )
    known = start if end - start <= OUTLINE.size else 0
    return Layout(
        known, end, head_mask, tail_mask, first & head_mask, second & tail_mask, level, mid, number, send_time
    )
