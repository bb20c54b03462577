"""Fixtures of every folder: real servers, one for the whole run, and the watch over what a test leaves behind."""

import asyncio
import gc
import inspect
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop

from hub.mongo.client import Client, Database, connect
from hub.mongo.embedded import EmbeddedMongo
from tests.support.valkey import ValkeyProcess
from tests.support.vigilance import watched_loop, watched_threads

TESTS = Path(__file__).parent
DEADLINES_S = {"unit": 20, "contract": 60, "integration": 60, "e2e": 180, "chaos": 900, "fuzz": 900}


def pytest_configure(config: pytest.Config) -> None:
    """A marker for each folder. Settings come from the tests alone, never from the shell that runs them."""
    for folder in DEADLINES_S:
        config.addinivalue_line("markers", f"{folder}: everything in tests/{folder}")
    os.environ["ENVIRONMENT"] = "test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folder decides the marker and the deadline."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in DEADLINES_S:
            item.add_marker(folder)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(DEADLINES_S[folder]))


def pytest_collection_finish() -> None:
    """What was imported will not be collected any more: the collection after each test looks at that test alone."""
    gc.collect()
    gc.freeze()


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the loop the hub runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def vigilance(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test, asynchronous or not, ends with the tasks and threads it began with."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("vigilant_loop")
    with watched_threads():
        yield


@pytest.fixture
async def vigilant_loop() -> AsyncIterator[None]:
    """Set up before and torn down after every other fixture of an asynchronous test."""
    async with watched_loop():
        yield


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMongo]:
    """One real replica set for the whole run, on a loop of its own. Tests that kill a mongod start their own."""
    server = EmbeddedMongo(tmp_path_factory.mktemp("mongo"))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.start())
        yield server
        runner.run(server.stop())


@pytest.fixture(scope="session")
def mongo_uri(mongod: EmbeddedMongo) -> str:
    """Where hubs under test connect."""
    return mongod.uri


@pytest.fixture
async def mongo(mongo_uri: str) -> AsyncIterator[Client]:
    """A client on the test's own loop."""
    client = connect(mongo_uri)
    yield client
    await client.close()


@pytest.fixture
async def database(mongo: Client) -> AsyncIterator[Database]:
    """An empty database of the test's own, dropped after it."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    yield mongo[name]
    await mongo.drop_database(name)


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyProcess]:
    """One real Valkey for the whole run."""
    server = ValkeyProcess(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def valkey(valkey_server: ValkeyProcess) -> ValkeyProcess:
    """Empty and answering, whatever the test before did to it. `valkey.url` is what the hub wants."""
    valkey_server.flush()
    return valkey_server
