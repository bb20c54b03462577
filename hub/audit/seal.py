"""Heads and seals: what is said about the end of a chain outside the chain itself."""

from dataclasses import dataclass
from typing import Any

import orjson

from hub.audit.keys import AuditKeys
from hub.audit.row import Document


@dataclass(frozen=True, slots=True)
class Head:
    """The last known row of a chain, in one document per chain, marked with a key that the database does not have."""

    c: str
    n: int
    hash: bytes
    ts: int
    """When it was written, milliseconds since the epoch."""

    def text(self) -> bytes:
        """What the mark covers."""
        return orjson.dumps(["head", self.c, self.n, self.hash.hex(), self.ts])

    def document(self, keys: AuditKeys) -> Document:
        """The stored form, without its `_id`, which is the chain."""
        return {"n": self.n, "hash": self.hash, "ts": self.ts, "mac": keys.head_mark(self.text())}


def head_of(stored: Document, keys: AuditKeys) -> Head | None:
    """The head that a stored document states; None when it is not one of ours."""
    try:
        head = Head(stored["_id"], int(stored["n"]), bytes(stored["hash"]), int(stored["ts"]))
        genuine = keys.head_mark(head.text()) == stored["mac"]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return head if genuine else None


@dataclass(frozen=True, slots=True)
class Seal:
    """A signed statement that row `n` of a chain existed with this hash. Kept in the database and in a file."""

    c: str
    n: int
    hash: bytes
    ts: int
    store: str
    """Id of the file that has the other copy."""
    q: int
    """Number of the seal in that file, contiguous from 1."""
    sig: bytes = b""

    def text(self) -> bytes:
        """What the signature covers."""
        return orjson.dumps(["seal", self.c, self.n, self.hash.hex(), self.ts, self.store, self.q])

    def signed(self, keys: AuditKeys) -> "Seal":
        """The same seal with its signature."""
        return Seal(self.c, self.n, self.hash, self.ts, self.store, self.q, keys.sign(self.text()))

    def genuine(self, keys: AuditKeys) -> bool:
        """Whether the signature is ours."""
        return keys.signed(self.text(), self.sig)

    @property
    def key(self) -> str:
        """The `_id` in the database."""
        return f"{self.store}#{self.q:09d}"

    def document(self) -> Document:
        """The stored form."""
        return {
            "_id": self.key, "c": self.c, "n": self.n, "hash": self.hash, "ts": self.ts, "store": self.store,
            "q": self.q, "sig": self.sig,
        }  # fmt: skip

    def line(self) -> bytes:
        """The line in the file."""
        return orjson.dumps(
            {
                "c": self.c, "n": self.n, "hash": self.hash.hex(), "ts": self.ts, "store": self.store, "q": self.q,
                "sig": self.sig.hex(),
            }
        )  # fmt: skip


def seal_of(stored: dict[str, Any]) -> Seal | None:
    """The seal that a stored document or a parsed line states; None when it has another shape."""
    try:
        digest, sig = (
            bytes.fromhex(value) if isinstance(value, str) else bytes(value)
            for value in (stored["hash"], stored["sig"])
        )
        seal = Seal(str(stored["c"]), int(stored["n"]), digest, int(stored["ts"]), str(stored["store"]),
                    int(stored["q"]), sig)  # fmt: skip
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return seal if stored.get("_id", seal.key) == seal.key else None
