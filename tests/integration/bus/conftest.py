"""Nodes over a database of the test's own."""

from collections.abc import AsyncIterator

import pytest

from hub.bus.indexes import create_indexes
from hub.mongo.client import Database
from tests.integration.bus.nodes import MakeNode, Node
from tests.integration.bus.place import MakePlace


@pytest.fixture
async def log_database(database: Database) -> Database:
    """An empty log."""
    await create_indexes(database)
    return database


@pytest.fixture
async def node(log_database: Database) -> AsyncIterator[MakeNode]:
    """Make nodes by boot id; they are closed after the test."""
    nodes: list[Node] = []

    def make(boot_id: str, **settings: object) -> Node:
        nodes.append(Node(log_database, boot_id, **settings))  # type: ignore[arg-type]
        return nodes[-1]

    yield make
    for each in nodes:
        await each.close()


@pytest.fixture
async def make_place(node: MakeNode) -> AsyncIterator[MakePlace]:
    """Make places by boot id; their timers end with the test."""
    make = MakePlace(node)
    yield make
    for place in make.made:
        place.subscriptions.stop()
