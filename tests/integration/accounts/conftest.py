"""One node's accounts for each test."""

from collections.abc import AsyncIterator

import pytest

from hub.mongo.client import Database
from tests.support.accounts import Office, office_on


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    """Accounts on an empty database."""
    async with office_on(database) as ready:
        yield ready
