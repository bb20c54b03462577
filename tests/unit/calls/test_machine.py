"""Every command in every state of the person who gives it."""

from collections.abc import Callable

import pytest

from models.enums import Role
from models.errors import AnsweredElsewhere, CallFull, CallOver, Forbidden, HubError, NotFound, NotInCall
from models.events.call_views import CallKind, CallReason, CallState, MediaState, PartyState
from models.events.calls import BusyMode
from models.ids import UserId
from services.calls import hosting, machine, seats
from services.calls.machine import Callee, Facts
from services.ports import Person
from tests.unit.calls.table import (
    DOCTOR,
    FAMILY,
    NODE,
    NURSE,
    PATIENT,
    Table,
    calling,
    device,
    left_as,
    place,
    talking,
)

Act = Callable[[Table], Facts | None]


def _ringing() -> Table:
    # A third is in the call, so that it goes on whatever the patient does.
    table = calling(PATIENT, NURSE)
    table.accept(NURSE)
    return table


def _waiting() -> Table:
    table = _ringing()
    table.call.waiting_room = True
    table.accept(PATIENT)
    return table


def _present() -> Table:
    table = _ringing()
    table.accept(PATIENT)
    return table


def _away() -> Table:
    table = _present()
    table.apply(seats.lost(table.call, seats.Leg(PATIENT.user_id, None, NODE), table.now))
    return table


def _declined() -> Table:
    table = _ringing()
    table.apply(machine.decline(table.call, PATIENT.user_id, device(PATIENT), table.now))
    return table


def _left() -> Table:
    table = _present()
    table.leave(PATIENT)
    return table


def _over() -> Table:
    table = _present()
    table.apply(machine.end(table.call, DOCTOR.user_id, table.now))
    return table


def _outside() -> Table:
    return talking(NURSE)


STATES = {
    "ringing": _ringing, "waiting": _waiting, "present": _present, "away": _away, "declined": _declined, "left": _left,
    "over": _over, "outside": _outside,
}  # fmt: skip
EVENTS: dict[str, Act] = {
    "accept": lambda table: table.accept(PATIENT),
    "accept on another": lambda table: table.accept(PATIENT, 2),
    "decline": lambda table: machine.decline(table.call, PATIENT.user_id, device(PATIENT), table.now),
    "decline on another": lambda table: machine.decline(table.call, PATIENT.user_id, device(PATIENT, 2), table.now),
    "leave": lambda table: table.leave(PATIENT),
    "end": lambda table: machine.end(table.call, PATIENT.user_id, table.now),
    "enter": lambda table: seats.enter(table.call, PATIENT.user_id, place(PATIENT), "leg-9", table.now),
    "set media": lambda table: machine.set_media(table.call, PATIENT.user_id, MediaState(audio=False)),
    "lose": lambda table: seats.lost(table.call, seats.Leg(PATIENT.user_id, None, NODE), table.now),
    "expel": lambda table: machine.expel(table.call, PATIENT.user_id, table.now),
}
_P, _W, _A, _G = PartyState.PRESENT, PartyState.WAITING, PartyState.AWAY, PartyState.GONE
Outcome = PartyState | type[HubError] | None
ELSEWHERE, OVER, NOBODY = AnsweredElsewhere, CallOver, NotFound
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    # columns as STATES: ringing, waiting, present, away, declined, left, over, outside; None: nothing changes
    "accept":             (_P,        None,      None,      None,      ELSEWHERE, _P,        OVER,      NOBODY),
    "accept on another":  (_P,        ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, _P,        OVER,      NOBODY),
    "decline":            (_G,        ELSEWHERE, ELSEWHERE, ELSEWHERE, None,      None,      OVER,      NOBODY),
    "decline on another": (_G,        ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, None,      OVER,      NOBODY),
    "leave":              (_G,        _G,        _G,        _G,        None,      None,      None,      NOBODY),
    "end":                (Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, None,      NOBODY),
    "enter":              (NotInCall, _W,        _P,        _P,        NotInCall, NotInCall, OVER,      NOBODY),
    "set media":          (NotInCall, NotInCall, _P,        _A,        NotInCall, NotInCall, OVER,      NOBODY),
    "lose":               (None,      _W,        _A,        None,      None,      None,      None,      None),
    "expel":              (_G,        _G,        _G,        _G,        None,      None,      None,      None),
}  # fmt: skip
CASES = [
    pytest.param(state, event, outcome, id=f"{event} when {state}")
    for event, outcomes in OUTCOMES.items()
    for state, outcome in zip(STATES, outcomes, strict=True)
]


@pytest.mark.parametrize(("state", "event", "outcome"), CASES)
def test_every_event_in_every_state(state: str, event: str, outcome: Outcome) -> None:
    table = STATES[state]()
    before = table.call.model_copy(deep=True)
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            EVENTS[event](table)
        assert table.call == before
        return
    facts = EVENTS[event](table)
    if outcome is None:
        assert facts is None
        assert table.call == before
    else:
        assert facts is not None
        assert table.state(PATIENT) is outcome


def test_the_table_has_every_event() -> None:
    assert OUTCOMES.keys() == EVENTS.keys()


# -- the way of a call -------------------------------------------------------------------------------------------


def test_media_makes_a_call_active_once_it_flows_for_two() -> None:
    table = talking()
    assert table.stands(CallState.CONNECTING)
    doctor, patient = table.party(DOCTOR), table.party(PATIENT)
    assert machine.connected(table.call, doctor.party_id, 1, table.now) == []
    assert table.stands(CallState.CONNECTING)
    assert machine.connected(table.call, doctor.party_id, 1, table.now) is None
    assert machine.connected(table.call, patient.party_id, 1, table.now) == []
    assert table.stands(CallState.ACTIVE)
    assert machine.connected(table.call, "nobody", 1, table.now) is None


