"""Packets back into their order, with a bounded wait for those that are missing."""

from collections.abc import Iterator
from typing import Final

from media.recording.rtp import RtpPacket

DEPTH: Final = 1024
"""Packets kept behind a missing one; at 1.5 Mbit/s some five times of what the wait lets through."""
_BACKWARDS: Final = 0x8000


class ReorderBuffer:
    """Sequence order for one stream. A gap is given up after `wait_s`, counted from the packet that showed it."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._next: int | None = None
        self._held: dict[int, tuple[RtpPacket, float]] = {}
        self._suspect: int | None = None

    @property
    def holds(self) -> bool:
        """Whether packets wait for one before them."""
        return bool(self._held)

    def passes(self, sequence: int) -> bool:
        """Whether a packet is the next one and nothing is held, as is usual; it then need not be pushed."""
        if sequence != self._next or self._held:
            return False
        self._next = (sequence + 1) & 0xFFFF
        return True

    def push(self, packet: RtpPacket, arrival: float) -> None:
        """Take one packet; duplicates and those given up already are dropped."""
        sequence = packet.sequence
        if self._next is None:
            self._next = sequence
        if (sequence - self._next) & 0xFFFF >= _BACKWARDS and not self._restarted(sequence):
            return
        self._held.setdefault(sequence, (packet, arrival))

    def drain(self, now: float, *, everything: bool = False) -> Iterator[RtpPacket | int]:
        """What is due, in order; an int is the number of packets given up at that place."""
        order: Iterator[int] | None = None
        while self._held and self._next is not None:
            item = self._held.pop(self._next, None)
            if item is not None:
                self._next = (self._next + 1) & 0xFFFF
                yield item[0]
                continue
            shown_at = next(iter(self._held.values()))[1]  # held in the order in which they came
            if not everything and now - shown_at < self._wait_s and len(self._held) < DEPTH:
                return
            expected = self._next
            if order is None:  # sorted once: a stream of nothing but gaps must not cost a search for each
                order = iter(sorted(self._held, key=lambda sequence: (sequence - expected) & 0xFFFF))
            self._next = next(sequence for sequence in order if sequence in self._held)
            yield (self._next - expected) & 0xFFFF

    def reset(self) -> None:
        """Begin anew with the next packet."""
        self._next, self._suspect = None, None
        self._held.clear()

    def _restarted(self, sequence: int) -> bool:
        """Two packets in a row from far back: the sender began anew (RFC 3550, A.1)."""
        if sequence != self._suspect:
            self._suspect = (sequence + 1) & 0xFFFF
            return False
        self.reset()
        self._next = sequence
        return True
