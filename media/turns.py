"""When the timers of each call run: every 50 ms, and not all of them at the same moment."""

from typing import Final

PERIOD_S: Final = 0.05
TURNS: Final = 10
"""Groups of calls that run one after the other: in one go, dozens of them hold up every packet for 3 ms. More groups
would wake a process with few packets more often."""


class Turns:
    """Times are `time.monotonic()`."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._turn = 0

    def add(self, call_id: str, now: float) -> None:
        """From now on the call has its turn in each period."""
        self._turn = (self._turn + 1) % TURNS
        self._due[call_id] = PERIOD_S * (now // PERIOD_S + 1 + self._turn / TURNS)

    def remove(self, call_id: str) -> None:
        """The call is over."""
        self._due.pop(call_id, None)

    def next(self, now: float) -> float:
        """When somebody's turn is, within the period."""
        return min(self._due.values(), default=now + PERIOD_S)

    def take(self, now: float) -> list[str]:
        """Whose turn it is; those who were late have their next one at its time."""
        ready = [call_id for call_id, due in self._due.items() if due <= now]
        for call_id in ready:
            self._due[call_id] += PERIOD_S * (1 + (now - self._due[call_id]) // PERIOD_S)
        return ready
