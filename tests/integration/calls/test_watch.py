"""The clock goes through all live calls, however many there are, a bounded number in each round."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from hub.mongo.client import Database, bind_documents, create_indexes
from models.documents.call import Call
from models.documents.conversation import Conversation, Member
from models.documents.heartbeat import Heartbeat
from models.events.call_views import CallState, MediaPath, PartyState
from models.events.conversations import ConversationKind
from models.ids import new_id
from models.media import KeepLegs
from services import state
from services.calls.heartbeats import Heartbeats
from services.calls.watch import CallWatch
from tests.integration.signaling.nodes import Node, nodes_on
from tests.support.waiting import until

KINDS = (Call, Conversation, Heartbeat)


@pytest.fixture
async def node(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Node]:
    """A node whose rounds take two calls."""
    monkeypatch.setattr("services.calls.watch.PAGE", 2)
    monkeypatch.setattr("services.calls.watch.PAGES", 1)
    async with nodes_on(database) as nodes:
        await bind_documents(database, KINDS)
        await create_indexes(database, KINDS)
        yield nodes[0]


@pytest.fixture
def watch(node: Node) -> CallWatch:
    return CallWatch(node.boot_id, Heartbeats(node.boot_id), node.book)


async def live(node: Node) -> list[str]:
    """Calls that have not ended."""
    return sorted(call.id for call in await node.book.find({"state": {"$ne": CallState.ENDED.value}}, 100))


async def standing(node: Node) -> Call:
    """A call of an open conversation, in which both are."""
    call = await node.call(2)
    members = [
        Member(user_id=party.user_id, role=party.role, joined_at=node.now, invited_by="") for party in call.parties
    ]
    talk = Conversation(
        id=call.conversation_id, kind=ConversationKind.GROUP, title="Round", patient_id=None, members=members,
        created_at=node.now, created_by=call.host_id, fingerprint="", active_at=node.now,
    )  # fmt: skip
    assert await state.insert(talk)
    return call


async def test_each_round_goes_on_behind_the_last_one(node: Node, watch: CallWatch) -> None:
    for _ in range(5):
        await node.call(2)  # in conversations that are no more
    left = []
    for _ in range(4):
        await watch.review()
        left.append(len(await live(node)))
    assert left == [3, 1, 0, 0]
    await node.call(2)
    await watch.review()
    assert await live(node) == []


async def test_calls_that_stay_do_not_hide_those_behind_them(node: Node, watch: CallWatch) -> None:
    kept = [await standing(node) for _ in range(5)]
    await node.call(2)
    for _ in range(3):
        await watch.review()
    assert await live(node) == sorted(call.id for call in kept)
    # And the walk begins again: whoever lost the right to the first call meanwhile is found.
    first = kept[0]
    await state.change(Conversation, {"_id": first.conversation_id}, {"$pull": {"members": {"user_id": first.host_id}}})
    for _ in range(4):
        await watch.review()
    assert await live(node) == sorted(call.id for call in kept[1:])


async def test_so_does_the_review_of_paths(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.calls.steering.PAGE", 2)
    monkeypatch.setattr("services.calls.steering.PAGES", 1)
    calls = [await node.call(2, path=MediaPath.RELAY, process="unix:/one") for _ in range(5)]
    await node.alter(calls[0], process="unix:/gone")
    for _ in range(3):
        await node.steering.review()
    expected = sorted(call.id for call in calls[1:])

    def kept() -> list[str]:
        return sorted({asked.call_id for asked in node.relays.of(KeepLegs)})

    await until(lambda: kept() == expected, what="every call is told of")
    # A process is missed once in each walk here; the other walks do not make it forgotten.
    for _ in range(3):
        await node.steering.review()

    async def moved() -> bool:
        return (await node.book.fetch(calls[0].id)).process == "unix:/one"

    await until(moved, what="the call of a process that is gone")


async def test_time_and_dead_nodes_reach_all_calls(
    node: Node, watch: CallWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.calls.watch.PAGES", 20)
    calls = [await node.call(2) for _ in range(5)]
    survivor = Heartbeats(new_id())
    await survivor.beat()
    await CallWatch(survivor._boot_id, survivor, node.book).orphans()
    away = [await node.book.fetch(call.id) for call in calls]
    assert {party.state for call in away for party in call.parties} == {PartyState.AWAY}
    long_ago = {"$set": {"due_at": node.now - timedelta(seconds=60)}}
    for call in away:
        for party in call.parties:
            party.away_at = node.now - timedelta(seconds=60)
        await node.alter(call, parties=call.parties)
        await state.change(Call, {"_id": call.id}, long_ago)
    await watch.due()
    assert await live(node) == []
