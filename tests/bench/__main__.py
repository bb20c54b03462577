"""`python -m tests.bench [--quick] [--only NAME…]`: measure the hub and its peer, and write `docs/benchmarks.md`."""

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import uvloop

from tests.bench import report
from tests.bench.clinic import Clinic
from tests.bench.page import write_hub
from tests.bench.plan import Figures, Scenario, programme
from tests.bench.report import Results
from tests.bench.rig import BenchError, open_rig


def main() -> int:
    """Run the programme; a partial or quick one is printed and does not touch the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="The hub against its Node.js peer.")
    parser.add_argument("--quick", action="store_true", help="one short run of each instead of the median of three")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these scenarios only")
    chosen = parser.parse_args()
    try:
        results, took_s = uvloop.run(_run(quick=chosen.quick, only=chosen.only))
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    page = report.page(results, took_s, command=" ".join(["python -m tests.bench", *sys.argv[1:]]))
    if chosen.quick or chosen.only:
        print(page)
    else:
        write_hub(page)
    return 0


async def _run(*, quick: bool, only: list[str] | None) -> tuple[Results, float]:
    started = perf_counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        async with open_rig(Path(directory)) as rig:
            clinic = Clinic(rig.keys)
            await clinic.seed(rig)
            results: Results = {}
            for scenario in programme(rig, clinic, quick=quick):
                if not only or scenario.name in only:
                    results[scenario.name] = await _measured(scenario, 1 if quick else 3)
    return results, perf_counter() - started


async def _measured(scenario: Scenario, repeats: int) -> dict[str, list[Figures]]:
    """Interleaved runs: one of each side in every round."""
    runs: dict[str, list[Figures]] = {side: [] for side in scenario.sides}
    for _ in range(repeats):
        for side, run in scenario.sides.items():
            figures = await run()
            runs[side].append(figures)
            shown = "  ".join(f"{name} {value:,.1f}" for name, value in figures.items())
            print(f"{scenario.name:<14} {side:<11} {shown}", flush=True)
    return runs


if __name__ == "__main__":
    sys.exit(main())
