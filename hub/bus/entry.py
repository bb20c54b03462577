"""The stored form of an event, and the only place that knows its field names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import bson
import orjson
from bson.raw_bson import RawBSONDocument

from models.streams import StreamId, parse
from services.ports import Entry, Event

Document = dict[str, Any]

MAX_ENTRY_BYTES: Final = 64 * 1024
"""Upper bound on one entry's data, as JSON. Every page and batch can therefore hold at least one."""

_CANONICAL: Final = orjson.OPT_SORT_KEYS
_ENVELOPE_BYTES: Final = 400
"""What the stored fields around the body take at most, in bytes."""

Name = tuple[str, str, str]
"""`(u, dev, cid)`: what makes an entry the same entry within its stream."""


@dataclass(slots=True)
class Prepared:
    """An entry checked, hashed and encoded once; what remains is its number."""

    entry: Entry
    data: Document
    body: RawBSONDocument
    h: bytes
    size: int
    """Upper estimate of the size on the wire to the database, in bytes."""

    @property
    def name(self) -> Name:
        """What makes it the same entry within its stream."""
        return self.entry.by, self.entry.dev, self.entry.cid


def prepare(entry: Entry) -> Prepared:
    """Take a private copy of the entry's data, its hash and its stored form.

    TypeError, ValueError or OverflowError when the data is not JSON that the database can hold: refused here, alone,
    because inside a batch it would take its neighbours down.
    """
    parse(entry.stream)
    for part in (entry.by, entry.dev, entry.cid):
        part.encode()
    canonical = orjson.dumps([entry.type, entry.data], option=_CANONICAL)
    if len(canonical) > MAX_ENTRY_BYTES:
        raise ValueError("entry too large")
    data = orjson.loads(canonical)[1]
    body = bson.encode(data)
    h = hashlib.sha256(canonical).digest()
    return Prepared(entry, data, RawBSONDocument(body), h, len(body) + _ENVELOPE_BYTES)


def key(stream: str, n: int) -> str:
    """The `_id` of an event: unique, and in the order of the stream."""
    return f"{stream}#{n:012d}"


def now() -> datetime:
    """The wall clock, aware, at the millisecond resolution that the database and the wire keep."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def document(prepared: Prepared, n: int, at: datetime, boot_id: str) -> Document:
    """The prepared entry as number `n` of its stream, written by the node `boot_id`."""
    entry = prepared.entry
    stored: Document = {
        "_id": key(entry.stream, n),
        "s": entry.stream,
        "n": n,
        "u": entry.by,
        "dev": entry.dev,
        "cid": entry.cid,
        "h": prepared.h,
        "t": entry.type,
        "at": at,
        "b": boot_id,
    }
    if entry.expires_at is not None:
        stored["exp"] = entry.expires_at
    stored["body"] = prepared.body
    return stored


def numbered(prepared: Prepared, n: int, at: datetime) -> Event:
    """The event that the prepared entry has become."""
    entry = prepared.entry
    return Event(entry.stream, n, entry.type, entry.by, entry.dev, entry.cid, at, prepared.data, entry.expires_at)


def event_of(stored: Mapping[str, Any]) -> Event:
    """The event that a stored document states."""
    return Event(
        StreamId(stored["s"]),
        int(stored["n"]),
        stored["t"],
        stored["u"],
        stored["dev"],
        stored["cid"],
        stored["at"],
        stored["body"],
        stored.get("exp"),
    )


def size_of(event: Event) -> int:
    """Upper estimate of an event's size in bytes, for the bounds on pages."""
    return len(orjson.dumps(event.data)) + _ENVELOPE_BYTES
