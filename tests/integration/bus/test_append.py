"""Appending: numbers without holes, once per client id, whoever competes."""

import asyncio

import pytest

from hub.bus.settings import LogSettings
from hub.mongo.client import Database
from models.errors import CidConflict, TryAgain
from models.ids import new_id
from models.streams import StreamId, conversation
from services.ports import Entry, Position
from tests.integration.bus.nodes import STREAM, MakeNode, append_until_confirmed, entry, stored_event, stored_numbers


@pytest.mark.parametrize(("streams", "entries"), [(1, 400), (50, 16)])
async def test_two_nodes_compete_without_holes_or_doubles(
    node: MakeNode, log_database: Database, streams: int, entries: int
) -> None:
    nodes = node("a"), node("b")
    names = [conversation(f"s{index}") for index in range(streams)]
    facts = [(each, entry(k, name)) for name in names for each in nodes for k in range(entries // 2)]
    positions = await asyncio.gather(*(append_until_confirmed(each, fact) for each, fact in facts))
    for name in names:
        told = sorted(position.n for position in positions if position.stream == name)
        assert told == list(range(1, entries + 1))
        assert await stored_numbers(log_database, name) == told
    for (_, fact), position in zip(facts, positions, strict=True):
        found = await nodes[0].log.find(fact.stream, fact.by, fact.dev, fact.cid)
        assert found is not None
        assert (found.n, found.data["number"]) == (position.n, fact.data["number"])


async def test_entries_of_one_turn_keep_the_order_of_their_appends(node: MakeNode) -> None:
    log = node("a").log
    positions = await asyncio.gather(*(log.append(entry(k)) for k in range(300)))
    assert [position.n for position in positions] == list(range(1, 301))


async def test_a_retransmission_gets_the_first_position_on_any_node(node: MakeNode, log_database: Database) -> None:
    first_node, second_node = node("a"), node("b")
    fact = entry(cid=new_id())
    first = await first_node.log.append(fact)
    await first_node.log.append(entry())
    again = await asyncio.gather(first_node.log.append(fact), second_node.log.append(fact))
    assert [(position.n, position.at, position.dup) for position in again] == [(first.n, first.at, True)] * 2
    assert not first.dup
    assert await stored_numbers(log_database) == [1, 2]


async def test_the_same_client_id_for_something_else_is_refused(node: MakeNode, log_database: Database) -> None:
    log = node("a").log
    cid = new_id()
    await log.append(entry(1, cid=cid))
    with pytest.raises(CidConflict):
        await log.append(entry(2, cid=cid))
    with pytest.raises(CidConflict):
        await log.append(entry(1, cid=cid, type_="chat.edited"))
    assert await stored_numbers(log_database) == [1]
    assert (await log.append(entry(2, conversation("elsewhere"), cid=cid))).n == 1


async def test_a_batch_of_every_fate_leaves_no_hole(node: MakeNode, log_database: Database) -> None:
    log = node("a").log
    cid = new_id()
    await log.append(entry(0, cid=cid))
    batch = [entry(1), entry(2), entry(0, cid=cid), entry(3), entry(99, cid=cid), entry(4), entry(0, cid=cid), entry(5)]
    fates = await asyncio.gather(*(log.append(fact) for fact in batch), return_exceptions=True)
    numbers = [fate.n if isinstance(fate, Position) else type(fate) for fate in fates]
    assert numbers == [2, 3, 1, 4, CidConflict, 5, 1, 6]
    assert await stored_numbers(log_database) == [1, 2, 3, 4, 5, 6]


async def test_one_stream_in_trouble_does_not_disturb_its_neighbours(node: MakeNode, log_database: Database) -> None:
    log = node("a").log
    names = [conversation(f"s{index}") for index in range(20)]
    await asyncio.gather(*(log.append(entry(0, name)) for name in names))
    taken = names[7]  # another node writes there behind the back of our cached head
    await log_database["ev"].insert_one(stored_event(taken, 2, "elsewhere"))
    positions = await asyncio.gather(*(log.append(entry(1, name)) for name in names))
    assert {position.stream: position.n for position in positions} == {name: 2 + (name == taken) for name in names}


async def test_what_the_database_could_not_hold_is_refused_alone(node: MakeNode) -> None:
    log = node("a").log
    fates = await asyncio.gather(
        log.append(entry(1)),
        log.append(entry(2, text="x" * 100_000)),
        log.append(entry(2**63)),
        log.append(Entry(StreamId("nonsense"), "chat.sent", "ann", "phone", new_id(), {})),
        log.append(entry(3)),
        return_exceptions=True,
    )
    kinds = [fate.n if isinstance(fate, Position) else type(fate) for fate in fates]
    assert kinds == [1, ValueError, OverflowError, ValueError, 2]


async def test_more_than_may_wait_is_told_to_try_again(node: MakeNode, log_database: Database) -> None:
    log = node("a", log=LogSettings(waiting_entries=10)).log
    fates = await asyncio.gather(*(log.append(entry(k)) for k in range(15)), return_exceptions=True)
    refused = [fate for fate in fates if isinstance(fate, TryAgain)]
    assert len(refused) == 5
    assert all(fate.after_ms for fate in refused)
    assert await stored_numbers(log_database) == list(range(1, 11))


async def test_closing_finishes_what_waits_and_accepts_nothing_more(node: MakeNode, log_database: Database) -> None:
    log = node("a").log
    waiting = [asyncio.ensure_future(log.append(entry(k))) for k in range(50)]
    await asyncio.sleep(0)
    await log.close()
    assert sorted([(await each).n for each in waiting]) == list(range(1, 51))
    with pytest.raises(TryAgain):
        await log.append(entry())
    assert await stored_numbers(log_database) == list(range(1, 51))


async def test_pages_are_bounded_both_ways_and_by_type(node: MakeNode) -> None:
    log = node("a").log
    for k in range(1, 11):
        await log.append(entry(k, type_="chat.sent" if k % 2 else "chat.read", text="x" * 1000))
    assert await log.head(STREAM) == 10
    assert [event.n for event in await log.read(STREAM, 3, 4, 1 << 20)] == [4, 5, 6, 7]
    assert [event.n for event in await log.read(STREAM, 0, 10, 1)] == [1]
    assert [event.n for event in await log.read(STREAM, 0, 10, 4500)] == [1, 2, 3]
    assert [event.n for event in await log.read(STREAM, 0, 3, 1 << 20, {"chat.read"})] == [2, 4, 6]
    assert [event.n for event in await log.read_back(STREAM, 9, 3, {"chat.sent"})] == [7, 5, 3]
    assert await log.find(STREAM, "ann", "phone", new_id()) is None