def test_media_on_an_older_path_does_not_count() -> None:
    table = talking()
    table.call.path_n = 2
    for person in (DOCTOR, PATIENT):
        machine.connected(table.call, table.party(person).party_id, 1, table.now)
    assert table.call.state is CallState.CONNECTING


def test_a_chat_has_no_media_to_wait_for() -> None:
    assert talking(kind=CallKind.CHAT).call.state is CallState.ACTIVE


@pytest.mark.parametrize("kind", CallKind)
def test_seconds_run_from_the_answer(kind: CallKind) -> None:
    table = calling(kind=kind)
    table.later(10)
    table.accept(PATIENT)
    table.later(65)
    table.leave(DOCTOR)
    assert table.names(seconds=65, reason="ended") == ["call.ended"]


def test_a_ring_ends_after_45_seconds() -> None:
    table = calling(PATIENT)
    assert table.call.due_at == table.now + machine.RING
    table.later(44.9)
    assert seats.tick(table.call, table.now) is None
    table.later(0.1)
    table.apply(seats.tick(table.call, table.now))
    assert left_as(table, PATIENT, CallReason.MISSED)
    assert table.call.reason is CallReason.MISSED
    assert table.names("u:patient") == ["call.rang", "call.ring_ended", "notification.raised"]
    assert table.call.due_at is None


def test_a_lost_place_is_kept_for_30_seconds_and_then_the_call_failed() -> None:
    table = talking()
    table.apply(seats.lost(table.call, seats.Leg(PATIENT.user_id, None, NODE), table.now))
    assert table.call.seated == ["doctor", "patient"]
    table.later(29)
    assert seats.tick(table.call, table.now) is None
    table.later(1)
    table.apply(seats.tick(table.call, table.now))
    assert left_as(table, PATIENT, CallReason.FAILED)
    assert (table.call.state, table.call.reason) == (CallState.ENDED, CallReason.FAILED)


def test_who_comes_back_in_time_goes_on() -> None:
    table = talking()
    table.apply(seats.enter(table.call, PATIENT.user_id, place(PATIENT), "leg-1", table.now))
    table.apply(seats.lost(table.call, seats.Leg(PATIENT.user_id, "leg-1", NODE), table.now))
    table.later(20)
    other = machine.Place(device(PATIENT, 2), "node-2")
    table.apply(seats.enter(table.call, PATIENT.user_id, other, "leg-2", table.now))
    assert table.state(PATIENT) is PartyState.PRESENT
    assert table.call.due_at is None
    # News of the former leg comes late.
    assert seats.lost(table.call, seats.Leg(PATIENT.user_id, "leg-1", NODE), table.now) is None
    assert seats.orphaned(table.call, {NODE, "node-2"}, table.now) is None
    assert seats.orphaned(table.call, {"node-2"}, table.now) == []
    assert table.state(DOCTOR) is PartyState.AWAY


def test_a_leg_that_was_thought_lost_returns() -> None:
    table = talking()
    leg = seats.Leg(PATIENT.user_id, None, NODE)
    table.apply(seats.lost(table.call, leg, table.now))
    assert seats.returned(table.call, leg) == []
    assert table.state(PATIENT) is PartyState.PRESENT
    assert seats.returned(table.call, leg) is None


# -- busy, group, host -----------------------------------------------------------------------------------------------


def test_a_busy_callee_ends_the_call_and_learns_of_it() -> None:
    table = calling(PATIENT, busy={"patient": BusyMode.BUSY})
    assert (table.call.state, table.call.reason) == (CallState.ENDED, CallReason.BUSY)
    assert table.names("u:patient") == ["notification.raised"]


def test_with_call_waiting_it_rings() -> None:
    table = calling(PATIENT, busy={"patient": BusyMode.WAITING})
    assert table.names("u:patient", waiting=True) == ["call.rang"]


def test_one_who_is_busy_does_not_end_a_call_to_two() -> None:
    table = calling(PATIENT, NURSE, busy={"patient": BusyMode.BUSY})
    assert table.call.state is CallState.RINGING
    table.apply(machine.decline(table.call, NURSE.user_id, device(NURSE), table.now))
    assert table.call.reason is CallReason.DECLINED


def test_the_host_passes_to_a_clinician_first() -> None:
    table = talking(PATIENT, FAMILY, NURSE)
    table.leave(DOCTOR)
    assert table.call.host_id == "nurse"
    table.leave(NURSE)
    assert table.call.host_id == "patient"
    table.leave(FAMILY)
    assert not table.call.live


def test_only_the_host_ends_for_all_and_invites() -> None:
    table = talking(PATIENT)
    for act in (hosting.invite, hosting.transfer):
        with pytest.raises(Forbidden):
            act(table.call, PATIENT.user_id, Callee(NURSE), table.now)
        with pytest.raises(NotFound):
            act(table.call, FAMILY.user_id, Callee(NURSE), table.now)
    table.apply(hosting.invite(table.call, DOCTOR.user_id, Callee(NURSE), table.now))
    assert table.state(NURSE) is PartyState.RINGING
    assert hosting.invite(table.call, DOCTOR.user_id, Callee(NURSE), table.now) is None


def test_a_call_has_six_places() -> None:
    crowd = [Person(UserId(f"one-{n}"), f"One {n}", Role.NURSE, verified=True, active=True) for n in range(5)]
    table = talking(*crowd)
    with pytest.raises(CallFull):
        hosting.invite(table.call, DOCTOR.user_id, Callee(PATIENT), table.now)
    table.leave(crowd[0])
    table.apply(hosting.invite(table.call, DOCTOR.user_id, Callee(PATIENT), table.now))
    with pytest.raises(CallFull):
        table.accept(crowd[0])
