"""The one client of a node, and the explicit step that makes documents and their indexes ready."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final

from beanie import Document, init_beanie
from pymongo import AsyncMongoClient, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

Database = AsyncDatabase[dict[str, Any]]
Client = AsyncMongoClient[dict[str, Any]]

PING_TIMEOUT_S: Final = 2.0
INDEX_TIMEOUT_S: Final = 300.0
"""Building an index on a large collection takes minutes; nobody is served before it is there."""


def connect(uri: str, *, pool_size: int = 50) -> Client:
    """A client whose every wait is bounded, so that overload becomes a coded refusal. Close it with the node."""
    return AsyncMongoClient(
        uri,
        appname="hub",
        maxPoolSize=pool_size,
        waitQueueTimeoutMS=2000,
        serverSelectionTimeoutMS=3000,
        connectTimeoutMS=3000,
        socketTimeoutMS=10_000,
        retryWrites=True,
        w="majority",
        journal=True,
        tz_aware=True,
        uuidRepresentation="standard",
        compressors=[],
    )


async def bind_documents(database: Database, documents: Sequence[type[Document]]) -> None:
    """Tie the document classes to this database. Costs no index work: that is `create_indexes`."""
    await init_beanie(database=database, document_models=list(documents), skip_indexes=True)


async def create_indexes(database: Database, documents: Iterable[type[Document]]) -> None:
    """Make the declared indexes; existing ones are left alone and none is ever dropped. Before the first request."""
    async with asyncio.timeout(INDEX_TIMEOUT_S):
        await asyncio.gather(*(_index(database, document) for document in documents))


async def ping(client: Client) -> None:
    """Raises when the server does not answer in time."""
    async with asyncio.timeout(PING_TIMEOUT_S):
        await client.admin.command("ping")


async def _index(database: Database, document: type[Document]) -> None:
    declared: list[IndexModel] = [field.index for field in document.get_settings().indexes]
    if declared:
        await database[document.get_collection_name()].create_indexes(declared)
