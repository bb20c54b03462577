"""`python -m tests.bench.media [--quick] [--only SIDE…]`: calls per core and added latency, to `docs/benchmarks.md`.

Every side runs on core 0, the load on core 1, one after the other, three times around (`--rounds`).
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from tests.bench.media import chromium, loss, pages, report, rig
from tests.bench.media.picture import Loop, make_loop
from tests.bench.page import write_calls

Open = Callable[[str, Path], AbstractAsyncContextManager[rig.Server]]


@dataclass(frozen=True, slots=True)
class Side:
    """One server under so many calls."""

    name: str
    calls: int
    open: Open
    parties: int = 2


SIDES: Final = (
    Side(report.NAIVE, 1, lambda host, folder: rig.naive(host, None)),
    Side(report.NAIVE_R, 1, rig.naive),
    Side(report.OURS, 10, lambda host, folder: rig.ours(host, folder, record=False)),
    Side(report.OURS_R, 10, lambda host, folder: rig.ours(host, folder, record=True)),
    Side(report.JANUS, 10, lambda host, folder: rig.janus_server(host, folder, record=False)),
    Side(report.OURS, 13, lambda host, folder: rig.ours(host, folder, record=False)),
    Side(report.SIX, 1, lambda host, folder: rig.ours(host, folder, record=False), parties=6),
    Side(report.OURS, 40, lambda host, folder: rig.ours(host, folder, record=False)),
    Side(report.SIX, 3, lambda host, folder: rig.ours(host, folder, record=False), parties=6),
    Side(report.JANUS, 40, lambda host, folder: rig.janus_server(host, folder, record=False)),
    Side(report.OURS_R, 40, lambda host, folder: rig.ours(host, folder, record=True)),
    Side(report.JANUS_R, 40, lambda host, folder: rig.janus_server(host, folder, record=True)),
    *(Side(report.OURS, calls, lambda host, folder: rig.ours(host, folder, record=False)) for calls in (60, 80, 100)),
    *(Side(report.OURS_R, calls, lambda host, folder: rig.ours(host, folder, record=True)) for calls in (60, 80)),
)

PAGES: Final = "pages"
"""The side of two Chromium pages: one call on a clean path and one on a lossy one, four times."""


def main() -> int:
    """Run, print, and write the page unless only a part was run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.media", description="Calls per core.")
    parser.add_argument("--quick", action="store_true", help="one short run of each")
    parser.add_argument("--rounds", type=int, default=3, help="how often around; three unless time is short")
    parser.add_argument("--only", nargs="+", metavar="SIDE", help="these sides only: NAME or NAME@CALLS")
    chosen = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        print("needs two cores: one for the server, one for the load", file=sys.stderr)
        return 1
    wanted = [side for side in SIDES if not chosen.only or {side.name, f"{side.name}@{side.calls}"} & {*chosen.only}]
    results = uvloop.run(_run(wanted, rounds=1 if chosen.quick else chosen.rounds, seconds=6 if chosen.quick else 12))
    browsing = not chosen.only or PAGES in chosen.only
    pairs = uvloop.run(_browse(rounds=1 if chosen.quick else chosen.rounds + 1)) if browsing else []
    text = report.section(results, pairs, " ".join(["python -m tests.bench.media", *sys.argv[1:]]))
    if chosen.quick or chosen.only:
        print(text)
    else:
        write_calls(text)
    return 0


async def _run(sides: list[Side], rounds: int, seconds: float) -> report.Results:
    results: report.Results = {}
    if not sides:
        return results
    loop, host = make_loop(), rig.host_address()
    rig.pin_load()
    for _ in range(rounds):
        for side in sides:
            window = await _measured(side, host, loop, seconds)
            results.setdefault((side.name, side.calls), []).append(window)
            print(f"{side.name:<14} {report.line(window)}", flush=True)
    return results


async def _browse(rounds: int) -> list[chromium.Pair]:
    rig.unpin()
    losses = chromium.LOSSES if loss.POSSIBLE else (0.0,)
    pairs: list[chromium.Pair] = []
    for _ in range(rounds):
        for share in losses:
            pairs.append(await chromium.measure(share))
            print(pages.line(pairs[-1]), flush=True)
    return pairs


async def _measured(side: Side, host: str, loop: Loop, seconds: float) -> rig.Window:
    with tempfile.TemporaryDirectory(prefix="calls-") as folder:
        async with side.open(host, Path(folder)) as server:
            return await rig.measure(server, host, loop, side.calls, seconds, side.parties)


if __name__ == "__main__":
    sys.exit(main())
