"""A node that was killed leaves rows that no seal witnesses; the next one seals them, if they are whole."""

from pathlib import Path
from typing import Any

import pytest

from hub.audit.ending import end
from hub.audit.keys import AuditKeys
from hub.audit.log import AuditLog
from hub.audit.notary import Notary
from hub.audit.row import key
from hub.audit.settings import AuditSettings
from hub.audit.verify import verify
from hub.mongo.client import Database
from tests.integration.audit.office import office, record

CHAIN = "aud:5"


async def killed(database: Database, keys: AuditKeys, seals: Path, rows: int, *, sealed: int = 0) -> None:
    """A node whose last `rows` rows were never sealed."""
    settings = AuditSettings(head_every_s=600)
    notary = Notary(database, keys, CHAIN, seals, settings)
    log = AuditLog(database, keys, notary, "boot-dead", settings, CHAIN)
    await notary.start()
    if sealed:
        await record(log, sealed)
        await notary.seal()
    await record(log, rows)
    await log.close()
    assert notary._task is not None
    await end(notary._task)


async def seals_of(database: Database) -> list[int]:
    """Numbers of the sealed rows of the chain, in order."""
    return [int(seal["n"]) async for seal in database.audit_seals.find({"c": CHAIN}, sort=[("n", 1)])]


@pytest.mark.parametrize("sealed", [0, 7])
async def test_the_next_node_seals_what_was_left_and_only_once(
    database: Database, keys: AuditKeys, seals: Path, sealed: int
) -> None:
    await killed(database, keys, seals, 20, sealed=sealed)
    already = [sealed] if sealed else []
    assert await seals_of(database) == already
    async with office(database, keys, seals, "boot-2"):
        assert await seals_of(database) == [*already, sealed + 20]
    async with office(database, keys, seals, "boot-3"):
        assert await seals_of(database) == [*already, sealed + 20]
    assert (await verify(database, keys, seals)).ok
    await database.audit.delete_one({"_id": key(CHAIN, sealed + 20)})
    assert not (await verify(database, keys, seals)).ok


CHANGES: list[Any] = [
    lambda rows: rows.update_one({"_id": key(CHAIN, 15)}, {"$set": {"outcome": "forbidden"}}),
    lambda rows: rows.delete_one({"_id": key(CHAIN, 15)}),
    lambda rows: rows.delete_one({"_id": key(CHAIN, 7)}),
    lambda rows: rows.delete_many({"_id": {"$gte": key(CHAIN, 7), "$lt": "aud:5$"}}),
    lambda rows: rows.update_one({"_id": key(CHAIN, 7)}, {"$set": {"hash": bytes(32)}}),
]


@pytest.mark.parametrize("change", CHANGES, ids=["edited", "removed", "sealed row removed", "cut off", "replaced"])
async def test_what_somebody_changed_is_not_blessed_with_a_seal(
    database: Database, keys: AuditKeys, seals: Path, change: Any
) -> None:
    await killed(database, keys, seals, 20, sealed=7)
    await change(database.audit)
    async with office(database, keys, seals, "boot-2"):
        assert await seals_of(database) == [7]
