"""A call changes its path: once, whoever decides, and nothing that dies leaves it hanging."""

import asyncio
from datetime import timedelta

import pytest

from hub.mongo.client import Database
from models.documents.call import Call
from models.errors import MediaUnavailable, NotNow
from models.events.call_views import CallState, MediaPath, MediaState, PartyState, PathReason, RecordingState
from models.events.signaling import PathState
from models.media import CloseRoom, JoinLeg, KeepLegs, LeaveLeg, LegLost, LegReoffer, SetLegMedia, Slots, Speaker
from services.calls.paths import PathPolicy
from tests.integration.signaling.nodes import Node, connected, hear, later, nodes_on
from tests.support.waiting import until


async def on(node: Node, call: Call, path: MediaPath, n: int) -> Call:
    """The call, once it is there."""

    async def there() -> Call | None:
        found = await node.book.fetch(call.id)
        return found if (found.path, found.path_n) == (path, n) else None

    found = await until(there, what=f"path {path} {n}")
    assert found is not None
    return found


async def settled(node: Node, call: Call) -> Call:
    """The call, once its change of path is told."""

    async def there() -> Call | None:
        found = await node.book.fetch(call.id)
        return found if found.path_at is None and not found.outbox else None

    found = await until(there, what="a told change of path")
    assert found is not None
    return found


async def test_a_third_party_moves_the_call_to_the_relay(pair: list[Node]) -> None:
    node = pair[0]
    call = await node.seat(await node.call(2), node.party())
    call = await on(node, call, MediaPath.RELAY, 2)
    assert (call.path_reason, call.process) == (PathReason.GROUP, "unix:/one")
    for party in call.parties:
        offer = await node.join(call, party)
        assert offer.path_n == 2
    assert [request.party_id for request in node.relays.of(JoinLeg)] == [party.party_id for party in call.parties]
    await hear(pair, "unix:/one", *connected(call))
    await settled(node, call)
    [told] = await node.facts(call)
    assert (told.data["before"], told.data["after"], told.data["reason"]) == ("direct", "relay", "group")
    assert told.data["took_ms"] >= 0


@pytest.mark.parametrize(
    ("state", "reason"),
    [(PathState.FAILED, PathReason.NOT_CONNECTED), (PathState.LOST, PathReason.MEDIA_LOST)],
)
async def test_a_direct_path_that_does_not_work_gives_way(node: Node, state: PathState, reason: PathReason) -> None:
    call = await node.call(2)
    await asyncio.gather(*(node.report(call, party, state) for party in call.parties))
    found = await on(node, call, MediaPath.RELAY, 2)
    assert (found.path_reason, found.direct_failed) == (reason, 1)
    await hear([node], "unix:/one", *connected(found))
    await settled(node, call)
    assert [told.data["reason"] for told in await node.facts(call)] == [reason.value]


async def test_reports_of_another_path_come_too_late(node: Node) -> None:
    call = await node.call(2)
    await node.report(call, call.parties[0], PathState.FAILED, n=7)
    assert (await node.book.fetch(call.id)).version == call.version


async def test_without_a_relay_a_direct_path_that_may_come_back_is_kept(node: Node) -> None:
    node.relays.processes.clear()
    call = await node.call(2)
    await node.report(call, call.parties[0], PathState.LOST)
    assert (await node.book.fetch(call.id)).path is MediaPath.DIRECT


async def test_the_first_media_makes_the_call_active(node: Node) -> None:
    call = await node.call(2, state=CallState.CONNECTING)
    await node.alter(call, parties=[one.model_copy(update={"connected_n": 0}) for one in call.parties])
    for party in call.parties:
        await node.report(call, party, PathState.CONNECTED)
    assert (await node.book.fetch(call.id)).state is CallState.ACTIVE
    assert await node.facts(call) == []


