"""`python -m tools.lints`: every convention over every runtime file; fails when one is broken."""

import sys
from pathlib import Path, PurePosixPath

from tools.lints.rules import RUNTIME, findings

ROOT = Path(__file__).parents[2]


def main() -> int:
    """One line for each finding, in the shape editors can jump to."""
    found = [
        finding
        for folder in RUNTIME
        for path in sorted((ROOT / folder).rglob("*.py"))
        for finding in findings(PurePosixPath(path.relative_to(ROOT).as_posix()), path.read_text())
    ]
    for finding in found:
        print(f"{finding.path}:{finding.line}: {finding.sentence}")
    return 1 if found else 0


sys.exit(main())
