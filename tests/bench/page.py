"""`docs/benchmarks.md` has two parts, written by two commands: the hub's, and below the marker that of calls."""

from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "benchmarks.md"
MARKER: Final = "<!-- calls -->\n"


def write_hub(text: str) -> None:
    """The part above the marker; calls stay."""
    _, _, calls = _parts()
    PAGE.write_text(text.rstrip() + "\n\n" + MARKER + calls)


def write_calls(text: str) -> None:
    """The part below the marker; the hub's stays."""
    hub, _, _ = _parts()
    PAGE.write_text(hub.rstrip() + "\n\n" + MARKER + text)


def _parts() -> tuple[str, str, str]:
    return (PAGE.read_text() if PAGE.exists() else "").partition(MARKER)
