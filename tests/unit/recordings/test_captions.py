"""Chat as WebVTT: nothing anybody types breaks out of its cue."""

from io import BytesIO

import av
from hypothesis import given, settings
from hypothesis import strategies as st

from media.compose.captions import web_vtt
from media.compose.grid import cells
from media.compose.job import Caption


def cues(text: str) -> list[tuple[float, str]]:
    with av.open(BytesIO(text.encode()), "r", format="webvtt") as container:
        packets = [packet for packet in container.demux() if packet.size]
        return [(float((packet.pts or 0) * packet.time_base), bytes(packet).decode()) for packet in packets]


def test_each_message_stands_when_it_was_sent() -> None:
    text = web_vtt(
        [Caption(at_ms=1500, name="Ana", text="one"), Caption(at_ms=7_261_002, name="Bo", text="two")], 7_300_000
    )
    assert "02:01:01.002 --> " in text
    assert cues(text) == [(1.5, "Ana: one"), (7261.002, "Bo: two")]


def test_markup_arrows_and_blank_lines_are_harmless() -> None:
    hostile = "a\n\n00:00:01.000 --> 00:00:09.000\n<script>&amp;\r\rNOTE x"
    (cue,) = cues(web_vtt([Caption(at_ms=0, name="Eve", text=hostile)], 60_000))
    assert cue[1] == "Eve: a\n00:00:01.000 --&gt; 00:00:09.000\n&lt;script&gt;&amp;amp;\nNOTE x"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4))
def test_there_are_as_many_cues_as_messages(texts: list[str]) -> None:
    captions = [Caption(at_ms=number * 1000, name="x", text=text) for number, text in enumerate(texts)]
    assert len(cues(web_vtt(captions, 60_000))) == len(texts)


def test_cells_are_even_and_do_not_overlap() -> None:
    for count in range(1, 7):
        places = cells(count, 1280, 720)
        taken = {(x, y) for cell in places for x in range(cell.x, cell.x + cell.width, 2)
                 for y in range(cell.y, cell.y + cell.height, 2)}  # fmt: skip
        assert len(taken) == sum(cell.width * cell.height for cell in places) // 4
        assert all(value % 2 == 0 for cell in places for value in (cell.x, cell.y, cell.width, cell.height))
        assert all(cell.x + cell.width <= 1280 and cell.y + cell.height <= 720 for cell in places)
