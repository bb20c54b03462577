"""`python -m tests.fuzz [--frames 1000000] [--api 60] [--seed N]`: malformed frames, then every HTTP operation.

`--api`: at most so many generated cases of each operation, role and phase; 0 leaves the HTTP door alone.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from models.enums import Role
from tests.fuzz.api import PHASES, Round, examine
from tests.fuzz.attack import attack


def main() -> int:
    """Attack; 1 if the hub was not sound afterwards."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--api", type=int, default=60, metavar="EXAMPLES")
    parser.add_argument("--seed", type=int, default=int(time()))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    sound = _frames(chosen.frames, chosen.seed) if chosen.frames else True
    if chosen.api:
        sound = _api(chosen.api, chosen.seed) and sound
    return 0 if sound else 1


def _frames(count: int, seed: int) -> bool:
    with TemporaryDirectory(prefix="fuzz-") as folder:
        outcome = asyncio.run(attack(count, seed, Path(folder)))
    print(outcome, flush=True)
    return outcome.sound


def _api(examples: int, seed: int) -> bool:
    # The administrator comes last: accounts and relationships do not survive that round as they were.
    rounds = [Round(role, PHASES, examples) for role in sorted(Role, key=lambda role: role is Role.ADMIN)]
    with TemporaryDirectory(prefix="fuzz-") as folder:
        survey = asyncio.run(examine(rounds, seed, Path(folder)))
    print(*survey.troubles, f"{survey.cases} cases over HTTP, {survey.hub}", sep="\n", flush=True)
    return not survey.troubles


if __name__ == "__main__":
    sys.exit(main())
