"""How much repair one party may cause: a small NACK asks for many large packets, and must not multiply."""

from typing import Final

SHARE: Final = 0.5
"""Of what is forwarded to a party, spent on repairs at most."""
BURST: Final = 128 * 1024
"""Octets of repairs at once."""


class Allowance:
    """A token bucket of octets."""

    __slots__ = ("_earned_at", "octets")

    def __init__(self) -> None:
        self.octets = float(BURST)
        self._earned_at: float | None = None

    def earn(self, forwarded: float, now: float) -> None:
        """Each tick; `forwarded` to the party, bit/s."""
        if self._earned_at is not None:
            self.octets = min(BURST, self.octets + SHARE * forwarded / 8 * (now - self._earned_at))
        self._earned_at = now
