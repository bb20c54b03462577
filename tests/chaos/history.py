"""What clients saw and were promised, recorded as it happened."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Acked:
    """A command that was answered with a position."""

    stream: str
    n: int
    cid: str
    user_id: str
    device_id: str
    order: int
    """The how-many-eth command of this device on this stream it was."""
    dup: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event as a client took it over."""

    stream: str
    n: int
    cid: str
    by: str
    digest: bytes
    run: int
    """Deliveries of one run are contiguous; a reset or a loss of the right begins another."""


@dataclass
class History:
    """Everything of one trial."""

    acked: list[Acked] = field(default_factory=list)
    delivered: dict[str, list[Delivered]] = field(default_factory=dict)
    """By device."""
    refused: dict[str, int] = field(default_factory=dict)
    """Final refusals by code; none is expected except where a right ended."""
    resent: int = 0
    pushed: int = 0
    """Live pushes that were held against the position that was due."""
    disorder: list[str] = field(default_factory=list)
    """Pushes that came in another order, twice, or after a hole, as the hub sent them."""
    drops: int = 0
    faults: dict[str, int] = field(default_factory=dict)
