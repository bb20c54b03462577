"""Token buckets: how often one person (or one address, before sign-in) may use one command."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from models.errors import TooFast
from models.events.base import Rate

MAX_BUCKETS: Final = 100_000


class Rates:
    """Buckets by (who, command), kept for the most recently active ones; a forgotten bucket is a full one."""

    def __init__(self, clock: Callable[[], float], scale: float = 1.0) -> None:
        self._clock = clock
        self._scale = scale
        self._buckets: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def take(self, who: str, what: str, rate: Rate) -> None:
        """Use one token, or raise `TooFast` with the time until there is one."""
        now = self._clock()
        per_s, burst = rate.per_s * self._scale, rate.burst * self._scale
        key = (who, what)
        bucket = self._buckets.get(key)
        if bucket is None:
            self._buckets[key] = [burst - 1.0, now]
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
            return
        tokens = min(burst, bucket[0] + (now - bucket[1]) * per_s)
        bucket[1] = now
        if tokens < 1.0:
            bucket[0] = tokens
            raise TooFast(after_ms=int((1.0 - tokens) / per_s * 1000) + 1)
        bucket[0] = tokens - 1.0
        self._buckets.move_to_end(key)
