"""Range requests (RFC 9110, 14): one byte range of a representation."""

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 64
_ONE: Final = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.IGNORECASE | re.ASCII)


class Unsatisfiable(Exception):
    """A well-formed range that begins beyond the end (416)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `end` (exclusive)."""

    start: int
    end: int
    partial: bool

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start


def requested(header: str | None, size: int) -> Span:
    """What a Range header asks of `size` bytes. Malformed headers, other units and several ranges are ignored, which
    RFC 9110 allows: then it is everything. Raises `Unsatisfiable`.
    """
    whole = Span(0, size, partial=False)
    match = _ONE.fullmatch(header) if header is not None and len(header) <= LONGEST else None
    if match is None:
        return whole
    first, last = match.groups()
    if not first:
        if not last:
            return whole
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return Span(max(0, size - int(last)), size, partial=True)
    start = int(first)
    if last and int(last) < start:
        return whole
    if start >= size:
        raise Unsatisfiable
    return Span(start, min(size, int(last) + 1) if last else size, partial=True)
