"""What the way to a party carries, learned from what it reports: transport-cc feedback, else its loss and REMB.

The way counts as unlimited until it has been seen full. It is full when packets queue on it (the least delay of a
period lies 100 ms above the least of the last ten seconds, and is not falling) or when more than 10 % are lost over
some two seconds: then the estimate is 85 % of what arrived. Otherwise it grows by 8 % a second, and is never less than
85 % of what arrives. Random loss below 10 % is repaired, not obeyed: radio links have it at any rate.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

UNLIMITED: Final = 8_000_000.0
"""bit/s; five videos of 1.5 Mbit/s. An estimate that has grown to this is no limit any more."""
FLOOR: Final = 50_000.0
SENT_KEPT: Final = 4096
"""Packets whose sending time and size are remembered; a power of two, and above ten seconds of a call."""
PERIOD: Final = 0.5
"""s between two calls of `estimate_anew`."""
_TICK: Final = 0.00025
_FULL_LOSS: Final = 0.1
_FULL_DELAY: Final = 0.1
_FALLING: Final = 0.01
_GROWTH: Final = 1.04
_AFTER_FULL: Final = 0.85
_MIN_PACKETS: Final = 10
_SMOOTHING: Final = 0.25
_SETTLING: Final = 3
"""Periods after a measure in which what is reported still tells of the time before it."""


class Downlink:
    """`Leg.on_rtp` numbers packets and writes `sent_at` and `sizes` by number modulo `SENT_KEPT`."""

    __slots__ = (
        "_arrived", "_delay", "_delay_before", "_delays", "_feeds", "_lost", "_received", "_remb", "_reported_loss",
        "_settling", "estimate", "loss", "number", "repaired", "sent_at", "sizes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.number = 0
        self.sent_at = [0.0] * SENT_KEPT
        self.sizes = [0] * SENT_KEPT
        self.estimate = UNLIMITED
        """bit/s."""
        self.loss = 0.0
        """Fraction, smoothed over some two seconds."""
        self.repaired = 0
        """Octets sent in this period as repairs, which are not numbered."""
        self._feeds = False
        self._settling = 0
        self._received = self._lost = self._arrived = 0
        self._delay: float | None = None
        self._delay_before = 0.0
        self._delays: deque[float] = deque(maxlen=int(10 / PERIOD))
        self._reported_loss: float | None = None
        self._remb: float | None = None

    def on_feedback(self, base: int, arrivals: Sequence[int | None]) -> None:
        """Transport-cc feedback: arrivals in units of 250 us, `None` for what did not come."""
        self._feeds = True
        sizes, sent_at = self.sizes, self.sent_at
        for number, arrival in enumerate(arrivals, base):
            place = number & (SENT_KEPT - 1)
            size = sizes[place]
            if not size or (self.number - number) & 0xFFFF >= SENT_KEPT:
                continue
            if arrival is None:
                self._lost += 1
                continue
            sizes[place] = 0
            self._received += 1
            self._arrived += size
            delay = arrival * _TICK - sent_at[place]
            if self._delay is None or delay < self._delay:
                self._delay = delay

    def on_loss(self, fraction: float) -> None:
        """The worst loss a receiver report of this period tells, for parties without transport-cc."""
        self._reported_loss = max(fraction, self._reported_loss or 0.0)

    def on_remb(self, bitrate: float) -> None:
        """The party's own estimate. It is capped near what it receives, so only one below that says anything.

        One that also sends feedback estimates from our repairs alone, the only packets without a number.
        """
        if not self._feeds:
            self._remb = bitrate

    @property
    def limited(self) -> bool:
        """Whether the way has been seen full, and has not grown out of it since."""
        return self.estimate < UNLIMITED

    def estimate_anew(self, forwarded: float, seconds: float) -> None:
        """Each `PERIOD`: close it; it took `seconds`, and `forwarded` is what went to the party, bit/s."""
        queued = self._queued()
        told = self._received + self._lost
        arrived = self._arrived * 8 / seconds
        if told:
            fraction = self._lost / told
            self._lose(fraction)
            arrived += self.repaired * 8 / seconds * (1 - fraction)
        elif self._reported_loss is not None:
            self._lose(self._reported_loss)
            arrived = forwarded * (1 - self.loss)
            told = _MIN_PACKETS
        if self._settling:
            self._settling -= 1
        elif self._remb is not None and self._remb < 0.85 * forwarded:
            self.estimate = max(FLOOR, min(self.estimate, self._remb))
        elif told >= _MIN_PACKETS and (queued or self.loss > _FULL_LOSS):
            self.estimate = max(FLOOR, min(self.estimate, _AFTER_FULL * arrived))
        else:
            # Feedback of two periods may come in one, so that more seems to arrive than was sent.
            self.estimate = min(UNLIMITED, max(_GROWTH * self.estimate, _AFTER_FULL * min(arrived, forwarded)))
        self._received = self._lost = self._arrived = self.repaired = 0
        self._delay = self._reported_loss = self._remb = None

    def settle(self) -> None:
        """A measure has been taken: let it work before the estimate moves again."""
        self._settling = _SETTLING
        self.loss = 0.0

    def _lose(self, fraction: float) -> None:
        self.loss += (fraction - self.loss) * _SMOOTHING

    def _queued(self) -> bool:
        """Whether packets stood in a queue all through this period, and it was not getting shorter."""
        delay = self._delay
        if delay is None:
            return False
        if self._delays and abs(delay - self._delays[-1]) > 10:
            # The party's clock jumped, or its 24-bit reference time wrapped.
            self._delays.clear()
        falling = delay < self._delay_before - _FALLING
        self._delay_before = delay
        self._delays.append(delay)
        return delay - min(self._delays) > _FULL_DELAY and not falling
