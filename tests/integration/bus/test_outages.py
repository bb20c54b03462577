"""mongod killed with -9 while entries are being appended: nothing acknowledged is lost, nothing is skipped."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from hub.bus.indexes import create_indexes
from hub.mongo.client import Client, connect
from hub.mongo.embedded import EmbeddedMongo
from models.errors import TryAgain
from models.streams import conversation
from tests.integration.bus.nodes import QUICK, Node, entry, stored_numbers
from tests.support.waiting import until

KILLS = 3
STREAMS = [conversation(f"s{index}") for index in range(4)]


@pytest.fixture
async def doomed(tmp_path: Path) -> AsyncIterator[EmbeddedMongo]:
    """A mongod that a test may kill; it is restarted by its owner."""
    server = EmbeddedMongo(tmp_path)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def doomed_client(doomed: EmbeddedMongo) -> AsyncIterator[Client]:
    client = connect(doomed.uri)
    yield client
    await client.close()


async def test_kill_9_of_mongod_loses_nothing_and_leaves_no_hole(doomed: EmbeddedMongo, doomed_client: Client) -> None:
    database = doomed_client["bus"]
    await create_indexes(database)
    nodes = [await Node(database, boot_id, feed=QUICK).start() for boot_id in "ab"]
    watcher = await Node(database, "watcher", feed=QUICK).start()
    for stream in STREAMS:
        await watcher.feed.watch(stream)
    acked: dict[str, tuple[str, int]] = {}
    done = False

    def has_acked(count: int) -> bool:
        return len(acked) >= count

    async def write(node: Node, index: int) -> None:
        stream = STREAMS[index % len(STREAMS)]
        while not done:
            fact = entry(index, stream)
            while fact.cid not in acked:
                try:
                    position = await node.log.append(fact)
                except TryAgain:
                    await asyncio.sleep(0.02)
                else:
                    acked[fact.cid] = (stream, position.n)

    writers = [asyncio.ensure_future(write(node, index)) for node in nodes for index in range(12)]
    for _ in range(KILLS):
        enough = len(acked) + 300
        await until(partial(has_acked, enough), 20, what="appends go on")
        assert doomed.pid is not None
        os.kill(doomed.pid, signal.SIGKILL)
    enough = len(acked) + 300
    await until(partial(has_acked, enough), 20, what="appends go on after the last kill")
    done = True
    await asyncio.wait_for(asyncio.gather(*writers), 20)

    stored = {document["cid"]: (document["s"], document["n"]) async for document in database["ev"].find()}
    assert acked == stored  # every entry was repeated until acknowledged, so neither side may know more
    for stream in STREAMS:
        numbers = await stored_numbers(database, stream)
        assert numbers == list(range(1, len(numbers) + 1))
        for node in (*nodes, watcher):
            await until(partial(node.has, stream, len(numbers)), 10)
            assert node.numbers(stream) == numbers
    for node in (*nodes, watcher):
        await node.close()


async def test_an_append_the_database_does_not_answer_is_bounded_and_announced_once_it_landed(
    doomed: EmbeddedMongo, doomed_client: Client
) -> None:
    database = doomed_client["bus"]
    await create_indexes(database)
    node = await Node(database, "a", feed=QUICK).start()
    await node.log.append(entry())
    assert doomed.pid is not None
    loop = asyncio.get_running_loop()
    began = loop.time()
    os.kill(doomed.pid, signal.SIGSTOP)
    fact = entry(2)
    try:
        with pytest.raises(TryAgain) as refused:
            await node.log.append(fact)
    finally:
        os.kill(doomed.pid, signal.SIGCONT)
    assert refused.value.after_ms
    assert 4.9 <= loop.time() - began <= 7

    async def landed_or_free() -> bool:
        try:
            position = await node.log.append(fact)
        except TryAgain:
            return False
        return position.n == 2

    await until(landed_or_free, 20)
    await until(
        lambda: node.numbers() == [1, 2], 10, what="an entry with an unknown outcome reaches this node's people"
    )
    await node.close()
