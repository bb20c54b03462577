"""The feed: every event of every node, once and in order."""

import asyncio
from functools import partial

from hub.bus.settings import FeedSettings
from hub.mongo.client import Database
from models.streams import conversation
from tests.integration.bus.nodes import QUICK, STREAM, MakeNode, entry, stored_event
from tests.support.waiting import until


async def test_each_node_sees_what_both_write_once_and_in_order(node: MakeNode) -> None:
    nodes = await node("a").start(), await node("b").start()
    for each in nodes:
        await each.feed.watch(STREAM)
    await asyncio.gather(*(each.log.append(entry(k)) for k in range(100) for each in nodes))
    for each in nodes:
        await until(partial(each.has, STREAM, 200))
        assert each.numbers() == list(range(1, 201))
    assert [event.cid for event in nodes[0].seen] == [event.cid for event in nodes[1].seen]


async def test_own_events_are_delivered_before_their_append_returns(node: MakeNode) -> None:
    alone = node("a")  # its change stream is not even open
    await alone.log.append(entry())
    assert alone.numbers() == [1]


async def test_listeners_hear_their_fact_in_order_also_of_streams_nobody_watches(node: MakeNode) -> None:
    here, there = await node("a").start(), await node("b").start()
    heard: list[tuple[str, int]] = []
    here.feed.listen("member.left", lambda event: heard.append((event.stream, event.n)))
    other = conversation("other")
    for writer in (here, there, here, there):
        await writer.log.append(entry(type_="chat.sent"))
        await writer.log.append(entry(type_="member.left"))
        await writer.log.append(entry(0, other, type_="member.left"))
    await until(lambda: len(heard) >= 8)
    assert [n for stream, n in heard if stream == STREAM] == [2, 4, 6, 8]
    assert [n for stream, n in heard if stream == other] == [1, 2, 3, 4]


async def test_a_failing_listener_stops_neither_the_others_nor_the_stream(node: MakeNode) -> None:
    here = await node("a").start()
    heard: list[int] = []

    def fail(_: object) -> None:
        raise RuntimeError

    here.feed.listen("chat.sent", fail)
    here.feed.listen("chat.sent", lambda event: heard.append(event.n))
    await here.log.append(entry())
    await here.log.append(entry())
    assert heard == [1, 2]


async def test_a_gap_is_read_from_the_log(node: MakeNode, log_database: Database) -> None:
    here = await node("a").start()
    await here.feed.watch(STREAM)
    await here.log.append(entry())
    # Written under this node's own boot id, hence invisible to its change stream: as after an unknown outcome.
    await log_database["ev"].insert_many([stored_event(STREAM, n, "a") for n in (2, 3, 4)])
    await node("b").log.append(entry())
    await until(lambda: len(here.seen) >= 5)
    assert here.numbers() == [1, 2, 3, 4, 5]


async def test_a_silent_loss_is_found_by_comparing_heads(node: MakeNode, log_database: Database) -> None:
    here = await node("a", feed=QUICK).start()
    await here.feed.watch(STREAM)
    await log_database["ev"].insert_many([stored_event(STREAM, n, "a") for n in (1, 2, 3)])
    await until(lambda: len(here.seen) >= 3)
    assert here.numbers() == [1, 2, 3]


async def test_events_far_ahead_of_a_gap_are_not_kept_but_read(node: MakeNode, log_database: Database) -> None:
    here = await node("a", feed=FeedSettings(held_events=4, gap_grace_s=0.3)).start()
    await here.feed.watch(STREAM)
    await log_database["ev"].insert_one(stored_event(STREAM, 1, "a"))
    there = node("b")
    for k in range(600):
        await asyncio.gather(*(there.log.append(entry(k)) for _ in range(1)))
    await until(lambda: len(here.seen) >= 601)
    assert here.numbers() == list(range(1, 602))


async def test_a_change_stream_that_cannot_resume_starts_anew_and_compares(
    node: MakeNode, log_database: Database
) -> None:
    here, there = await node("a", feed=FeedSettings(watch_task_s=0.1, verify_heads_s=3600)).start(), node("b")
    await here.feed.watch(STREAM)
    await there.log.append(entry())
    await until(lambda: here.numbers() == [1])
    aside = log_database["aside"]
    kept = await log_database["ev"].find().to_list()
    await log_database["ev"].drop()  # invalidates the change stream, and no resume token helps
    await aside.insert_many(kept)
    await log_database["ev"].insert_many([*kept, stored_event(STREAM, 2, "b")])
    await until(lambda: here.numbers() == [1, 2], 10)
    await node("c").log.append(entry())
    await until(lambda: here.numbers() == [1, 2, 3])
    assert here.feed.alive


async def test_a_stream_left_alone_is_still_continued_without_a_gap(node: MakeNode) -> None:
    here, there = await node("a").start(), node("b")
    await here.feed.watch(STREAM)
    await there.log.append(entry())
    await until(lambda: here.numbers() == [1])
    here.feed.unwatch(STREAM)
    await there.log.append(entry())
    await here.feed.watch(STREAM)
    await there.log.append(entry())
    await until(lambda: len(here.seen) >= 3)
    assert here.numbers() == [1, 2, 3]
