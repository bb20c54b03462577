"""Calls of six as a section of the page: what comes to each party, and what it costs beside calls of two."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from media.streams import AUDIO_SLOTS, VIDEO_SLOTS
from tests.bench.media.rig import Window
from tests.bench.media.table import table

_HEAD: Final = f"""## Calls of six

Six parties, each sending as above. To each of them go the videos of all {VIDEO_SLOTS} others and the audio of \
{AUDIO_SLOTS}: some 665 packets a second, so that one such call forwards as many packets as thirteen calls of two.
"""


def section(groups: dict[int, list[Window]], pairs: dict[int, list[Window]]) -> str:
    """`groups` by number of calls of six, `pairs` by number of calls of two."""
    rows = [
        *(_row(f"{calls} of six", runs) for calls, runs in groups.items()),
        *(_row(f"{calls} of two", pairs[calls]) for calls in (13, 40) if groups and calls in pairs),
    ]
    head = ["calls", "videos", "audios", "CPU-s a call-minute", "CPU us a packet", "p50 ms", "p99 ms", "lost %", "runs"]
    return "\n".join([_HEAD, table(head, rows)]) if rows else ""


def _row(what: str, runs: Sequence[Window]) -> list[str]:
    return [
        what,
        str(min(run.videos for run in runs)),
        str(min(run.audios for run in runs)),
        f"{median(run.cpu_s_per_call_min for run in runs):.2f}",
        f"{median(run.cpu_us_per_packet for run in runs):.1f}",
        f"{median(run.p50_ms for run in runs):.2f}",
        f"{median(run.p99_ms for run in runs):.1f}",
        f"{median(run.loss_percent for run in runs):.2f}",
        str(len(runs)),
    ]
