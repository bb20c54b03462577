"""What is written can be read again, and the beginning has its constant size."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.recording.ebml import elements, read_size, size
from media.recording.manifest import VideoFormat
from media.recording.matroska import VP8_HINT, Block, Cue, Outline, beginning, blocks, cluster, cues
from media.recording.sealed import HEAD_BYTES, About
from media.recording.sealing import MAX_CHUNK
from media.recording.tally import Tally
from media.streams import CodecName, Kind

AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
H264 = VideoFormat(codec=CodecName.H264, width=1280, height=720, private=bytes(520))
BLOCKS = st.builds(
    Block, st.integers(0, 30_000), st.sampled_from(Kind), st.booleans(), st.binary(min_size=1, max_size=300)
)


@given(number=st.integers(0, 2**50))
def test_sizes_round_trip(number: int) -> None:
    stored = size(number)
    assert read_size(stored + b"rest", 0) == (number, len(stored))
    assert read_size(size(number, 8), 0) == (number, 8)


@given(st.integers(0, 2**40), st.lists(BLOCKS, max_size=20))
def test_clusters_round_trip(at_ms: int, held: list[Block]) -> None:
    moved = [block._replace(at_ms=block.at_ms + at_ms) for block in held]
    assert list(blocks(cluster(at_ms, moved))) == moved


@pytest.mark.parametrize("video", [None, VP8_HINT, H264])
@pytest.mark.parametrize("audio", [True, False])
def test_the_beginning_has_its_size_whatever_it_declares(video: VideoFormat | None, audio: bool) -> None:
    growing = Outline(video, audio, AT)
    ended = Outline(video, audio, AT, 1234.5, 99_000, 100_000)
    for outline in (growing, ended):
        assert len(beginning(outline)) == HEAD_BYTES
    assert (video is H264) == (b"matroska" in beginning(ended)[:60])


def test_positions_lead_where_they_should() -> None:
    outline = Outline(VP8_HINT, True, AT, 1000.0)
    cluster_bytes = cluster(0, [Block(0, Kind.VIDEO, True, b"x" * 50)])
    index = cues([Cue(0, Kind.VIDEO, HEAD_BYTES)], outline)
    cues_at = HEAD_BYTES + len(cluster_bytes)
    whole_size = cues_at + len(index)
    whole = beginning(Outline(VP8_HINT, True, AT, 1000.0, cues_at, whole_size)) + cluster_bytes + index
    head, segment = elements(whole)
    assert segment.end == len(whole) == whole_size
    places = {element.ident: element.start for element in elements(whole, segment.start, segment.end)}
    assert list(places) == [0x114D9B74, 0x1549A966, 0x1654AE6B, 0xEC, 0x1F43B675, 0x1C53BB6B]
    seek_head = next(elements(whole, segment.start, segment.end))
    for seek in elements(whole, seek_head.start, seek_head.end):
        wanted, place = (whole[field.start : field.end] for field in elements(whole, seek.start, seek.end))
        at = segment.start + int.from_bytes(place, "big")
        assert whole[at : at + len(wanted)] == wanted
    assert head.start < segment.start


def test_key_frames_without_end_leave_an_index_of_one_chunk() -> None:
    tally = Tally("alice.1", About(part=1, started_at=AT, video=VP8_HINT))
    for number in range(60_000):
        block = Block(number * 1_000, Kind.VIDEO, True, b"x")
        tally.lanes[Kind.VIDEO].advance(block)
        tally.flushed(block.at_ms, [block], 500_000)
        dense = Block(number * 1_000 + 33, Kind.VIDEO, True, b"x")
        tally.flushed(dense.at_ms, [dense], 500_000)
    ending = tally.ending(complete=True)
    assert 30_000 * 10 < len(ending.cues) <= MAX_CHUNK
    assert len(ending.beginning) == HEAD_BYTES


@given(st.binary(max_size=60))
def test_damaged_clusters_raise_value_errors_only(data: bytes) -> None:
    try:
        list(elements(data))
    except ValueError:
        pass
