"""Nodes on a database of their own."""

from collections.abc import AsyncIterator

import pytest

from hub.mongo.client import Database
from services.calls.paths import PathPolicy
from tests.integration.signaling.nodes import Node, nodes_on


@pytest.fixture
async def node(database: Database) -> AsyncIterator[Node]:
    """A single node."""
    async with nodes_on(database) as nodes:
        yield nodes[0]


@pytest.fixture
async def pair(database: Database) -> AsyncIterator[list[Node]]:
    """Two nodes that hear the same media processes."""
    async with nodes_on(database, 2) as nodes:
        yield nodes


@pytest.fixture
async def discreet(database: Database) -> AsyncIterator[Node]:
    """A node whose policy is that parties do not see each other's addresses."""
    async with nodes_on(database, policy=PathPolicy.TURN) as nodes:
        yield nodes[0]
