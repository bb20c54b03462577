"""`python -m tools.suites test|check`: run every suite or check, then say in one place how each ended."""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PYTHON: Final = sys.executable
BIN: Final = Path(PYTHON).parent
PYTEST: Final = (PYTHON, "-m", "pytest", "-q")
WORKERS: Final = "3"
"""One more than the two cores this is measured on: integration tests mostly wait, for elections, leases, kills."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command and the folder it runs in."""

    name: str
    command: tuple[str, ...]
    folder: str = "."
    deadline_s: int = 900


SUITES: Final = {
    "test": (
        Step("unit", (*PYTEST, "tests/unit")),
        Step("contract", (*PYTEST, "tests/contract")),
        Step("integration", (*PYTEST, "tests/integration", "-n", WORKERS, "--dist", "loadfile")),
        Step("web client", ("npm", "test", "--silent"), "web"),
        Step("browser", (*PYTEST, "tests/e2e")),
        Step("chaos, 20 rounds", (PYTHON, "-m", "tests.chaos", "--rounds", "20")),
        Step("fuzz", (*PYTEST, "tests/fuzz")),
    ),
    "check": (
        Step("lint", (str(BIN / "ruff"), "check", ".")),
        Step("format", (str(BIN / "ruff"), "format", "--check", ".")),
        Step("conventions", (PYTHON, "-m", "tools.lints")),
        Step("import contract", (str(BIN / "lint-imports"), "--cache-dir", ".import_linter_cache")),
        Step("contract drift", (PYTHON, "-m", "tools.contracts", "--check")),
        Step("types", (str(BIN / "mypy"),)),
        Step("web client", ("npm", "run", "--silent", "check"), "web"),
    ),
}


def main() -> int:
    """All of them, also after one failed: a developer wants the whole picture."""
    parser = argparse.ArgumentParser(prog="python -m tools.suites", description=__doc__)
    parser.add_argument("which", choices=SUITES)
    steps = SUITES[parser.parse_args().which]
    ended = [_run(step) for step in steps]
    print()
    for step, (trouble, seconds) in zip(steps, ended, strict=True):
        print(f"  {trouble or 'ok':<10}{step.name:<24}{seconds:7.1f} s")
    failed = sum(trouble is not None for trouble, _ in ended)
    total = sum(seconds for _, seconds in ended)
    print(f"\n{f'{failed} of {len(steps)} failed' if failed else 'everything passed'}, {total:.0f} s", flush=True)
    return 1 if failed else 0


def _run(step: Step) -> tuple[str | None, float]:
    print(f"\n── {step.name} ──", flush=True)
    started = time.monotonic()
    try:
        status = subprocess.run(step.command, cwd=ROOT / step.folder, check=False, timeout=step.deadline_s).returncode
        trouble = None if status == 0 else "FAILED"
    except subprocess.TimeoutExpired:
        trouble = "TOO SLOW"
    except FileNotFoundError:
        trouble = "MISSING"
    return trouble, time.monotonic() - started


sys.exit(main())
