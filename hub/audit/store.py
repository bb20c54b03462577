"""The second store of seals: a file of JSON lines that only grows, outside the database."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from hub.audit.seal import Seal, seal_of
from models.ids import new_id

_RECENT: Final = 200
_MODE: Final = 0o600


@dataclass(frozen=True, slots=True)
class SealFile:
    """Everything in a file of seals, for the verifier."""

    store: str
    seals: tuple[Seal, ...]
    unreadable: int
    """Lines that are no seals."""


def read_seals(path: Path) -> SealFile | None:
    """The whole file; None when there is no such file or it has lost its first line."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return None
    header = _parsed(lines[0]) if lines else None
    if header is None or not isinstance(header.get("store"), str) or "sig" in header:
        return None
    seals = [seal for line in lines[1:] if (parsed := _parsed(line)) and (seal := seal_of(parsed))]
    return SealFile(header["store"], tuple(seals), len(lines) - 1 - len(seals))


class SealStore:
    """Appends seals to this node's file. Blocking: call it in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.store = ""
        self.next_q = 1
        self.recent: tuple[Seal, ...] = ()
        """The newest seals found at opening, which a crash may have kept out of the database."""

    def open(self) -> None:
        """Take the file up where it ends, or begin one."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        found = read_seals(self._path)
        if found is None:
            if self._path.exists() and self._path.stat().st_size:
                raise RuntimeError("the file of audit seals is damaged; move it away after an `audit verify`")
            self.store = new_id()
            self._append(orjson.dumps({"store": self.store}))
            return
        if not self._path.read_bytes().endswith(b"\n"):
            # The process was killed within a write: the broken line stays for the verifier, the next begins anew.
            self._append(b"")
        self.store = found.store
        self.next_q = max((seal.q for seal in found.seals), default=0) + 1
        self.recent = found.seals[-_RECENT:]

    def add(self, seal: Seal) -> None:
        """Append one seal; on disk when this returns."""
        self._append(seal.line())
        self.next_q = seal.q + 1

    def _append(self, line: bytes) -> None:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
        try:
            os.write(descriptor, line + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        parsed = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None
