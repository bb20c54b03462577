"""What a killed node leaves behind: the end of a chain that no seal witnesses yet."""

from dataclasses import dataclass
from typing import Final

import pymongo
import structlog
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from hub.audit.keys import AuditKeys
from hub.audit.row import CHAINS, GENESIS, HEADS, ROWS, SEALS, Document, fields_of, key, row_hash, within
from hub.audit.seal import head_of, seal_of

CHAIN_S: Final = 2.0
"""For one chain; a stretch is some thousand rows at most. What is not looked at in time waits for the next start."""
_NEWEST: Final = 20
"""Seals looked through for a genuine one."""

log = structlog.get_logger(__name__)


class BrokenStretchError(Exception):
    """Rows after the last seal do not hang together: a seal would bless what somebody changed."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """The verified end of a chain, and how many rows stand since its last seal."""

    chain: str
    n: int
    hash: bytes
    rows: int


async def unsealed(database: AsyncDatabase[Document], keys: AuditKeys) -> list[Unsealed]:
    """Every chain that stands beyond its last seal and is whole from there on; broken ones are logged, not sealed."""
    found = []
    for chain in CHAINS:
        try:
            with pymongo.timeout(CHAIN_S):
                stretch = await _stretch(database, keys, chain)
        except BrokenStretchError:
            log.error("an audit chain is broken after its last seal; run `audit verify`", chain=chain)
        except PyMongoError as error:
            log.warning("audit chain not readable", chain=chain, error=type(error).__name__)
        else:
            if stretch.rows:
                found.append(stretch)
    return found


async def _stretch(database: AsyncDatabase[Document], keys: AuditKeys, chain: str) -> Unsealed:
    majority = ReadConcern("majority")
    # Before the rows: other nodes may be at work on this chain, and what a witness saw must be there.
    stored_head = await database.get_collection(HEADS, read_concern=majority).find_one({"_id": chain})
    seals = database.get_collection(SEALS, read_concern=majority).find({"c": chain}, sort=[("n", -1)], limit=_NEWEST)
    n, prev = 0, GENESIS
    async for stored in seals:
        seal = seal_of(stored)
        if seal is not None and seal.genuine(keys):
            n, prev = seal.n, seal.hash
            break
    sealed, met = n, n == 0
    head = None if stored_head is None else head_of(stored_head, keys)
    span = {"_id": within(chain)["_id"] | {"$gte": key(chain, max(n, 1))}}
    rows = database.get_collection(ROWS, read_concern=majority).find(span, sort=[("_id", 1)], batch_size=1000)
    async for row in rows:
        if not met:
            if row["_id"] != key(chain, n) or row["hash"] != prev:
                raise BrokenStretchError
            met = True
            continue
        n += 1
        fields = fields_of(row)
        if (
            fields is None
            or row["_id"] != key(chain, n)
            or row["prev"] != prev
            or row["hash"] != row_hash(prev, fields)
        ):
            raise BrokenStretchError
        prev = row["hash"]
        if head is not None and head.n == n and head.hash != prev:
            raise BrokenStretchError
    if not met or (head is not None and head.n > n):
        raise BrokenStretchError
    return Unsealed(chain, n, prev, n - sealed)
