"""The figures of calls as a section of the benchmark page, judged by their targets."""

import platform
import re
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median
from typing import Final

from tests.bench.media import groups, pages
from tests.bench.media.chromium import Pair
from tests.bench.media.rig import Window
from tests.bench.media.table import table

NAIVE, NAIVE_R = "aiortc", "aiortc+rec"
OURS, OURS_R = "ours", "ours+rec"
JANUS, JANUS_R = "janus", "janus+rec"
SIX = "six"
TITLES: Final = {
    NAIVE: "aiortc `MediaRelay`", NAIVE_R: "the same with `MediaRecorder`", OURS: "ours", OURS_R: "ours, all recorded",
    JANUS: "Janus videocall", JANUS_R: "Janus, all recorded (muxed later)",
    SIX: "ours, calls of six",
}  # fmt: skip

Results = dict[tuple[str, int], list[Window]]

_HEAD: Final = """# Calls

A call is two parties, each sending VP8 at 640x480, 30 frames a second and about 800 kbit/s, and Opus at 50 packets a \
second. The server has core 0, the load core 1, over loopback. Load peers are our own, of packets; they answer every \
server the same way. Delay is that of tagged packets from the sender's call to the kernel's arrival time at the \
receiver; aiortc's pictures are decoded and recognised by a number drawn into them. What is on disk may lag behind: \
`MediaRecorder` writes 256 KiB at a time. Medians of the rounds; the sides take turns.
"""


def line(window: Window) -> str:
    """One window in a row of the terminal."""
    return (
        f"{window.calls:>3} calls  {window.cpu_s_per_call_min:6.2f} CPU-s/call-min  "
        f"{window.cpu_us_per_packet:6.1f} us/packet  core {window.core_percent:5.1f} %  "
        f"p50 {window.p50_ms:6.2f} ms  p99 {window.p99_ms:7.2f} ms  lost {window.loss_percent:5.2f} % "
        f"({window.load_loss_percent:.2f} at the load)  "
        f"{window.rss_mb_per_call:5.1f} MB/call  load late {window.late_ms:.0f} ms"
    )


def section(results: Results, pairs: Sequence[Pair], command: str) -> str:
    """Everything that was measured."""
    rows = [
        [TITLES[name], str(calls), *(f"{_median(runs, read):.{digits}f}" for read, digits in _COLUMNS), str(len(runs))]
        for (name, calls), runs in results.items()
    ]
    head = [
        "server",
        "calls",
        "CPU-s a call-minute",
        "CPU us a packet",
        "core %",
        "p50 ms",
        "p99 ms",
        "lost %",
        "lost at the load %",
        "MB a call",
        "kbit/s on disk",
        "runs",
    ]
    six, two = ({calls: runs for (of, calls), runs in results.items() if of == name} for name in (SIX, OURS))
    parts = [table(head, rows) if rows else "", _targets(results), groups.section(six, two), pages.section(pairs)]
    return "\n".join([_HEAD, _circumstances(command), *filter(None, parts)])


_COLUMNS: Final[tuple[tuple[Callable[[Window], float], int], ...]] = (
    (lambda window: window.cpu_s_per_call_min, 2),
    (lambda window: window.cpu_us_per_packet, 1),
    (lambda window: window.core_percent, 0),
    (lambda window: window.p50_ms, 2),
    (lambda window: window.p99_ms, 1),
    (lambda window: window.loss_percent, 2),
    (lambda window: window.load_loss_percent, 2),
    (lambda window: window.rss_mb_per_call, 1),
    (lambda window: window.disk_kbps_per_call, 0),
)


def _targets(results: Results) -> str:
    rows: list[list[str]] = []

    def cost(side: str, calls: int) -> float | None:
        runs = results.get((side, calls))
        return None if runs is None else _median(runs, lambda window: window.cpu_s_per_call_min)

    def judged(what: str, value: float | None, floor: float, aim: float, *, higher: bool) -> None:
        if value is not None:
            reached = [value >= mark if higher else value <= mark for mark in (floor, aim)]
            verdict = "aim reached" if reached[1] else "floor reached" if reached[0] else "**missed**"
            rows.append([what, f"{value:.2f}", f"{floor:g}", f"{aim:g}", verdict])

    def ratio(above: tuple[str, int], below: tuple[str, int]) -> float | None:
        one, other = cost(*above), cost(*below)
        return None if one is None or other is None else one / other

    for calls in (10, 40):
        judged(f"CPU of `MediaRelay` over ours at {calls} calls", ratio((NAIVE, 1), (OURS, calls)), 30, 50, higher=True)
    for calls in (10, 40):
        judged(f"the same, both recording, {calls} calls", ratio((NAIVE_R, 1), (OURS_R, calls)), 40, 60, higher=True)
    judged("our CPU over Janus', 40 calls", ratio((OURS, 40), (JANUS, 40)), 1.25, 1.0, higher=False)
    judged("most calls on a core without loss, p99 under 20 ms", _most(results, OURS), 60, 100, higher=True)
    judged("the same, all recorded", _most(results, OURS_R), 40, 80, higher=True)
    for what, key in (("p99 at 40 calls, ms", (OURS, 40)), ("the same, all recorded", (OURS_R, 40))):
        runs = results.get(key)
        judged(what, None if runs is None else _median(runs, lambda window: window.p99_ms), 5, 2, higher=False)
    runs = results.get((OURS, 40))
    judged("MB a call", None if runs is None else _median(runs, lambda window: window.rss_mb_per_call), 4, 2.5,
           higher=False)  # fmt: skip
    return "## Targets of calls\n\n" + table(["what", "measured", "floor", "aim", "verdict"], rows) if rows else ""


def _most(results: Results, side: str) -> float | None:
    """The largest number of calls tried whose median run lost nothing to speak of and stayed under 20 ms."""
    tried = {calls: runs for (name, calls), runs in results.items() if name == side}
    fine = [
        calls for calls, runs in tried.items()
        if _median(runs, lambda window: window.loss_percent) < 0.1 and _median(runs, lambda window: window.p99_ms) < 20
    ]  # fmt: skip
    return float(max(fine, default=0)) if tried else None


def _median(runs: Sequence[Window], read: Callable[[Window], float]) -> float:
    return median(read(window) for window in runs)


def _circumstances(command: str) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    janus = subprocess.run(["janus", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\(([\d.]+)\)", janus)
    return (
        f"`{command}` on {datetime.now(UTC):%Y-%m-%d}, commit {commit.strip()}, Python {platform.python_version()}, "
        f"aiortc {version('aiortc')}, Janus {found[1] if found else 'not there'}.\n"
    )
