"""State documents as the majority of the database has them: read, made once, changed atomically.

Rights are decided on what is read here, so nothing is read that a failover could take back, and nothing counts as
written before it is in a majority's journal.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final, TypeVar

import pymongo
from beanie import Document
from bson.codec_options import CodecOptions
from pymongo import ReturnDocument
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from models.errors import TryAgain

D = TypeVar("D", bound=Document)
Raw = dict[str, Any]

WAIT_S: Final = 5.0
_AWARE: Final[CodecOptions[Raw]] = CodecOptions(tz_aware=True, tzinfo=UTC)


def collection_of(kind: type[Document]) -> AsyncCollection[Raw]:
    """The collection of a document, with majority reads and journaled majority writes."""
    return kind.get_pymongo_collection().with_options(
        codec_options=_AWARE,
        read_concern=ReadConcern("majority"),
        write_concern=WriteConcern(w="majority", j=True, wtimeout=int(WAIT_S * 1000)),
    )


async def fetch(kind: type[D], key: str) -> D | None:
    """The document of that key."""
    try:
        with pymongo.timeout(WAIT_S):
            raw = await collection_of(kind).find_one({"_id": key})
    except PyMongoError as error:
        raise TryAgain from error
    return None if raw is None else kind.model_validate(raw)


async def fetch_all(
    kind: type[D], query: Mapping[str, Any], limit: int, sort: Sequence[tuple[str, int]] | None = None
) -> list[D]:
    """At most `limit` documents that match."""
    try:
        with pymongo.timeout(WAIT_S):
            async with collection_of(kind).find(query, limit=limit, sort=sort) as cursor:
                return [kind.model_validate(raw) async for raw in cursor]
    except PyMongoError as error:
        raise TryAgain from error


async def distinct(kind: type[D], field: str, query: Mapping[str, Any]) -> list[Any]:
    """Every value that matching documents have in a field."""
    try:
        with pymongo.timeout(WAIT_S):
            return list(await collection_of(kind).distinct(field, query))
    except PyMongoError as error:
        raise TryAgain from error


async def insert(document: Document) -> bool:
    """Store a new document; False when one of that key exists already."""
    raw = {"_id": document.id, **document.model_dump(exclude={"id", "revision_id"})}
    try:
        with pymongo.timeout(WAIT_S):
            await collection_of(type(document)).insert_one(raw)
    except DuplicateKeyError:
        return False
    except PyMongoError as error:
        raise TryAgain from error
    return True


async def change(
    kind: type[D], expected: Mapping[str, Any], update: Mapping[str, Any], *, upsert: bool = False
) -> D | None:
    """Change the one document in the expected state and return it; None when it is not in that state (any more)."""
    try:
        with pymongo.timeout(WAIT_S):
            raw = await collection_of(kind).find_one_and_update(
                expected, update, upsert=upsert, return_document=ReturnDocument.AFTER
            )
    except DuplicateKeyError:
        return None
    except PyMongoError as error:
        raise TryAgain from error
    return None if raw is None else kind.model_validate(raw)
