"""Where the elements of a header extension are, and that a layout is known again whatever the values are."""

from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from media.forward.elements import OUTLINE, Layout, read

LEVEL, SEND_TIME, NUMBER, MID = b"\x10\xff", b"\x22abc", b"\x31de", b"\x401"


def _buffer(body: bytes, profile: int = 0xBEDE) -> memoryview:
    padded = body + bytes(-len(body) % 4)
    packet = bytes(12) + pack("!HH", profile, len(padded) // 4) + padded + b"payload"
    return memoryview(bytearray(packet.ljust(2048, b"\x77")))


def _known(layout: Layout, buffer: memoryview) -> bool:
    head, tail = OUTLINE.unpack_from(buffer, 12)
    return (head & layout.head_mask, tail & layout.tail_mask) == (layout.head, layout.tail)


def test_places() -> None:
    buffer = _buffer(LEVEL + SEND_TIME + NUMBER + MID)
    layout = read(buffer, 12, 40)
    assert layout is not None
    assert (layout.level, layout.send_time, layout.number, layout.mid) == (17, 19, 23, 26)
    assert (layout.start, layout.end) == (12, 28)
    assert _known(layout, _buffer(b"\x10\x00" + b"\x22xyz" + b"\x31\x00\x00" + b"\x407"))
    assert not _known(layout, _buffer(LEVEL + SEND_TIME + NUMBER + b"\x50?"))
    assert not _known(layout, _buffer(SEND_TIME + LEVEL + NUMBER + MID))


def test_foreign_and_repeated_elements_are_blanked() -> None:
    buffer = _buffer(b"\x51no" + NUMBER + NUMBER)
    layout = read(buffer, 12, 40)
    assert layout is not None
    assert bytes(buffer[16:28]) == bytes(3) + NUMBER + bytes(6)
    assert not _known(layout, _buffer(b"\x51no" + NUMBER + NUMBER)), "each has to be blanked"
    two_bytes = _buffer(b"\x03\x02de", profile=0x1000)
    assert read(two_bytes, 12, 40) is not None
    assert bytes(two_bytes[16:20]) == bytes(4)


def test_a_long_extension_is_never_known_again() -> None:
    layout = read(_buffer(LEVEL + SEND_TIME + NUMBER + MID + bytes(8)), 12, 60)
    assert layout is not None
    assert layout.start == 0
    assert layout.number


def test_an_extension_longer_than_its_packet_has_no_layout() -> None:
    buffer = _buffer(LEVEL + SEND_TIME + NUMBER + MID)
    assert read(buffer, 12, 27) is None
    assert read(buffer, 12, 15) is None


@given(body=st.binary(max_size=40), profile=st.sampled_from([0xBEDE, 0x1000]))
def test_what_was_read_once_reads_the_same_again(body: bytes, profile: int) -> None:
    buffer = _buffer(body, profile)
    layout = read(buffer, 12, 200)
    assert layout is not None
    left = bytes(buffer)
    assert _known(layout, buffer)
    assert read(buffer, 12, 200) == layout
    assert bytes(buffer) == left
    assert left[layout.end :] == bytes(_buffer(body, profile)[layout.end :])
