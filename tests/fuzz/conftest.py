"""A whole node in the test's process, and somebody to ask it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout

from hub.mongo.client import Client, Database
from hub.schema import prepare
from tests.fuzz.caller import Caller
from tests.support.site import running_site


@pytest.fixture
async def caller(mongo: Client, database: Database, tmp_path: Path) -> AsyncIterator[Caller]:
    """One node."""
    await prepare(database)
    async with running_site(mongo, database, tmp_path) as site, ClientSession(timeout=ClientTimeout(20)) as session:
        yield Caller(site, session)
