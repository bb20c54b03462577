"""The shared examples: one file per command and fact, validated by the models and fed to the client's reducers."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path("tests/contract/fixtures")


def command_fixture(root: Path, name: str) -> dict[str, Any] | None:
    """`{payload, reply}` of a command; None when there is no such file."""
    return _read(root / FOLDER / "commands" / f"{name}.json")


def fact_fixture(root: Path, name: str) -> dict[str, Any] | None:
    """The envelope of a fact, as a client receives it; None when there is no such file."""
    return _read(root / FOLDER / "facts" / f"{name}.json")


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    fixture: dict[str, Any] = json.loads(path.read_text())
    return fixture