async def test_two_who_remain_go_back_and_the_relay_carries_until_both_have_media(node: Node) -> None:
    call = await node.call(3)
    call = await node.alter(call, state=CallState.ACTIVE)
    call = await on(node, call, MediaPath.RELAY, 2)
    await hear([node], "unix:/one", *connected(call))
    call = await settled(node, call)
    gone = call.parties[2]
    left = gone.model_copy(update={"state": PartyState.GONE, "leg_id": None})
    call = await node.alter(call, parties=[*call.parties[:2], left])
    call = await on(node, call, MediaPath.DIRECT, 3)
    assert call.process == "unix:/one"
    await until(lambda: [request.leg_id for request in node.relays.of(LeaveLeg)] == [gone.leg_id])
    with pytest.raises(NotNow):
        await node.join(call, call.parties[0])
    await node.report(call, call.parties[0], PathState.CONNECTED)
    assert node.relays.of(CloseRoom) == []
    await node.report(call, call.parties[1], PathState.CONNECTED)
    await until(lambda: [request.call_id for request in node.relays.of(CloseRoom)] == [call.id])
    assert [told.data["reason"] for told in await node.facts(call)] == ["group", "two_remain"]


async def test_a_way_back_that_does_not_work_ends_on_the_relay_again(node: Node) -> None:
    call = await node.call(2, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/one")
    await node.alter(call, state=CallState.ACTIVE)
    call = await on(node, call, MediaPath.DIRECT, 3)
    await later(node, 6)
    call = await on(node, call, MediaPath.RELAY, 4)
    assert (call.direct_failed, call.process) == (1, "unix:/one")
    await hear([node], "unix:/one", *connected(call))
    await settled(node, call)
    assert await node.facts(call) == []


async def test_a_recording_moves_the_call(node: Node) -> None:
    call = await node.alter(await node.call(2), recording=RecordingState.RUNNING)
    assert (await on(node, call, MediaPath.RELAY, 2)).path_reason is PathReason.RECORDING


async def test_where_the_policy_says_so_a_call_is_relayed_from_the_start(database: Database) -> None:
    async with nodes_on(database, policy=PathPolicy.RELAY) as [node]:
        call = await node.call(2, state=CallState.CONNECTING)
        assert (await on(node, call, MediaPath.RELAY, 2)).path_reason is PathReason.POLICY


async def test_a_lost_process_is_left_once_by_all_its_calls(pair: list[Node]) -> None:
    node = pair[0]
    calls = [
        await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/one")
        for _ in range(5)
    ]
    node.relays.processes.remove("unix:/one")
    await asyncio.gather(*(each.steering.on_lost("unix:/one") for each in pair))
    moved = [await on(node, call, MediaPath.RELAY, 3) for call in calls]
    assert {call.process for call in moved} == {"unix:/two"}
    for call in moved:
        await hear(pair, "unix:/two", *connected(call))
        await settled(node, call)
        [told] = await node.facts(call)
        assert (told.data["before"], told.data["reason"]) == ("relay", "process_lost")


async def test_a_process_that_nobody_was_linked_to_is_missed_too(node: Node) -> None:
    call = await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/gone")
    await later(node, 0)
    await until(lambda: node.steering._missed.get("unix:/gone") == 1)
    assert (await node.book.fetch(call.id)).process == "unix:/gone"
    await later(node, 0)
    assert (await on(node, call, MediaPath.RELAY, 3)).process == "unix:/one"


async def test_a_call_waits_for_a_process_and_takes_the_first_there_is(node: Node) -> None:
    node.relays.processes.clear()
    call = await node.seat(await node.call(2), node.party())
    call = await on(node, call, MediaPath.RELAY, 2)
    assert call.process is None
    with pytest.raises(MediaUnavailable):
        await node.join(call, call.parties[0])
    node.relays.processes.append("unix:/three")
    await node.join(call, call.parties[0])
    found = await node.book.fetch(call.id)
    assert (found.process, found.path_n) == ("unix:/three", 2)


async def test_a_process_that_takes_no_leg_is_left_as_long_as_nobody_is_connected_there(node: Node) -> None:
    call = await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/one")
    node.relays.refuses.add("unix:/one")
    assert (await node.join(call, call.parties[0])).path_n == 3
    found = await node.book.fetch(call.id)
    assert found.process == "unix:/two"
    await hear([node], "unix:/two", *connected(found))
    await settled(node, found)
    node.relays.refuses.add("unix:/two")
    with pytest.raises(MediaUnavailable):
        await node.join(found, found.parties[1])
    assert (await node.book.fetch(call.id)).process == "unix:/two"


async def test_news_that_died_with_a_node_is_found_by_measuring(node: Node) -> None:
    call = await node.seat(await node.call(2), node.party())
    call = await on(node, call, MediaPath.RELAY, 2)
    node.relays.connected.update(party.leg_id or "" for party in call.parties)
    await later(node, 2)
    await settled(node, call)
    assert len(await node.facts(call)) == 1


async def test_a_leg_that_never_came_is_asked_again(node: Node) -> None:
    call = await node.seat(await node.call(2), node.party())
    call = await on(node, call, MediaPath.RELAY, 2)
    await later(node, 6)
    await until(lambda: len(node.rooms.of("call.relay_offered")) == 3)
    assert node.rooms.of("call.relay_offered")[0]["path_n"] == 2


async def test_two_who_are_left_on_a_relay_that_one_cannot_reach_try_directly_again(node: Node) -> None:
    call = await node.seat(await node.call(2), node.party())
    call = await on(node, call, MediaPath.RELAY, 2)
    first, second, third = call.parties
    call = await node.alter(call, parties=[first, second, third.model_copy(update={"state": PartyState.GONE})])
    await later(node, 14)
    await settle_errands(node)
    assert (await node.book.fetch(call.id)).path_n == 2
    await later(node, 16)
    call = await on(node, call, MediaPath.DIRECT, 3)
    for party in (first, second):
        await node.report(call, party, PathState.CONNECTED)
    assert (await settled(node, call)).path is MediaPath.DIRECT


async def test_a_decision_that_died_with_a_node_is_made_by_the_clock(pair: list[Node]) -> None:
    deciding, other = pair
    await deciding.connecting.close()
    call = await deciding.seat(await deciding.call(2), deciding.party())
    await later(other, 0)
    assert (await on(other, call, MediaPath.RELAY, 2)).path_reason is PathReason.GROUP


async def test_the_end_of_a_call_closes_its_room_even_if_the_node_died_with_it(pair: list[Node]) -> None:
    node, other = pair
    call = await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/one")
    await node.connecting.close()
    await node.alter(call, state=CallState.ENDED, ended_at=node.now)
    await later(other, 60)
    await until(lambda: [request.call_id for request in node.relays.of(CloseRoom)] == [call.id])
    await settle_errands(other)
    await later(other, 62)
    await settle_errands(other)
    assert len(node.relays.of(CloseRoom)) == 1
    assert (await node.book.fetch(call.id)).process is None


async def test_a_room_is_closed_although_its_process_could_not_be_asked_when_the_call_ended(node: Node) -> None:
    call = await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/one")
    away = await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/gone")
    node.relays.processes.remove("unix:/one")
    for one in (call, away):
        await node.alter(one, state=CallState.ENDED, ended_at=node.now)
    await settle_errands(node)
    node.relays.processes.append("unix:/one")
    await later(node, 2)
    await until(lambda: [request.call_id for request in node.relays.of(CloseRoom)] == [call.id])
    await later(node, 61)
    await settle_errands(node)
    assert [(await node.book.fetch(one.id)).process for one in (call, away)] == [None, None]


async def test_a_call_that_ends_on_its_second_process_leaves_no_room_there(node: Node) -> None:
    call = await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/one")
    node.relays.processes.remove("unix:/one")
    await node.steering.on_lost("unix:/one")
    call = await on(node, call, MediaPath.RELAY, 3)
    assert node.relays.of(CloseRoom) == []
    await node.alter(call, state=CallState.ENDED, ended_at=node.now)
    await until(lambda: [request.call_id for request in node.relays.of(CloseRoom)] == [call.id])


async def test_the_relay_is_told_what_parties_send_and_who_left(node: Node) -> None:
    call = await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.GROUP, process="unix:/one")
    muted = call.parties[0].model_copy(update={"media": MediaState(audio=False)})
    moved = call.parties[1].model_copy(update={"leg_id": "another"})
    await node.alter(call, parties=[muted, moved, call.parties[2]])
    await until(lambda: [request.leg_id for request in node.relays.of(LeaveLeg)] == [call.parties[1].leg_id])
    [told] = node.relays.of(SetLegMedia)
    assert (told.party_id, told.audio, told.camera) == (muted.party_id, False, True)
    found = await node.book.fetch(call.id)
    await node.join(found, found.parties[0])
    assert len(node.relays.of(SetLegMedia)) == 2


