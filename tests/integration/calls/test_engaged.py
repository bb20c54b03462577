"""Being called while in a call, and calling each other at once."""

import asyncio

import pytest

from models.ids import new_id
from tests.integration.calls.conftest import Pick, Ward
from tests.integration.calls.phone import Refused, party


async def test_busy(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient)
    nurse = await pick(ward.site, ward.nurse)
    assert await patient.ask("call.preference") == {"busy_mode": "waiting"}
    await patient.ask("call.set_preference", busy_mode="busy")
    assert await patient.ask("call.preference") == {"busy_mode": "busy"}
    talk = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", talk)
    between = await ward.site.converse(ward.nurse, ward.patient)
    call = await nurse.start(between)
    assert (call["state"], call["reason"]) == ("ended", "busy")
    assert party(call, ward.patient)["ended"] == "busy"
    await patient.hears("notification.raised", title="call.missed")
    assert not patient.facts("call.rang", call["call_id"])
    assert (await patient.call(talk))["state"] == "connecting"


async def test_call_waiting_leaves_the_other_call(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor, ward.pair), await pick(ward.site, ward.patient)
    nurse = await pick(ward.site, ward.nurse)
    talk = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", talk)
    waiting = (await nurse.start(await ward.site.converse(ward.nurse, ward.patient)))["call_id"]
    await patient.hears("call.rang", waiting, waiting=True)
    await patient.do("call.accept", waiting)
    assert (await doctor.hears("call.ended", talk))["reason"] == "ended"
    assert party(await nurse.call(waiting), ward.patient)["state"] == "present"


async def test_one_person_is_in_one_call(ward: Ward, pick: Pick) -> None:
    doctor = await pick(ward.site, ward.doctor)
    again = await pick(ward.site, await ward.site.sign_in("Dr Ito", ward.doctor.email))
    await doctor.start(ward.pair)
    with pytest.raises(Refused, match="already_in_call"):
        await again.start(await ward.site.converse(ward.doctor, ward.nurse))


async def test_calling_back_while_it_rings_is_answering(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient)
    first = await doctor.start(ward.pair)
    cid = new_id()
    second = await patient.start(ward.pair, cid=cid)
    assert second["call_id"] == first["call_id"]
    assert second["state"] == "connecting"
    # Nor does a late repetition of it call anybody.
    await patient.do("call.leave", first["call_id"])
    repeated = await patient.start(ward.pair, cid=cid)
    assert (repeated["call_id"], repeated["state"]) == (first["call_id"], "ended")


async def test_a_repeated_start_is_one_call(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient)
    cid = new_id()
    calls = await asyncio.gather(*(doctor.start(ward.pair, cid=cid) for _ in range(3)))
    assert len({call["call_id"] for call in calls}) == 1
    await patient.hears("call.rang", calls[0]["call_id"])
    with pytest.raises(Refused, match="cid_conflict"):
        await doctor.start(ward.pair, cid=cid, kind="audio")
    await doctor.do("call.leave", calls[0]["call_id"])
    await patient.hears("call.ring_ended", calls[0]["call_id"])
    assert len(patient.facts("call.rang")) == 1
    assert (await doctor.start(ward.pair, cid=cid))["state"] == "ended"


async def test_a_late_repetition_of_leaving_does_not_take_anybody_out_again(ward: Ward, pick: Pick) -> None:
    doctor, nurse = await pick(ward.site, ward.doctor), await pick(ward.site, ward.nurse)
    patient = await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.group))["call_id"]
    for phone in (nurse, patient):
        await phone.do("call.accept", call_id)
    cid = new_id()
    await nurse.do("call.leave", call_id, cid=cid)
    assert party((await nurse.do("call.accept", call_id))["call"], ward.nurse)["state"] == "present"
    await nurse.do("call.leave", call_id, cid=cid)
    assert party(await nurse.call(call_id), ward.nurse)["state"] == "present"


async def test_a_late_repetition_of_answering_takes_nobody_out_of_the_next_call(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient)
    nurse = await pick(ward.site, ward.nurse)
    first = (await doctor.start(ward.group))["call_id"]
    await nurse.do("call.accept", first)
    cid = new_id()
    await patient.do("call.accept", first, cid=cid)
    await patient.do("call.leave", first)
    next_call = (await patient.start(await ward.site.converse(ward.family, ward.patient)))["call_id"]
    call = (await patient.do("call.accept", first, cid=cid))["call"]
    assert party(call, ward.patient)["state"] == "gone"
    assert party(await patient.call(next_call), ward.patient)["state"] == "present"
