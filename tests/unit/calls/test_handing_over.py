"""The host hands a call over, and lets people in from the waiting room."""

import pytest

from models.errors import AnsweredElsewhere, NotFound
from models.events.call_views import CallReason, CallState, PartyState
from models.events.calls import BusyMode
from services.calls import hosting, machine, seats
from services.calls.machine import Callee
from tests.unit.calls.table import DOCTOR, FAMILY, NURSE, PATIENT, calling, device, left_as, talking


def test_a_transfer_takes_place_when_it_is_answered() -> None:
    table = talking(PATIENT)
    table.apply(hosting.transfer(table.call, DOCTOR.user_id, Callee(NURSE), table.now))
    assert table.state(DOCTOR) is PartyState.PRESENT
    table.accept(NURSE)
    assert left_as(table, DOCTOR, CallReason.ENDED)
    assert table.call.host_id == "nurse"
    assert table.call.seated == ["patient", "nurse"]
    assert table.names(from_user_id="doctor", to_user_id="nurse") == ["call.transferred"]


@pytest.mark.parametrize("how", ["declined", "missed", "busy"])
def test_a_transfer_that_is_not_answered_changes_nothing(how: str) -> None:
    table = talking(PATIENT)
    mode = BusyMode.BUSY if how == "busy" else None
    table.apply(hosting.transfer(table.call, DOCTOR.user_id, Callee(NURSE, mode), table.now))
    if how == "declined":
        table.apply(machine.decline(table.call, NURSE.user_id, device(NURSE), table.now))
    elif how == "missed":
        table.later(45)
        table.apply(seats.tick(table.call, table.now))
    assert left_as(table, NURSE, CallReason(how))
    assert table.call.seated == ["doctor", "patient"]
    assert table.call.host_id == "doctor"


def test_a_transfer_to_somebody_present_is_at_once() -> None:
    table = talking(PATIENT, NURSE)
    table.apply(hosting.transfer(table.call, DOCTOR.user_id, Callee(NURSE), table.now))
    assert table.call.seated == ["patient", "nurse"]


def test_whoever_leaves_before_the_answer_is_not_taken_out_again() -> None:
    table = talking(PATIENT, FAMILY)
    table.apply(hosting.transfer(table.call, DOCTOR.user_id, Callee(NURSE), table.now))
    table.leave(DOCTOR)
    table.accept(DOCTOR)
    table.accept(NURSE)
    assert set(table.call.seated) == {"doctor", "patient", "family", "nurse"}


def test_the_waiting_room() -> None:
    table = calling(PATIENT, FAMILY, waiting_room=True)
    table.accept(PATIENT)
    table.accept(FAMILY)
    assert table.stands(CallState.RINGING)
    assert table.call.seated == ["doctor"]
    patient, family = table.party(PATIENT), table.party(FAMILY)
    table.apply(hosting.admit(table.call, DOCTOR.user_id, patient.party_id, table.now))
    assert table.stands(CallState.CONNECTING)
    assert hosting.admit(table.call, DOCTOR.user_id, patient.party_id, table.now) is None
    table.apply(hosting.refuse(table.call, DOCTOR.user_id, family.party_id, table.now))
    assert left_as(table, FAMILY, CallReason.DECLINED)
    with pytest.raises(AnsweredElsewhere):
        table.accept(FAMILY)
    with pytest.raises(NotFound):
        hosting.admit(table.call, DOCTOR.user_id, family.party_id, table.now)
    with pytest.raises(NotFound):
        hosting.refuse(table.call, DOCTOR.user_id, patient.party_id, table.now)


def test_taking_an_invitation_back_stops_the_ring() -> None:
    table = talking(PATIENT)
    table.apply(hosting.invite(table.call, DOCTOR.user_id, Callee(NURSE), table.now))
    table.apply(hosting.refuse(table.call, DOCTOR.user_id, table.party(NURSE).party_id, table.now))
    assert table.names("u:nurse", reason="cancelled") == ["call.ring_ended"]