async def test_who_was_taken_out_by_a_node_that_died_over_it_does_not_go_on_hearing(pair: list[Node]) -> None:
    node, other = pair
    call = await node.call(3, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.RECORDING, process="unix:/one",
                           recording=RecordingState.RUNNING)  # fmt: skip
    await node.connecting.close()
    first, second, third = call.parties
    await node.alter(
        call,
        parties=[first, second.model_copy(update={"leg_id": "another"}),
                 third.model_copy(update={"leg_id": None, "state": PartyState.GONE})],
    )  # fmt: skip
    assert node.relays.of(LeaveLeg) == []
    await later(other, 0)
    await until(lambda: [kept.legs for kept in node.relays.of(KeepLegs)] == [[first.leg_id, "another"]])
    # What was read long ago says nothing about now.
    await other.steering._keep(call, "unix:/one", other.now - timedelta(seconds=3))
    assert len(node.relays.of(KeepLegs)) == 1


async def test_passing_news_is_told_by_one_node(pair: list[Node]) -> None:
    node, other = pair
    call = await node.call(2, path=MediaPath.RELAY, path_n=2, path_reason=PathReason.POLICY, process="unix:/one",
                           recording=RecordingState.RUNNING)  # fmt: skip
    guest = other.party()
    call = await node.seat(call, guest)
    first, second = call.parties[0], call.parties[1]
    assert first.leg_id and second.leg_id and guest.leg_id
    slots = {"1": second.party_id, "3": None}
    await hear(
        pair, "unix:/one",
        Slots(call_id=call.id, leg_id=first.leg_id, slots=slots),
        Slots(call_id=call.id, leg_id=guest.leg_id, slots={}),
        Speaker(call_id=call.id, party_id=second.party_id),
        LegLost(call_id=call.id, party_id=first.party_id, leg_id=first.leg_id, path_n=2),
        LegReoffer(call_id=call.id, party_id=first.party_id, leg_id=first.leg_id, path_n=1),
    )  # fmt: skip
    await hear(pair, "unix:/other", Speaker(call_id=call.id, party_id=None))
    await until(lambda: node.rooms.of("call.relay_offered"))
    await asyncio.gather(*(settle_errands(each) for each in pair))
    assert node.rooms.of("call.slots_changed") == [
        {"call_id": call.id, "leg_id": first.leg_id, "slots": slots},
        {"call_id": call.id, "leg_id": guest.leg_id, "slots": {}},
    ]
    assert node.rooms.of("call.speaker_changed") == [{"call_id": call.id, "party_id": second.party_id}]
    assert len(node.rooms.of("call.relay_offered")) == 1


async def settle_errands(node: Node) -> None:
    """Everything a node has to do is done."""
    await until(lambda: not node.connecting._errands._waiting)


async def test_took_is_measured_from_the_decision(node: Node) -> None:
    call = await node.call(2)
    await node.report(call, call.parties[0], PathState.LOST)
    call = await on(node, call, MediaPath.RELAY, 2)
    assert call.path_at is not None
    await node.alter(call, path_at=call.path_at - timedelta(seconds=2))
    await hear([node], "unix:/one", *connected(call))
    await settled(node, call)
    [told] = await node.facts(call)
    assert 2000 <= told.data["took_ms"] < 60_000
