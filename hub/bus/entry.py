"""The stored form of an event, and the only place that knows its field names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import bson
import orjson

from models.streams import StreamId
from services.ports import Entry, Event

Document = dict[str, Any]

_CANONICAL: Final = orjson.OPT_SORT_KEYS
_ENVELOPE_OVERHEAD: Final = 220
"""Bytes that the stored fields around the body take at most, ids and index keys apart."""


@dataclass(slots=True)
class Prepared:
    """An entry validated, hashed and ready to be numbered. Made once, before any await."""

    entry: Entry
    body: Document
    h: bytes
    size: int
    """Estimated size on the wire to the database, in bytes."""


def prepare(entry: Entry) -> Prepared:
    """Take a private copy of the entry's data and its hash. TypeError when the data is not plain JSON."""
    canonical = orjson.dumps([entry.type, entry.data], option=_CANONICAL)
    body = orjson.loads(canonical)[1]
    return Prepared(entry, body, hashlib.sha256(canonical).digest(), len(canonical) + _ENVELOPE_OVERHEAD)


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


def event_of(stored: Mapping[str, Any]) -> Event:
    """The event that a stored document states (read through a time-zone aware collection)."""
    return Event(
        stream=StreamId(stored["s"]),
        n=int(stored["n"]),
        type=stored["t"],
        by=stored["u"],
        dev=stored["dev"],
        cid=stored["cid"],
        at=stored["at"],
        data=stored["body"],
        expires_at=stored.get("exp"),
    )


def stored_size(stored: Mapping[str, Any]) -> int:
    """Size of a stored document in bytes, for the bounds on pages."""
    return len(bson.encode(stored))
