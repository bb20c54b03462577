"""The chat as subtitles: WebVTT (https://www.w3.org/TR/webvtt1/)."""

import re
from collections.abc import Sequence
from typing import Final

from media.compose.job import Caption

SHORTEST_MS: Final = 2_000
LONGEST_MS: Final = 8_000
PER_CHARACTER_MS: Final = 60
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All but the ends of lines."""


def web_vtt(captions: Sequence[Caption], duration_ms: int) -> str:
    """Each message from when it was sent, as long as reading it takes."""
    cues = []
    for caption in captions:
        start = min(max(0, caption.at_ms), max(0, duration_ms - SHORTEST_MS))
        length = min(LONGEST_MS, SHORTEST_MS + PER_CHARACTER_MS * len(caption.text))
        end = max(start + 1, min(start + length, duration_ms))
        cues.append(f"{_time(start)} --> {_time(end)}\n{_text(caption)}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _text(caption: Caption) -> str:
    """Escaped, without the blank lines and arrows that would end or begin a cue."""
    plain = _CONTROL.sub(" ", f"{caption.name}: {caption.text}")
    lines = [" ".join(line.split()) for line in plain.splitlines()]
    text = "\n".join(line for line in lines if line)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{ms:03}"
