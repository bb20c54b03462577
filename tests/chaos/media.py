"""`python -m tests.chaos.media [--rounds 50] [--seed N]`: kill media processes under recorded calls.

Each round kills one of two real processes at a random moment. Its calls go on in the other one, recorded as their next
part; in the end every file of every part is opened, repaired, decoded, and held against what was sent.
"""

import argparse
import asyncio
import logging
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import structlog

from tests.chaos.media_calls import killed
from tests.chaos.media_files import Findings, examine

CALLS: Final = 2
FLOWS_AGAIN_S: Final = 5.0


@dataclass
class Verdict:
    """Of one trial."""

    rounds: int
    findings: Findings
    parts: int
    recovered_s: list[float]

    @property
    def problems(self) -> list[str]:
        """Every violation in words."""
        late = [f"media flowed again only after {took:.2f} s" for took in self.recovered_s if took > FLOWS_AGAIN_S]
        return [*self.findings.problems, *late]

    def summary(self) -> str:
        """In lines for people."""
        found = self.findings
        lost = ", ".join(
            f"{kind} {median(values) * 1000:.0f} ms, at most {max(values) * 1000:.0f} ms"
            for kind, values in found.lost_s.items()
            if values
        )
        back = self.recovered_s
        return "\n".join(
            [
                f"{self.rounds} kills, {len(back)} calls moved, {self.parts} parts, {found.files} files, "
                f"{found.torn} of them torn and repaired",
                f"lost before the end: {lost} (median, worst)",
                f"media again after {median(back):.2f} s, at most {max(back):.2f} s" if back else "no call was moved",
                *(
                    self.problems[:50]
                    or ["every file opens, decodes, and plays from its middle; nothing else is missing"]
                ),
            ]
        )


async def trial(rounds: int, seed: int, folder: Path, calls: int = CALLS) -> Verdict:
    """Run it."""
    clinic = await killed(rounds, seed, calls, folder)
    findings = Findings()
    for part in clinic.parts:
        await asyncio.to_thread(examine, folder / "recordings", part, findings)
    return Verdict(rounds, findings, len(clinic.parts), clinic.recovered_s)


def main() -> int:
    """Run one trial; 1 if anything was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.media")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(f"seed {chosen.seed}", flush=True)
    with TemporaryDirectory(prefix="chaos-") as folder:
        verdict = asyncio.run(trial(chosen.rounds, chosen.seed, Path(folder)))
    print(verdict.summary())
    return 1 if verdict.problems else 0


if __name__ == "__main__":
    sys.exit(main())
