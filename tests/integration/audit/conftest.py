"""A mongod for the audit tests, and rows to record."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from hub.audit.keys import AuditKeys
from tests.integration.audit.mongod import Mongod

Database = AsyncDatabase[dict[str, Any]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def mongod(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mongod]:
    server = Mongod(tmp_path_factory.mktemp("mongod"))
    await server.start()
    yield server
    await server.end()


@pytest_asyncio.fixture(loop_scope="session")
async def database(mongod: Mongod) -> AsyncIterator[Database]:
    async with AsyncMongoClient[dict[str, Any]](mongod.uri) as client:
        name = f"audit_{secrets.token_hex(4)}"
        yield client[name]
        await client.drop_database(name)


@pytest.fixture
def keys() -> AuditKeys:
    return AuditKeys(bytes(range(32)))


@pytest.fixture
def seals(tmp_path: Path) -> Path:
    return tmp_path / "audit" / "seals.jsonl"
