"""Chromium to Chromium as a section of the page, judged by its targets."""

from collections.abc import Sequence
from typing import Final

from tests.bench.media.chromium import SECONDS, TARGET_KBPS, Pair, Stream
from tests.bench.media.table import table

FLOORS_S: Final = {0.0: (3.0, 2.0), 0.02: (6.0, 3.0)}
"""By loss: within how many seconds 1.2 Mbit/s must be reached, at the least and at best."""

_HEAD: Final = f"""## Chromium to Chromium

Two pages in one headless Chromium, each sending a canvas of 640x480 with 60 squares that move, 30 frames a second, \
with the limits of the web client (1.5 Mbit/s), and a tone, through a media process. Loss is made by the kernel, each \
way of each leg. *allowed* is when, after its connection, congestion control first let a page send {TARGET_KBPS} \
kbit/s, *reached* when it first had done so for one second; then what it sent in single seconds, and in the last five \
of {SECONDS}. Nothing is pinned: encoders, decoders and the relay share the machine with whatever the load average \
shows, and an encoder that gets no core sends less than it may.
"""


def line(pair: Pair) -> str:
    """One call in rows of the terminal."""
    return "\n".join(f"pages {' '.join(row)}" for row in _rows(pair))


def section(pairs: Sequence[Pair]) -> str:
    """Every run, and the verdict over all of them."""
    if not pairs:
        return ""
    ordered = sorted(pairs, key=lambda pair: pair.loss)
    head = [
        "loss", "page", "allowed s", "reached s", "2nd second", "3rd", "6th", "last five", "frames/s seen", "frozen s",
        "size", "load",
    ]  # fmt: skip
    rows = [row for pair in ordered for row in _rows(pair)]
    verdicts = [_verdict(loss, [pair for pair in ordered if pair.loss == loss]) for loss in FLOORS_S]
    judged = table(
        ["1.2 Mbit/s", "last allowed, s", "last reached, s", "floor", "aim", "verdict"],
        [row for row in verdicts if row],
    )
    return "\n".join([_HEAD, table(head, rows), judged])


def _rows(pair: Pair) -> list[list[str]]:
    return [
        [
            f"{pair.loss:.0%}", joined, f"{stream.allowed_s:.1f}", f"{stream.reached_s:.1f}",
            *(f"{stream.kbps[at - 1]:.0f}" for at in (2, 3, 6)), f"{stream.later:.0f}",
            f"{stream.frames_per_s:.1f}", f"{stream.frozen_s:.1f}", stream.size, f"{pair.load:.1f}",
        ]
        for joined, stream in zip(("first", "second"), pair.streams, strict=True)
    ]  # fmt: skip


def _verdict(loss: float, pairs: Sequence[Pair]) -> list[str]:
    streams: list[Stream] = [stream for pair in pairs for stream in pair.streams]
    if not streams:
        return []
    floor, aim = FLOORS_S[loss]
    slowest = max(stream.reached_s for stream in streams)
    late = sum(stream.reached_s > floor for stream in streams)
    verdict = f"**missed** by {late} of {len(streams)}" if late else "floor reached"
    return [
        "on a clean path" if not loss else f"at {loss:.0%} loss",
        f"{max(stream.allowed_s for stream in streams):.1f}", f"{slowest:.1f}", f"{floor:g}", f"{aim:g}",
        "aim reached" if slowest <= aim else verdict,
    ]  # fmt: skip
