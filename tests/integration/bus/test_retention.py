"""Retention: only an old prefix goes, the floor goes first, and nobody is given a stream with a hole."""

from datetime import timedelta

import pytest

from hub.bus import retention as module
from hub.bus.entry import now
from hub.bus.retention import Retention
from hub.mongo.client import Database
from models.events.sync import SyncStatus
from models.streams import StreamKind, conversation, inbox
from tests.integration.bus.nodes import STREAM, entry, stored_numbers
from tests.integration.bus.place import MakePlace, Place

DAY = timedelta(days=1)


def in_ten_days(place: Place, *kinds: StreamKind) -> Retention:
    """A retention of three days for these kinds, run ten days from now."""
    later = now() + 10 * DAY
    return Retention(place.node.events, place.node.meta, dict.fromkeys(kinds, 3 * DAY), lambda: later)


async def postpone(database: Database, count: int, days: int) -> None:
    """Let everything of the stream but its first events have happened later than it did."""
    at = now() + days * DAY
    await database["ev"].update_many({"s": STREAM, "n": {"$gt": count}}, {"$set": {"at": at}})


async def test_the_old_prefix_goes_and_clients_behind_it_start_anew(
    make_place: MakePlace, log_database: Database
) -> None:
    place = await make_place()
    ben, eve = place.reader("ben"), place.reader("eve")
    await place.append(2)
    await ben.follow(STREAM)
    ben.leave()
    await place.append(4)
    await eve.follow(STREAM)
    await postpone(log_database, 4, 9)
    job = in_ten_days(place, StreamKind.CONVERSATION)
    assert await job.run() == 4
    assert await stored_numbers(log_database) == [5, 6]
    behind = place.reader("ben")
    behind._cursors[STREAM] = 2
    state = (await behind.call(STREAM))[STREAM]
    assert (state.status, state.floor, state.head) == (SyncStatus.RESET, 4, 6)
    await place.append(1)
    await eve.follow(STREAM)
    assert eve.numbers(STREAM) == [1, 2, 3, 4, 5, 6, 7]
    assert await job.run() == 0


async def test_the_newest_event_stays_so_that_numbers_go_on(make_place: MakePlace, log_database: Database) -> None:
    place = await make_place()
    await place.append(3)
    assert await in_ten_days(place, StreamKind.CONVERSATION).run() == 2
    assert await stored_numbers(log_database) == [3]
    place.node.log.heads.drop(STREAM)
    assert (await place.node.log.append(entry())).n == 4


async def test_each_kind_has_its_own_age_and_is_kept_without_one(make_place: MakePlace, log_database: Database) -> None:
    place = await make_place()
    for stream in (conversation("one"), conversation("two"), inbox("ann")):
        for k in range(3):
            await place.node.log.append(entry(k, stream))
    assert await in_ten_days(place).run() == 0
    assert await in_ten_days(place, StreamKind.INBOX).run() == 2
    assert await stored_numbers(log_database, conversation("one")) == [1, 2, 3]
    assert await in_ten_days(place, StreamKind.CONVERSATION).run() == 4


async def test_a_run_is_bounded_and_the_next_one_goes_on(
    make_place: MakePlace, log_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STREAMS_A_RUN", 2)
    monkeypatch.setattr(module, "EVENTS_A_STREAM", 2)
    place = await make_place()
    for name in ("one", "three", "two"):
        for k in range(5):
            await place.node.log.append(entry(k, conversation(name)))
    job = in_ten_days(place, StreamKind.CONVERSATION)
    assert [await job.run() for _ in range(6)] == [4, 2, 4, 2, 0, 0]
    assert await log_database["ev"].count_documents({}) == 3


async def test_a_crash_between_floor_and_deletion_hides_what_is_still_there(
    make_place: MakePlace, log_database: Database
) -> None:
    place = await make_place()
    await place.append(4)
    await place.node.meta.raise_floor(STREAM, 2)
    ben = place.reader()
    assert (await ben.call(STREAM))[STREAM].status is SyncStatus.RESET
    await ben.follow(STREAM)
    assert ben.numbers(STREAM) == [3, 4]
