"""Media processes of these tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.media import Process, Relays, linked, running_process

SECRET = b"s" * 32


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    """One media process."""
    async with running_process(tmp_path, SECRET) as running:
        yield running


@pytest.fixture
async def relays(process: Process) -> AsyncIterator[Relays]:
    """A hub node's pool, linked to it."""
    async with linked(process) as made:
        yield made
