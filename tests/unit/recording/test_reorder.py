"""Packets come out once and in order; a missing one is waited for, and no longer than that."""

from hypothesis import given
from hypothesis import strategies as st

from media.recording.reorder import DEPTH, ReorderBuffer
from media.recording.rtp import RtpPacket


def _packet(sequence: int) -> RtpPacket:
    return RtpPacket(96, sequence & 0xFFFF, 0, 1, False, b"x")


def _sequences(buffer: ReorderBuffer, now: float, *, everything: bool = False) -> list[int]:
    """Sequence numbers, and the numbers of lost ones as negative figures."""
    return [
        -item if isinstance(item, int) else item.sequence for item in buffer.drain(now, everything=everything)
    ]  # fmt: skip


def test_a_missing_packet_is_waited_for_from_when_it_was_missed() -> None:
    buffer = ReorderBuffer(0.6)
    for number, at in ((1, 0.0), (2, 0.1), (4, 0.2), (5, 0.5)):
        buffer.push(_packet(number), at)
    assert _sequences(buffer, 0.5) == [1, 2]
    assert _sequences(buffer, 0.79) == []
    assert _sequences(buffer, 0.8) == [-1, 4, 5]
    buffer.push(_packet(3), 0.9)
    assert _sequences(buffer, 5.0) == []


def test_each_gap_has_its_own_wait() -> None:
    buffer = ReorderBuffer(0.6)
    for number, at in ((1, 0.0), (3, 0.1), (5, 0.5)):
        buffer.push(_packet(number), at)
    assert _sequences(buffer, 0.7) == [1, -1, 3]
    assert _sequences(buffer, 1.0) == []
    assert _sequences(buffer, 1.1) == [-1, 5]


def test_the_buffer_is_bounded() -> None:
    buffer = ReorderBuffer(1e9)
    buffer.push(_packet(0), 0.0)
    for number in range(2, DEPTH + 2):
        buffer.push(_packet(number), 0.0)
    assert len(_sequences(buffer, 0.0)) == DEPTH + 2  # 0, the gap, and everything behind it


def test_a_stream_of_nothing_but_gaps_comes_out_whole() -> None:
    buffer = ReorderBuffer(1e9)
    odd = [number & 0xFFFF for number in range(65_001, 65_001 + 2 * DEPTH, 2)]
    for number in (65_000, *reversed(odd[1:-1]), odd[0], odd[-1]):
        buffer.push(_packet(number), 0.0)
    came = _sequences(buffer, 0.0, everything=True)
    assert [number for number in came if number >= 0 and number != 65_000] == odd
    assert came.count(-1) == DEPTH - 1


def test_a_sender_that_begins_anew_is_followed_after_two_packets() -> None:
    buffer = ReorderBuffer(0.6)
    for number in (40_000, 40_001, 20_000):
        buffer.push(_packet(number), 0.0)
    assert _sequences(buffer, 0.0) == [40_000, 40_001]
    buffer.push(_packet(20_001), 0.1)
    buffer.push(_packet(20_002), 0.1)
    assert _sequences(buffer, 0.1) == [20_001, 20_002]


@given(
    order=st.permutations(range(30)),
    lost=st.sets(st.integers(1, 29), max_size=10),
    doubled=st.sets(st.integers(0, 29), max_size=5),
)
def test_any_order_comes_out_in_order(order: list[int], lost: set[int], doubled: set[int]) -> None:
    buffer = ReorderBuffer(0.6)
    buffer.push(_packet(65_530), 0.0)
    out = _sequences(buffer, 0.0)
    for number in order:
        if number not in lost:
            buffer.push(_packet(65_531 + number), 0.0)
            if number in doubled:
                buffer.push(_packet(65_531 + number), 0.0)
        out += _sequences(buffer, 0.0)
    out += _sequences(buffer, 1.0)
    expected = [(65_531 + number) & 0xFFFF for number in range(30) if number not in lost]
    assert [number for number in out if number >= 0] == [65_530, *expected]
