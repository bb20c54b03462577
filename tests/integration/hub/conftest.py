"""Whole nodes for these tests: one, or two over the same database."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hub.mongo.client import Client, Database
from hub.schema import prepare
from tests.support.site import Site, running_site
from tests.support.valkey import ValkeyProcess


@pytest.fixture
async def site(mongo: Client, database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """One node, with nothing but a database."""
    await prepare(database)
    async with running_site(mongo, database, tmp_path) as running:
        yield running


@pytest.fixture
async def sites(
    mongo: Client, database: Database, tmp_path: Path, valkey: ValkeyProcess
) -> AsyncIterator[tuple[Site, Site]]:
    """Two nodes over one database and one Valkey."""
    await prepare(database)
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(running_site(mongo, database, tmp_path, valkey_url=valkey.url))
            for _ in range(2)
        ]
        yield first, second
