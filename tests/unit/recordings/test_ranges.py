"""Range headers of every kind (RFC 9110, 14.1.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.recordings.ranges import Span, Unsatisfiable, requested

WHOLE = Span(0, 100, partial=False)


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1), ("bytes=99-", 99, 100), ("bytes=-1", 99, 100), ("bytes=-100", 0, 100),
        ("bytes=-101", 0, 100), ("bytes=10-1000", 10, 100), ("BYTES=1-2", 1, 3), ("bytes= 1-2 ", 1, 3),
    ],
)  # fmt: skip
def test_a_single_range(header: str, start: int, end: int) -> None:
    assert requested(header, 100) == Span(start, end, partial=True)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=2-1", "bytes=1-2,4-5", "lines=1-2", "bytes=１-２", "bytes=+1-2",
     "bytes=0x1-2", "bytes=1 -2", "bytes=1-2;", "bytes=" + "0" * 60 + "-1"],
)  # fmt: skip
def test_what_is_malformed_or_more_than_one_is_ignored(header: str | None) -> None:
    assert requested(header, 100) == WHOLE


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_what_begins_beyond_the_end_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        requested(header, 100)


@given(
    st.one_of(st.text(max_size=80), st.from_regex(r"bytes=\d{0,30}-\d{0,30}", fullmatch=True)), st.integers(1, 1 << 40)
)
def test_whatever_is_asked_stays_within_the_file(header: str, size: int) -> None:
    try:
        span = requested(header, size)
    except Unsatisfiable:
        return
    assert 0 <= span.start < span.end <= size
