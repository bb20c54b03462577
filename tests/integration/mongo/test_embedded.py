"""The embedded MongoDB against what happens to processes: death of the server, death of the hub, a second hub."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from pymongo.errors import OperationFailure, PyMongoError

from hub.mongo.client import Client, connect
from hub.mongo.data import Access, DataDirectory, free_port
from hub.mongo.embedded import EmbeddedMongo, EmbeddedMongoError
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextlib.asynccontextmanager
async def running(directory: Path) -> AsyncIterator[tuple[EmbeddedMongo, Client]]:
    server = EmbeddedMongo(directory)
    client = connect(await server.start())
    try:
        yield server, client
    finally:
        await client.close()
        await server.stop()


async def count(client: Client) -> int | None:
    try:
        return await client.test.things.count_documents({})
    except PyMongoError:
        return None


async def test_data_survive_a_stop_and_transactions_work(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, client):
        async with client.start_session() as session, await session.start_transaction():
            await client.test.things.insert_one({"_id": 1}, session=session)
        pid = server.pid
        assert pid is not None
    assert not alive(pid)
    async with running(tmp_path) as (_, client):
        assert await count(client) == 1


async def test_nobody_gets_in_without_the_password(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, _):
        port = orjson.loads((tmp_path / "access.json").read_bytes())["port"]
        stranger: Client = connect(Access(port=port, user="", password="").uri)
        with pytest.raises(OperationFailure):
            await stranger.test.things.find_one()
        await stranger.close()
        for name in ("access.json", "keyfile"):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert server.pid is not None
        assert b"--auth" in Path(f"/proc/{server.pid}/cmdline").read_bytes()


async def test_a_killed_server_is_back_with_everything_acknowledged(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, client):
        await client.test.things.insert_many([{"_id": n} for n in range(100)])
        before = server.pid
        assert before is not None
        os.kill(before, signal.SIGKILL)
        assert await until(lambda: count(client), 15) == 100
        assert server.pid != before
        assert server.restarts == 1


async def test_a_killed_hub_takes_its_server_along_and_the_next_one_starts(tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.mongo.owner", str(tmp_path), cwd=ROOT, stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    pid = int(await asyncio.wait_for(owner.stdout.readline(), 30))
    assert alive(pid)
    owner.kill()
    await owner.wait()
    await until(lambda: not alive(pid), 5, what="mongod ended with its hub")
    async with running(tmp_path) as (_, client):
        assert await count(client) == 0


async def test_what_a_dead_hub_left_running_is_ended_first(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, client):
        await client.test.things.insert_one({"_id": 1})
    data = DataDirectory(tmp_path)
    orphan_log = tmp_path / "orphan.log"
    binary = EmbeddedMongo(tmp_path)._command(free_port())
    binary[binary.index("--logpath") + 1] = str(orphan_log)
    orphan = await asyncio.create_subprocess_exec(*binary, stdout=subprocess.DEVNULL)
    try:
        await until(data.leftover, 10, what="the orphan serves the directory")
        async with running(tmp_path) as (server, client):
            await asyncio.wait_for(orphan.wait(), 5)
            assert server.pid != orphan.pid
            assert await count(client) == 1
    finally:
        if orphan.returncode is None:
            orphan.kill()
            await orphan.wait()


async def test_a_second_hub_on_the_same_data_is_refused_and_can_join(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, _):
        second = EmbeddedMongo(tmp_path)
        with pytest.raises(EmbeddedMongoError, match=r"Another hub .* DATA_DIR"):
            await second.start()
        assert second.running_elsewhere() == server.uri
        assert server.pid is not None
        assert alive(server.pid)


async def test_a_port_taken_meanwhile_is_exchanged(tmp_path: Path) -> None:
    async with running(tmp_path) as (server, client):
        await client.test.things.insert_one({"_id": 1})
        first = server.uri
    port = orjson.loads((tmp_path / "access.json").read_bytes())["port"]
    squatter = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
    try:
        async with running(tmp_path) as (server, client):
            assert server.uri != first
            assert await count(client) == 1
            await client.test.things.insert_one({"_id": 2})
    finally:
        squatter.close()
        await squatter.wait_closed()


async def test_slow_commands_are_not_logged_with_their_values(tmp_path: Path) -> None:
    async with running(tmp_path) as (_, client):
        await client.test.things.insert_one({"_id": 1})
        await client.test.things.find_one({"$where": "sleep(300) || true", "canary": {"$ne": "fever-canary"}})
    assert "fever-canary" not in (tmp_path / "mongod.log").read_text()
