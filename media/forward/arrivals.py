"""When a sender's packets arrived, told back to it: transport-wide congestion control, the receiver's side.

draft-holmer-rmcat-transport-wide-cc-extensions-01. Without it Chromium stays at a quarter of the bit rate.
"""

from operator import sub
from struct import Struct
from typing import Final

MAX_PENDING: Final = 1024
"""Arrivals kept between two feedbacks; more packets than these are left out, as if lost."""
MAX_REPORTED: Final = 400
"""Packets per feedback: at two bytes of delta each and their chunks, below 1200 bytes."""
MAX_SPAN: Final = 1500
"""Numbers one feedback may span; a jump beyond this is a sender that started again."""

_HEAD = Struct("!HH3sB")
_CHUNK = Struct("!H")
_LARGE = Struct("!h")


class Arrivals:
    """Transport-wide numbers and arrival times since the last feedback. The hot path appends to both lists."""

    __slots__ = ("_count", "_next", "numbers", "times")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.times: list[float] = []
        """`time.monotonic()` at which the kernel had each packet."""
        self._next: int | None = None
        self._count = 0

    def feedbacks(self) -> list[bytes]:
        """Bodies (from the base number on) telling all that has come; empties the lists."""
        plain = self._plain()
        if plain is not None:
            return [plain]
        seen = self._seen()
        bodies: list[bytes] = []
        while seen and self._next is not None:
            body, told = self._body(seen, self._next)
            seen = {number - told: time for number, time in seen.items() if number >= told}
            self._next = (self._next + told) & 0xFFFF
            bodies.append(body)
        return bodies

    def _plain(self) -> bytes | None:
        """The feedback where nothing is missing, late or far apart: nearly always."""
        numbers = self.numbers
        if not numbers or len(numbers) > MAX_REPORTED:
            return None
        first = numbers[0]
        end = first + len(numbers)
        if self._next not in (None, first) or end > 0x10000 or numbers != list(range(first, end)):
            return None
        ticks = [int(time * 4000) for time in self.times]
        reference = ticks[0] // 256
        deltas = list(map(sub, ticks, [reference * 256, *ticks]))
        if min(deltas) < 0 or max(deltas) > 255:
            return None
        head = _HEAD.pack(first, len(numbers), (reference & 0xFFFFFF).to_bytes(3, "big"), self._count)
        self._count = self._count + 1 & 0xFF
        self._next = end & 0xFFFF
        self.numbers.clear()
        self.times.clear()
        return head + _CHUNK.pack(1 << 13 | len(deltas)) + bytes(deltas)

    def _seen(self) -> dict[int, float]:
        """Arrival by distance from the next number to tell, ascending; what is behind it was told as lost."""
        numbers, times = self.numbers[:MAX_PENDING], self.times[:MAX_PENDING]
        self.numbers.clear()
        self.times.clear()
        if not numbers:
            return {}
        # Unwrapped about the first one, so that a reordering at the very start of a stream finds its place.
        ahead = [(number - numbers[0] + 0x8000 & 0xFFFF) - 0x8000 for number in numbers]
        if self._next is None:
            self._next = (numbers[0] + max(min(ahead), -64)) & 0xFFFF
        shift = (numbers[0] - self._next + 0x8000 & 0xFFFF) - 0x8000
        if abs(shift) > MAX_SPAN or max(ahead) - min(ahead) > MAX_SPAN:
            # Started again: tell only what followed the last jump.
            self._next = numbers[-1]
            return {0: times[-1]}
        seen: dict[int, float] = {}
        for distance, time in zip(ahead, times, strict=True):
            if distance + shift >= 0:
                seen.setdefault(distance + shift, time)
        return dict(sorted(seen.items()))

    def _body(self, seen: dict[int, float], base: int) -> tuple[bytes, int]:
        """One feedback body and how many numbers it speaks of: as many as fit and as deltas can express."""
        reference: int | None = None
        clock = 0
        symbols: list[int] = []
        deltas = bytearray()
        for reported, (distance, time) in enumerate(seen.items()):
            ticks = int(time * 4000)
            if reference is None:
                reference = ticks // 256
                clock = reference * 256
            delta = ticks - clock
            if reported == MAX_REPORTED or not -32768 <= delta <= 32767:
                break
            clock = ticks
            symbols.extend([0] * (distance - len(symbols)))
            if 0 <= delta <= 255:
                symbols.append(1)
                deltas.append(delta)
            else:
                symbols.append(2)
                deltas += _LARGE.pack(delta)
        head = _HEAD.pack(base, len(symbols), ((reference or 0) & 0xFFFFFF).to_bytes(3, "big"), self._count)
        self._count = self._count + 1 & 0xFF
        return head + _chunks(symbols) + bytes(deltas), len(symbols)


def _chunks(symbols: list[int]) -> bytes:
    """Status chunks: a run where at least seven are equal, else a vector of fourteen bits or of seven pairs."""
    out = bytearray()
    at, total = 0, len(symbols)
    while at < total:
        symbol = symbols[at]
        end = at + 1
        while end < total and symbols[end] == symbol:
            end += 1
        if end - at >= 7 or end == total:
            out += _CHUNK.pack(symbol << 13 | end - at)
            at = end
            continue
        bits = symbols[at : at + 14]
        if 2 not in bits:
            out += _CHUNK.pack(0x8000 | sum(bit << 13 - place for place, bit in enumerate(bits)))
            at += 14
        else:
            out += _CHUNK.pack(0xC000 | sum(pair << 12 - 2 * place for place, pair in enumerate(symbols[at : at + 7])))
            at += 7
    return bytes(out)
