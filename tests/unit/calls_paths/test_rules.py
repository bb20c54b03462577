"""Which path a call ought to be on, and when a change of it has happened."""

from datetime import timedelta

import pytest

from models.documents.call import Call
from models.events.call_views import CallKind, CallState, MediaPath, PartyState, PathReason, RecordingState
from services.calls import paths
from services.calls.paths import PathPolicy
from tests.unit.calls_paths.calls import NOW, OTHER, PROCESS, call_of, party, relayed

AUTO, RELAY = PathPolicy.AUTO, PathPolicy.RELAY
LATER = NOW + timedelta(milliseconds=1234)


def told(call: Call) -> list[dict[str, object]]:
    facts = paths.settle(call, LATER)
    return [dict(fact.data) for fact in facts or []]


@pytest.mark.parametrize(
    ("call", "policy", "wanted"),
    [
        (call_of(2), AUTO, None),
        (call_of(2), PathPolicy.TURN, None),
        (call_of(2), RELAY, (MediaPath.RELAY, PathReason.POLICY)),
        (call_of(2, recording=RecordingState.ASKING), AUTO, None),
        (call_of(2, recording=RecordingState.RUNNING), AUTO, (MediaPath.RELAY, PathReason.RECORDING)),
        (call_of(3), AUTO, (MediaPath.RELAY, PathReason.GROUP)),
        (call_of(6), AUTO, (MediaPath.RELAY, PathReason.GROUP)),
        (call_of(3, kind=CallKind.CHAT), AUTO, None),
        (call_of(1, state=CallState.RINGING), RELAY, None),
        (call_of(3, state=CallState.ENDED), AUTO, None),
        (relayed(3, PathReason.GROUP), AUTO, None),
        (relayed(2, PathReason.GROUP), AUTO, (MediaPath.DIRECT, PathReason.TWO_REMAIN)),
        (relayed(2, PathReason.GROUP), RELAY, None),
        (relayed(1, PathReason.GROUP), AUTO, None),
        (relayed(2, PathReason.GROUP, recording=RecordingState.ASKING), AUTO, None),
        (relayed(2, PathReason.GROUP, recording=RecordingState.RUNNING), AUTO, None),
        (relayed(2, PathReason.RECORDING), AUTO, (MediaPath.DIRECT, PathReason.TWO_REMAIN)),
        (relayed(2, PathReason.RECORDING, direct_failed=1), AUTO, (MediaPath.DIRECT, PathReason.TWO_REMAIN)),
        (relayed(2, PathReason.RECORDING, direct_failed=2), AUTO, None),
        (relayed(2, PathReason.MEDIA_LOST, direct_failed=1), AUTO, None),
        (relayed(2, PathReason.NOT_CONNECTED, direct_failed=1), AUTO, None),
        (relayed(2, PathReason.PROCESS_LOST), AUTO, (MediaPath.DIRECT, PathReason.TWO_REMAIN)),
        (relayed(2, PathReason.PROCESS_LOST, direct_failed=1), AUTO, None),
        (relayed(2, PathReason.GROUP, path_at=NOW), AUTO, None),
        (relayed(2, PathReason.GROUP, path_at=NOW, process=None), AUTO, (MediaPath.DIRECT, PathReason.TWO_REMAIN)),
    ],
)
def test_where_a_call_ought_to_be(
    call: Call, policy: PathPolicy, wanted: tuple[MediaPath, PathReason] | None
) -> None:  # fmt: skip
    assert paths.ought(call, policy) == wanted


@pytest.mark.parametrize(
    ("call", "policy", "seconds", "stranded"),
    [
        (relayed(2, PathReason.GROUP, path_at=NOW), AUTO, 16, True),
        (relayed(2, PathReason.GROUP, path_at=NOW), AUTO, 15, False),
        (relayed(2, PathReason.GROUP), AUTO, 16, False),
        (relayed(3, PathReason.GROUP, path_at=NOW), AUTO, 16, False),
        (relayed(2, PathReason.POLICY, path_at=NOW), PathPolicy.RELAY, 16, False),
        (relayed(2, PathReason.RECORDING, path_at=NOW, recording=RecordingState.RUNNING), AUTO, 16, False),
        (relayed(2, PathReason.NOT_CONNECTED, path_at=NOW, direct_failed=1), AUTO, 16, False),
        (relayed(2, PathReason.GROUP, path_at=NOW, direct_failed=2), AUTO, 16, False),
    ],
)
def test_who_waits_in_vain_for_the_relay(call: Call, policy: PathPolicy, seconds: int, stranded: bool) -> None:
    assert paths.is_stranded(call, policy, NOW + timedelta(seconds=seconds)) is stranded


def test_somebody_whose_connection_is_gone_for_a_moment_still_counts_towards_a_group() -> None:
    call = call_of(2)
    call.parties.append(party(3, PartyState.AWAY))
    assert paths.ought(call, AUTO) == (MediaPath.RELAY, PathReason.GROUP)


