"""The stored form of an audit row, its hash, and the only place that knows its field names."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

CHAINS: Final = tuple(f"aud:{k}" for k in range(8))
ROWS: Final = "audit"
HEADS: Final = "audit_heads"
SEALS: Final = "audit_seals"
GENESIS: Final = bytes(32)
"""What the first row of a chain has for a predecessor."""

Document = dict[str, Any]
Fields = dict[str, Any]
"""What the hash covers: everything but `_id`, `prev` and `hash`; `c` and `n` included, so that no row can move."""

TEXTS: Final = frozenset({"c", "node", "actor", "session", "action", "resource", "outcome", "door", "ref"})
NUMBERS: Final = frozenset({"n", "ts"})
_CANONICAL: Final = orjson.OPT_SORT_KEYS
_CHAINED: Final = ("_id", "prev", "hash")


def chain_of(boot_id: str) -> str:
    """The chain that a node appends to: any will do, and different nodes mostly meet on different ones."""
    return CHAINS[hashlib.sha256(boot_id.encode()).digest()[0] % len(CHAINS)]


def key(chain: str, n: int) -> str:
    """The `_id` of a row: unique, and in the order of the chain."""
    return f"{chain}#{n:012d}"


def within(chain: str) -> Document:
    """The filter for all rows of a chain; `$` is the character after `#`."""
    return {"_id": {"$gte": f"{chain}#", "$lt": f"{chain}$"}}


def row_hash(prev: bytes, fields: Fields) -> bytes:
    """SHA-256 over the predecessor's hash and the canonical JSON of the fields."""
    return hashlib.sha256(prev + orjson.dumps(fields, option=_CANONICAL)).digest()


def chained(fields: Fields, chain: str, n: int, prev: bytes) -> Document:
    """The row as number `n` of its chain. `fields` keeps its new number, and may be chained again elsewhere."""
    fields["c"] = chain
    fields["n"] = n
    document = fields.copy()
    document["hash"] = row_hash(prev, fields)
    document["prev"] = prev
    document["_id"] = key(chain, n)
    return document


def fields_of(stored: Mapping[str, Any]) -> Fields | None:
    """What the hash of a stored row must cover; None when it does not have the shape of a row."""
    fields = {name: value for name, value in stored.items() if name not in _CHAINED}
    if fields.keys() != TEXTS | NUMBERS or not all(name in stored for name in _CHAINED):
        return None
    texts = all(type(fields[name]) is str for name in TEXTS)
    numbers = all(isinstance(fields[name], int) and not isinstance(fields[name], bool) for name in NUMBERS)
    hashes = all(isinstance(stored[name], bytes) and len(stored[name]) == len(GENESIS) for name in ("prev", "hash"))
    return fields if texts and numbers and hashes else None
