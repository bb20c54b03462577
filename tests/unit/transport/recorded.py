"""Answers of browsers, as files; a leading line with `#` says where one is from."""

from pathlib import Path

from media.streams import H264, OPUS, VP8
from media.transport.answer import Answer, read_answer
from media.transport.offer import new_slots

FOLDER = Path(__file__).parent / "answers"
NAMES = ("chromium_vp8", "chromium_h264", "firefox", "safari", "without_rtx")
SLOTS = new_slots()
CODECS = (OPUS, VP8, H264)


def recorded(name: str) -> str:
    """The description alone."""
    with (FOLDER / f"{name}.sdp").open(newline="") as file:
        return "".join(line for line in file if not line.startswith("#"))


def read(text: str) -> Answer:
    """As an answer to an offer of all codecs."""
    return read_answer(text, SLOTS, CODECS)
