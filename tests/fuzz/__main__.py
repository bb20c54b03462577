"""`python -m tests.fuzz [--frames 1000000] [--seed N]`: malformed frames until the count is reached."""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from tests.fuzz.attack import attack


def main() -> int:
    """Attack; 1 if the hub was not sound afterwards."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time()))
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="fuzz-") as folder:
        outcome = asyncio.run(attack(chosen.frames, chosen.seed, Path(folder)))
    print(f"seed {chosen.seed}\n{outcome}")
    return 0 if outcome.sound else 1


if __name__ == "__main__":
    sys.exit(main())
