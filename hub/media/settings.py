"""Which media processes there are, and how they are reached."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """A slice of the hub's settings."""

    secret: bytes
    processes: int = 0
    """Started and supervised by this node."""
    urls: tuple[str, ...] = ()
    """Of processes that somebody else runs."""
    folder: Path = Path(".data/media")
    """Where the Unix sockets of our own processes are."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Settings of our own processes (`media.settings`), beside secret and address."""
    certificates: Path | None = None
    """Authorities of `wss` addresses, PEM; None: those of the system."""


def default_processes() -> int:
    """One per core, less one for the hub itself."""
    return max(1, (os.cpu_count() or 1) - 1)
