"""When the timers of each call run: every 50 ms, and not all of them at the same moment."""

from typing import Final

PERIOD_S: Final = 0.05
TURNS: Final = 10
"""Groups of calls that run one after the other: in one go, dozens of them hold up every packet for 3 ms. More groups
would wake a process with few packets more often."""
_STEP_S: Final = PERIOD_S / TURNS


class Turns:
    """Times are `time.monotonic()`; inside they are counted in steps, so that nobody's turn drifts."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._turn = 0

    def add(self, call_id: str, now: float) -> None:
        """From now on the call has its turn in each period."""
        self._turn = (self._turn + 1) % TURNS
        self._due[call_id] = int(now / PERIOD_S + 1) * TURNS + self._turn

    def remove(self, call_id: str) -> None:
        """The call is over."""
        self._due.pop(call_id, None)

    def next(self, now: float) -> float:
        """When the next turn is."""
        return _STEP_S * min(self._due.values()) if self._due else now + PERIOD_S

    def take(self, now: float) -> list[str]:
        """Whose turn it is; who was late has the next one at its own time again."""
        ready = [call_id for call_id, due in self._due.items() if due * _STEP_S <= now]
        for call_id in ready:
            missed = max(0, int(now / _STEP_S) - self._due[call_id]) // TURNS
            self._due[call_id] += TURNS * (1 + missed)
        return ready
