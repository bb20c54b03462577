"""Skip what was done already: a stamp holds the hash of everything the work depended on."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(paths: Iterable[Path], *words: str) -> str:
    """One hash over the words, and over the names and contents of the files, in a stable order."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        total.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def is_current(stamp: Path, content: str) -> bool:
    """Whether the work behind this stamp was finished with this very content."""
    try:
        return stamp.read_text() == content
    except FileNotFoundError:
        return False


def finish(stamp: Path, content: str) -> None:
    """Written last, so that work that broke off is done again."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(content)
