"""How busy this process is."""

import time
from typing import Final

LOAD_S: Final = 1.0


class Meter:
    """Load of the last second."""

    def __init__(self) -> None:
        self.packets_per_s = self.cpu = self.lag_ms = 0.0
        self._at, self._cpu_s, self._packets = time.monotonic(), time.process_time(), 0
        self._worst_ms = 0.0

    def late(self, ms: float) -> None:
        """How long after its time the loop came to a tick."""
        self._worst_ms = max(self._worst_ms, ms)

    def read(self, now: float, packets: int) -> None:
        """Once per tick; counts once per second."""
        passed = now - self._at
        if passed < LOAD_S:
            return
        cpu_s = time.process_time()
        self.packets_per_s, self.cpu = (packets - self._packets) / passed, (cpu_s - self._cpu_s) / passed
        self.lag_ms, self._worst_ms = self._worst_ms, 0.0
        self._at, self._cpu_s, self._packets = now, cpu_s, packets
