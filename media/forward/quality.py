"""How a leg's connection does, as people and placement want to know it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Of the last second. Losses are fractions before repair; `None` where nothing has been measured yet."""

    loss_up: float
    loss_down: float
    rtt_ms: float | None
    jitter_ms: float
    kbps_up: float
    kbps_down: float
    downlink_kbps: float | None
    """What the way to the party is thought to carry; `None` while it has never been seen full."""
