"""A stage over a database that knows the presence documents."""

import pytest

from hub.mongo.client import Database, bind_documents
from models.documents.presence import PresenceRecord
from tests.integration.presence.stage import Stage


@pytest.fixture
async def stage(database: Database) -> Stage:
    await bind_documents(database, [PresenceRecord])
    return Stage()
