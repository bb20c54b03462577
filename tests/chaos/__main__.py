"""`python -m tests.chaos [--rounds 200] [--seed N]`: kill things and see whether anything acknowledged is missing."""

import argparse
import sys
from time import time

from tests.chaos.trial import run, summary


def main() -> int:
    """Run one trial; 1 if an invariant was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time()))
    chosen = parser.parse_args()
    history, problems = run(chosen.rounds, chosen.seed, lambda line: print(line, flush=True))
    print(summary(history, problems, chosen.seed))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
