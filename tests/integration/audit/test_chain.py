"""The chain as it is written: group commit, several nodes on one chain, a database that is killed."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient

from hub.audit.keys import AuditKeys
from hub.audit.row import CHAINS, chain_of
from hub.audit.settings import AuditSettings
from hub.audit.verify import verify
from hub.mongo.client import Database
from models.errors import TryAgain
from tests.integration.audit.mongod import Mongod
from tests.integration.audit.office import office, record, row
from tests.support.waiting import until


async def test_ten_thousand_rows_are_whole_and_sealed_on_the_way(
    database: Database, keys: AuditKeys, seals: Path
) -> None:
    async with office(database, keys, seals) as (log, _):
        await record(log, 10_000)
        assert log.waiting == 0

        async def sealed() -> bool:
            return await database.audit_seals.find_one() is not None

        await until(sealed, what="a seal after 1,000 rows")
    report = await verify(database, keys, seals)
    assert report.ok, report.text()
    assert report.chains["aud:3"] == 10_000


async def test_rows_alone_name_nobody(database: Database, keys: AuditKeys, seals: Path) -> None:
    async with office(database, keys, seals) as (log, _):
        await log.record(row(1, actor="019a-user", session="019a-session", resource="019a-resource"))
        await log.record(row(2, actor="019a-user", session="", resource="019a-user"))
    first, second = await database.audit.find(sort=[("n", 1)]).to_list()
    assert "019a" not in str(first) + str(second)
    assert first["actor"] == second["actor"] == second["resource"] == keys.pseudonym("019a-user")
    assert second["session"] == ""
    assert first["actor"] != AuditKeys(bytes(32)).pseudonym("019a-user")


async def test_words_outside_the_vocabulary_are_refused(database: Database, keys: AuditKeys, seals: Path) -> None:
    async with office(database, keys, seals) as (log, _):
        for wrong in ({"action": "anything"}, {"outcome": "fine"}, {"door": "window"}):
            with pytest.raises(ValueError, match="vocabulary"):
                log.record(row(0, **wrong))
    assert await database.audit.count_documents({}) == 0


async def test_two_nodes_on_one_chain(database: Database, keys: AuditKeys, tmp_path: Path) -> None:
    one_file, other_file = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    async with (
        office(database, keys, one_file, "boot-1") as (one, _),
        office(database, keys, other_file, "boot-2") as (other, _),
    ):

        async def write(log: Any, first: int) -> None:
            for k in range(first, first + 150, 3):
                await asyncio.gather(*(log.record(row(j)) for j in range(k, k + 3)))

        await asyncio.gather(write(one, 0), write(other, 1000))
    for file in (one_file, other_file):
        report = await verify(database, keys, file)
        assert report.ok, report.text()
    stored = await database.audit.find(sort=[("_id", 1)]).to_list()
    assert sorted(int(found["ref"][2:]) for found in stored) == [*range(150), *range(1000, 1150)]
    assert {found["node"] for found in stored} == {"boot-1", "boot-2"}


async def test_a_node_takes_up_the_chain_of_an_earlier_one(database: Database, keys: AuditKeys, seals: Path) -> None:
    for boot in range(3):
        async with office(database, keys, seals, f"boot-{boot}") as (log, _):
            await record(log, 10, first=boot * 10)
    report = await verify(database, keys, seals)
    assert report.ok, report.text()
    assert (report.rows, report.seals) == (30, 3)


async def test_seals_that_a_crash_kept_from_the_database_are_brought_there(
    database: Database, keys: AuditKeys, seals: Path
) -> None:
    async with office(database, keys, seals) as (log, _):
        await record(log, 10)
    await database.audit_seals.delete_many({})
    async with office(database, keys, seals):
        pass
    assert await database.audit_seals.count_documents({}) == 1


async def test_too_many_waiting_rows_are_refused(database: Database, keys: AuditKeys, seals: Path) -> None:
    async with office(database, keys, seals, settings=AuditSettings(waiting_rows=20)) as (log, _):
        accepted = [log.record(row(k)) for k in range(20)]
        with pytest.raises(TryAgain):
            log.record(row(20))
        await asyncio.gather(*accepted)
        await log.record(row(21))
    with pytest.raises(TryAgain):
        log.record(row(22))


async def test_the_chain_survives_kills_of_the_database(keys: AuditKeys, seals: Path, tmp_path: Path) -> None:
    server = Mongod(tmp_path)
    await server.start()
    confirmed: set[str] = set()
    settings = AuditSettings(attempt_s=0.5, wait_s=30.0)
    stopped = asyncio.Event()
    try:
        async with AsyncMongoClient[dict[str, Any]](server.uri) as client:
            database = client.audited
            async with office(database, keys, seals, settings=settings) as (log, _):

                async def write(writer: int) -> None:
                    k = 0
                    while not stopped.is_set():
                        ref = f"{writer}-{k}"
                        await log.record(row(k, ref=ref))
                        confirmed.add(ref)
                        k += 1

                async with asyncio.TaskGroup() as writers:
                    for writer in range(20):
                        writers.create_task(write(writer))
                    for _ in range(3):
                        enough = len(confirmed) + 200
                        await until(lambda: len(confirmed) >= enough, 30)  # noqa: B023
                        await server.end()
                        await server.start()
                    stopped.set()
            report = await verify(database, keys, seals)
            assert report.ok, report.text()
            stored = [found["ref"] async for found in database.audit.find()]
            assert confirmed <= set(stored)
            assert len(stored) == len(set(stored)), "a row was written twice"
    finally:
        await server.end()


async def test_callers_are_not_kept_waiting_by_a_dead_database(keys: AuditKeys, seals: Path, tmp_path: Path) -> None:
    server = Mongod(tmp_path)
    await server.start()
    settings = AuditSettings(attempt_s=0.3, wait_s=0.3)
    loop = asyncio.get_running_loop()
    try:
        async with AsyncMongoClient[dict[str, Any]](server.uri) as client:
            async with office(client.audited, keys, seals, settings=settings) as (log, _):
                await log.record(row(0))
                await server.end()
                started = loop.time()
                with pytest.raises(TryAgain):
                    await log.record(row(1))
                assert loop.time() - started < 3.0
                await server.start()
                with suppress(TryAgain):  # the database may need longer to come back than this caller waits
                    await log.record(row(2))
                await until(lambda: log.waiting == 0, 20, what="the rows of callers who gave up are written")
            stored = [found["ref"] async for found in client.audited.audit.find(sort=[("n", 1)])]
            assert stored == ["r-0", "r-1", "r-2"], "the row of a caller who gave up is written all the same"
    finally:
        await server.end()


async def test_every_boot_has_a_chain() -> None:
    assert {chain_of(f"boot-{k}") for k in range(200)} == set(CHAINS)


async def test_refusals_before_sign_in_leave_room_in_the_queue_for_people_at_work(
    database: Database, keys: AuditKeys, seals: Path
) -> None:
    async with office(database, keys, seals, settings=AuditSettings(waiting_rows=40)) as (log, _):
        for _ in range(2):  # what has become durable makes room again
            strangers = [log.record(row(k, actor="", outcome="unauthenticated")) for k in range(10)]
            with pytest.raises(TryAgain):
                await log.record(row(10, actor="", outcome="unauthenticated"))
            await asyncio.gather(log.record(row(11)), *strangers)
