"""How much repair one party may cause: a small NACK asks for many large packets, and must not multiply."""

from typing import Final

SHARE: Final = 0.5
"""Of what is forwarded to a party, spent on repairs at most."""
SHARE_WHEN_FULL: Final = 0.1
"""The same while the connection is known to be limited: there, repairs would push out what is new."""
BURST: Final = 128 * 1024
"""Octets of repairs at once."""
BURST_WHEN_FULL: Final = 8 * 1024


class Allowance:
    """A token bucket of octets."""

    __slots__ = ("_earned_at", "octets")

    def __init__(self) -> None:
        self.octets = float(BURST)
        self._earned_at: float | None = None

    def earn(self, forwarded: float, now: float, *, full: bool) -> None:
        """Each tick; `forwarded` to the party, bit/s, `full` if that is about what its connection carries."""
        share, burst = (SHARE_WHEN_FULL, BURST_WHEN_FULL) if full else (SHARE, BURST)
        if self._earned_at is not None:
            self.octets = min(burst, self.octets + share * forwarded / 8 * (now - self._earned_at))
        self._earned_at = now
