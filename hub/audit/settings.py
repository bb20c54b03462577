"""Bounds and times of the audit chains."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """The defaults are the promise; tests shorten the times."""

    batch_rows: int = 200
    waiting_rows: int = 8192
    """Rows accepted but not yet durable; beyond it callers are told to try again at once."""
    attempt_s: float = 2.0
    """How long one insert or read may take."""
    wait_s: float = 4.0
    """How long a caller waits, within one attempt more. The row itself stays queued until it is durable."""
    head_every_s: float = 0.25
    """How often the head of the chain is written at most: the window in which a cut of the tail leaves no trace."""
    seal_rows: int = 1000
    """A seal is due after so many rows, however early."""
