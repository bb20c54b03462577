"""Media processes and parties of these tests."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.support.media import Process, Relays, linked, running_process
from tests.support.media_peers import Peer

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


class MakePeer(Protocol):
    """`Peer`, hung up after the test."""

    def __call__(self, relays: Relays, process: str, call_id: str, party_id: str, **options: Any) -> Peer: ...


@pytest.fixture
async def peer() -> AsyncIterator[MakePeer]:
    """Makes parties."""
    async with AsyncExitStack() as stack:

        def make(relays: Relays, process: str, call_id: str, party_id: str, **options: Any) -> Peer:
            made = Peer(relays, process, call_id, party_id, **options)
            stack.push_async_callback(made.close)
            return made

        yield make
