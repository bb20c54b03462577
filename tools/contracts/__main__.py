"""`python -m tools.contracts` writes what is generated from the catalogue; `--check` fails when it has drifted."""

import argparse
import sys

from tools.contracts import ROOT
from tools.contracts.files import drifted, generated


def main() -> int:
    """Write, or compare."""
    parser = argparse.ArgumentParser(prog="python -m tools.contracts", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail and list what has drifted")
    if parser.parse_args().check:
        wrong = drifted()
        for path in wrong:
            print(f"{path.relative_to(ROOT)} is not what the models say: run `python -m tools.contracts`")
        return 1 if wrong else 0
    for path, content in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text() != content:
            path.write_text(content)
            print(f"wrote {path.relative_to(ROOT)}")
    return 0


sys.exit(main())
