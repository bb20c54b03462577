"""When a socket must have joined, ponged or finished its upgrade, and when it is pinged next."""

import math
from typing import Final

from hub.engine import reasons
from hub.engine.settings import EngineSettings


class Deadlines:
    """Times of one socket in `loop.time()` seconds; infinity is never."""

    __slots__ = ("_join_by", "_limits", "_ping_at", "_pong_by", "_upgrade_by")

    def __init__(self, limits: EngineSettings, now: float) -> None:
        self._limits: Final = limits
        self._ping_at = now + limits.ping_interval_s
        self._pong_by = math.inf
        self._join_by = now + limits.connect_timeout_s
        self._upgrade_by = math.inf

    def missed(self, now: float) -> str | None:
        """The reason to end the socket, if a deadline that keeps it alive has passed."""
        if now >= self._join_by:
            return reasons.CONNECT_TIMEOUT
        return reasons.PING_TIMEOUT if now >= self._pong_by else None

    def upgrade_missed(self, now: float) -> bool:
        return now >= self._upgrade_by

    def ping_due(self, now: float) -> bool:
        """Whether to ping now; the time for the answer begins to run."""
        if now < self._ping_at:
            return False
        self._ping_at = math.inf
        self._pong_by = now + self._limits.ping_timeout_s
        return True

    def ponged(self, now: float) -> None:
        """A pong arrived; one that nobody asked for changes nothing."""
        if self._pong_by < math.inf:
            self._pong_by = math.inf
            self._ping_at = now + self._limits.ping_interval_s

    def joined(self) -> None:
        """A namespace was admitted: the socket may stay."""
        self._join_by = math.inf

    def left(self, now: float) -> None:
        """Without any namespace, the time to join one runs again."""
        self._join_by = now + self._limits.connect_timeout_s

    def upgrade_began(self, now: float) -> None:
        self._upgrade_by = now + self._limits.connect_timeout_s

    def upgrade_ended(self) -> None:
        self._upgrade_by = math.inf

    def next_visit(self, now: float) -> float:
        """When to look again: in time for each deadline, and for a ping that a pong may bring forward."""
        nearest = min(self._join_by, self._pong_by, self._ping_at, self._upgrade_by)
        return min(nearest, now + self._limits.ping_interval_s)
