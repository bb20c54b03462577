"""Whatever is done to a stored chain is found: edits, deletions, reorderings, truncation, forged witnesses."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hub.audit.keys import AuditKeys
from hub.audit.row import GENESIS, chained, fields_of
from hub.audit.verify import verify
from hub.mongo.client import Database
from tests.integration.audit.office import office, record

ROWS = 600
ROUNDS_OF_EACH = 60
Row = dict[str, Any]


async def _edit(database: Database, rows: list[Row], dice: random.Random) -> None:
    row = dice.choice(rows)
    field = dice.choice([name for name in row if name != "_id"])
    old = row[field]
    new: Any
    if isinstance(old, bytes):
        at = dice.randrange(len(old))
        new = old[:at] + bytes([old[at] ^ 1]) + old[at + 1 :]
    elif isinstance(old, int):
        new = dice.choice([old + 1, float(old) + 0.5, str(old), None])
    else:
        new = dice.choice([old + "x", old[:-1] if old else "y", None, [old]])
    change = {"$set": {field: new}} if dice.random() < 0.8 else {"$unset": {field: ""}}
    await database.audit.update_one({"_id": row["_id"]}, change)


async def _rewrite(database: Database, rows: list[Row], dice: random.Random) -> None:
    """An edit by somebody who knows how hashes are made: everything from the row to the end is chained anew."""
    at = dice.randrange(len(rows))
    prev = rows[at - 1]["hash"] if at else GENESIS
    for k, row in enumerate(rows[at:]):
        fields = fields_of(row)
        assert fields is not None
        if k == 0:
            fields["outcome"] = "forbidden"
        forged = chained(fields, row["c"], row["n"], prev)
        prev = forged["hash"]
        await database.audit.replace_one({"_id": row["_id"]}, forged)


async def _delete(database: Database, rows: list[Row], dice: random.Random) -> None:
    at = dice.randrange(len(rows) - 1)
    gone = rows[at : at + dice.randint(1, 5)]
    await database.audit.delete_many({"_id": {"$in": [row["_id"] for row in gone]}})


async def _reorder(database: Database, rows: list[Row], dice: random.Random) -> None:
    one, other = dice.sample(rows, 2)
    whole = dice.random() < 0.5
    for source, target in ((one, other), (other, one)):
        moved = {**source, "_id": target["_id"]}
        if whole:
            moved["n"] = target["n"]
        await database.audit.replace_one({"_id": target["_id"]}, moved)


async def _truncate(database: Database, rows: list[Row], dice: random.Random) -> None:
    keep = len(rows) - dice.randint(1, 50)
    await database.audit.delete_many({"_id": {"$in": [row["_id"] for row in rows[keep:]]}})


@pytest.mark.parametrize("tamper", [_edit, _delete, _reorder, _truncate, _rewrite], ids=lambda tamper: tamper.__name__)
async def test_every_tamper_is_found(
    database: Database,
    keys: AuditKeys,
    seals: Path,
    tamper: Callable[[Database, list[Row], random.Random], Awaitable[None]],
) -> None:
    async with office(database, keys, seals) as (log, notary):
        await record(log, ROWS // 2)
        await notary.seal()
        await record(log, ROWS // 2, first=ROWS // 2)
    assert (await verify(database, keys, seals)).text().endswith("The audit chains are whole.")
    rows = await database.audit.find(sort=[("_id", 1)]).to_list()
    assert len(rows) == ROWS
    dice = random.Random(2026)
    for round_ in range(ROUNDS_OF_EACH if tamper is not _rewrite else 5):
        await tamper(database, rows, dice)
        report = await verify(database, keys, seals)
        assert report.exit_code == 1, f"round {round_} was not found"
        await database.audit.delete_many({})
        await database.audit.insert_many(rows)
    assert (await verify(database, keys, seals)).ok


async def test_a_cut_after_the_last_seal_is_found_by_the_head(database: Database, keys: AuditKeys, seals: Path) -> None:
    async with office(database, keys, seals) as (log, _):
        await record(log, 50)
    # The closing seal is taken away from both stores, as if the process had been killed: only the head is left.
    await database.audit_seals.delete_many({})
    seals.write_bytes(seals.read_bytes().splitlines(keepends=True)[0])
    assert (await verify(database, keys, seals)).ok
    await database.audit.delete_one({"n": 50})
    report = await verify(database, keys, seals)
    assert report.problems == ["aud:3#000000000050: cut off, the head saw it"]


async def test_forged_witnesses_are_found(database: Database, keys: AuditKeys, seals: Path) -> None:
    async with office(database, keys, seals) as (log, notary):
        for part in range(4):
            await record(log, 20, first=part * 20)
            await notary.seal()
    good_lines = seals.read_bytes().splitlines(keepends=True)
    good_seals = await database.audit_seals.find(sort=[("_id", 1)]).to_list()
    good_head = await database.audit_heads.find_one()
    assert good_head is not None
    assert len(good_seals) == len(good_lines) - 1 == 4

    async def assert_found(words: str) -> None:
        report = await verify(database, keys, seals)
        assert any(words in problem for problem in report.problems), report.text()
        seals.write_bytes(b"".join(good_lines))
        await database.audit_seals.delete_many({})
        await database.audit_seals.insert_many(good_seals)
        await database.audit_heads.replace_one({"_id": good_head["_id"]}, good_head, upsert=True)
        assert (await verify(database, keys, seals)).ok

    await database.audit_seals.update_one({"_id": good_seals[1]["_id"]}, {"$set": {"n": 39}})
    await assert_found("forged or damaged seals in the database")
    await database.audit_seals.delete_one({"_id": good_seals[1]["_id"]})
    seal_is_old = good_seals[1]["ts"]
    assert isinstance(seal_is_old, int)
    seals.write_bytes(b"".join(good_lines[:2] + good_lines[3:]))
    await assert_found("missing everywhere")
    seals.write_bytes(b"".join(good_lines[:2] + good_lines[3:]))
    await assert_found("missing from the file")
    seals.write_bytes(b"".join(good_lines).replace(b'"n":40', b'"n":41'))
    await assert_found("forged or damaged lines")
    seals.unlink()
    await assert_found("file of seals is missing")
    await database.audit_heads.update_one({}, {"$set": {"n": 10}})
    await assert_found("forged or damaged")
    other = AuditKeys(bytes(32))
    assert not (await verify(database, other, seals)).ok