def test_two_of_whom_one_is_away_stay_on_the_relay() -> None:
    call = relayed(1, PathReason.GROUP)
    call.parties.append(party(2, PartyState.AWAY))
    assert paths.ought(call, AUTO) is None


def test_a_change_is_told_once_when_every_leg_has_media_again() -> None:
    call = call_of(2)
    paths.fall_back(call, PathReason.MEDIA_LOST, PROCESS, NOW)
    assert (call.path, call.path_n, call.process, call.direct_failed) == (MediaPath.RELAY, 2, PROCESS, 1)
    assert paths.connect(call, "l1", 2, NOW)
    assert paths.settle(call, LATER) is None
    assert paths.connect(call, "l2", 2, NOW)
    assert told(call) == [
        {"call_id": "c1", "before": "direct", "after": "relay", "reason": "media_lost", "took_ms": 1234}
    ]
    assert paths.settle(call, LATER) is None


def test_media_on_a_former_path_is_no_news() -> None:
    call = relayed(2, PathReason.GROUP)
    assert not paths.connect(call, "l1", 1, NOW)
    assert not paths.connect(call, "another", 2, NOW)


def test_one_leg_alone_settles_nothing() -> None:
    call = call_of(1)
    paths.turn(call, MediaPath.RELAY, PathReason.POLICY, PROCESS, NOW)
    assert paths.connect(call, "l1", 2, NOW)
    assert paths.settle(call, LATER) is None


def test_the_first_media_makes_the_call_active_and_is_no_change_of_path() -> None:
    call = call_of(2, state=CallState.CONNECTING)
    assert paths.connect(call, "l1", 1, NOW)
    assert paths.connect(call, "l2", 1, NOW)
    assert call.state is CallState.ACTIVE
    assert paths.settle(call, LATER) is None


def test_on_the_way_back_the_relay_carries_until_both_are_connected_directly() -> None:
    call = relayed(2, PathReason.GROUP)
    paths.turn(call, MediaPath.DIRECT, PathReason.TWO_REMAIN, call.process, NOW)
    paths.connect(call, "l1", 3, NOW)
    assert call.process == PROCESS
    paths.connect(call, "l2", 3, NOW)
    assert told(call)[0]["reason"] == "two_remain"
    assert call.process is None


def test_an_attempt_that_nobody_noticed_is_not_told() -> None:
    call = relayed(2, PathReason.GROUP)
    paths.turn(call, MediaPath.DIRECT, PathReason.TWO_REMAIN, call.process, NOW)
    paths.fall_back(call, PathReason.NOT_CONNECTED, PROCESS, NOW)
    for leg in ("l1", "l2"):
        paths.connect(call, leg, 4, NOW)
    assert paths.settle(call, LATER) == []
    assert call.path_at is None


def test_a_lost_process_is_left_for_another_and_the_move_is_told() -> None:
    call = relayed(3, PathReason.GROUP)
    assert paths.leave_process(call, PROCESS, OTHER, NOW)
    assert not paths.leave_process(call, PROCESS, OTHER, NOW)
    assert (call.process, call.path_n, call.path_reason) == (OTHER, 3, PathReason.PROCESS_LOST)
    for leg in ("l1", "l2", "l3"):
        paths.connect(call, leg, 3, NOW)
    assert told(call) == [
        {"call_id": "c1", "before": "relay", "after": "relay", "reason": "process_lost", "took_ms": 1234}
    ]


def test_a_lost_process_does_not_disturb_a_way_back() -> None:
    call = relayed(2, PathReason.GROUP)
    paths.turn(call, MediaPath.DIRECT, PathReason.TWO_REMAIN, call.process, NOW)
    assert paths.leave_process(call, PROCESS, OTHER, NOW)
    assert (call.path, call.path_n, call.process) == (MediaPath.DIRECT, 3, None)


def test_an_ended_call_leaves_nothing() -> None:
    assert not paths.leave_process(relayed(2, PathReason.GROUP, state=CallState.ENDED), PROCESS, OTHER, NOW)


@pytest.mark.parametrize(
    ("call", "after_s", "overdue"),
    [
        (call_of(2, state=CallState.CONNECTING), 4, False),
        (call_of(2, state=CallState.CONNECTING), 6, True),
        (call_of(1, state=CallState.CONNECTING), 6, False),
        (call_of(2, parties=[party(1, connected_n=1), party(2, connected_n=1)]), 60, False),
        (call_of(2, parties=[party(1, connected_n=1), party(2)]), 6, True),
        (call_of(2, path_at=NOW + timedelta(seconds=5)), 6, False),
        (relayed(2, PathReason.GROUP), 60, False),
        (call_of(2, state=CallState.RINGING), 60, False),
        (call_of(2, state=CallState.ENDED), 60, False),
    ],
)
def test_a_direct_path_has_its_time(call: Call, after_s: int, overdue: bool) -> None:
    assert paths.is_overdue(call, NOW + timedelta(seconds=after_s)) is overdue
