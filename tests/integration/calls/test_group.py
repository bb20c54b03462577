"""More than two: inviting, the waiting room, handing on, the host, and those who do not belong."""

import pytest

from models.enums import Role
from models.ids import new_id
from tests.integration.calls.conftest import Pick, Ward
from tests.integration.calls.phone import Phone, Refused, party
from tests.support.waiting import until


@pytest.fixture
async def doctor(ward: Ward, pick: Pick) -> Phone:
    return await pick(ward.site, ward.doctor, ward.group)


@pytest.fixture
async def patient(ward: Ward, pick: Pick) -> Phone:
    return await pick(ward.site, ward.patient, ward.group)


@pytest.fixture
async def nurse(ward: Ward, pick: Pick) -> Phone:
    return await pick(ward.site, ward.nurse, ward.group)


async def test_inviting_a_third(ward: Ward, pick: Pick, doctor: Phone, patient: Phone) -> None:
    call_id = (await doctor.start(ward.group, invite=[ward.patient.user_id]))["call_id"]
    await patient.do("call.accept", call_id)
    family = await pick(ward.site, ward.family)
    with pytest.raises(Refused, match="forbidden"):
        await patient.do("call.invite", call_id, user_id=ward.family.user_id)
    await doctor.do("call.invite", call_id, user_id=ward.family.user_id)
    assert (await family.hears("call.rang", call_id))["title"] == "Round"
    call = (await family.do("call.accept", call_id))["call"]
    assert [one["state"] for one in call["parties"]] == ["present"] * 3
    # The call goes on without its host, who was the only clinician.
    await doctor.do("call.leave", call_id)
    call = await patient.call(call_id)
    assert (call["state"], call["host_id"]) == ("connecting", ward.patient.user_id)
    with pytest.raises(Refused, match="forbidden"):
        await family.do("call.end", call_id)
    await patient.do("call.end", call_id)
    assert (await family.call(call_id))["state"] == "ended"
    await patient.do("call.end", call_id)


async def test_the_waiting_room(ward: Ward, doctor: Phone, patient: Phone, nurse: Phone) -> None:
    call_id = (await doctor.start(ward.group, waiting_room=True))["call_id"]
    for phone in (patient, nurse):
        call = (await phone.do("call.accept", call_id))["call"]
        assert party(call, phone.person)["state"] == "waiting"
        assert (await phone.enter(call_id))["ice_servers"] == []
    with pytest.raises(Refused, match="not_in_call"):
        await patient.ask("call.set_media", call_id=call_id, media={})
    room = await doctor.call(call_id)
    await doctor.do("call.admit", call_id, party_id=party(room, ward.patient)["party_id"])
    told = await patient.hears("call.joined", call_id, person=party(room, ward.patient)["person"])
    assert told["party_id"] == party(room, ward.patient)["party_id"]
    assert (await patient.enter(call_id, leg_id=patient.leg_id))["leg_id"] == patient.leg_id
    await doctor.do("call.refuse", call_id, party_id=party(room, ward.nurse)["party_id"])
    assert party(await nurse.call(call_id), ward.nurse)["ended"] == "declined"
    await nurse.hears("call.left", call_id)
    heard = len(nurse.facts("call.changed"))
    await doctor.ask("call.set_media", call_id=call_id, media={"audio": False})
    await nurse.hears("call.media_changed", call_id)
    assert len(nurse.facts("call.changed")) == heard, "who was turned away still hears the room"


async def test_handing_a_call_on(ward: Ward, doctor: Phone, patient: Phone, nurse: Phone) -> None:
    call_id = (await doctor.start(ward.group, invite=[ward.patient.user_id]))["call_id"]
    await patient.do("call.accept", call_id)
    with pytest.raises(Refused, match="forbidden"):
        await doctor.do("call.transfer", call_id, user_id=ward.family.user_id)
    await doctor.do("call.transfer", call_id, user_id=ward.nurse.user_id)
    await nurse.do("call.decline", call_id)
    assert party(await doctor.call(call_id), ward.doctor)["state"] == "present"
    await doctor.do("call.transfer", call_id, user_id=ward.nurse.user_id)
    call = (await nurse.do("call.accept", call_id))["call"]
    assert call["host_id"] == ward.nurse.user_id
    assert party(call, ward.doctor)["state"] == "gone"
    told = await patient.hears("call.transferred", call_id)
    assert (told["from_user_id"], told["to_user_id"]) == (ward.doctor.user_id, ward.nurse.user_id)


async def test_somebody_elses_call(ward: Ward, pick: Pick, doctor: Phone) -> None:
    call_id = (await doctor.start(ward.pair))["call_id"]
    stranger = await pick(ward.site, await ward.site.enrol("Dr No", Role.DOCTOR))
    for phone in (stranger, await pick(ward.site, ward.nurse)):
        for name in ("accept", "decline", "leave", "end"):
            with pytest.raises(Refused, match="not_found"):
                await phone.do(f"call.{name}", call_id)
        for name in ("invite", "transfer"):
            with pytest.raises(Refused, match="not_found"):
                await phone.do(f"call.{name}", call_id, user_id=ward.doctor.user_id)
        for name in ("get", "enter"):
            with pytest.raises(Refused, match="not_found"):
                await phone.ask(f"call.{name}", call_id=call_id)
        with pytest.raises(Refused, match="not_found"):
            await phone.start(ward.pair)
    with pytest.raises(Refused, match="not_found"):
        await doctor.do("call.accept", new_id())


async def test_an_unverified_clinician_neither_calls_nor_is_called(ward: Ward, pick: Pick) -> None:
    waiting = await pick(ward.site, await ward.site.enrol("Dr New", Role.DOCTOR, verified=False))
    with pytest.raises(Refused, match="unverified"):
        await waiting.start(ward.pair)


async def test_mutes_are_facts_and_only_once(ward: Ward, doctor: Phone, patient: Phone) -> None:
    call_id = (await doctor.start(ward.group, invite=[ward.patient.user_id], kind="audio"))["call_id"]
    await patient.do("call.accept", call_id)
    muted = {"audio": False, "camera": False, "screen": False, "held": True}
    for _ in range(2):
        call = (await patient.ask("call.set_media", call_id=call_id, media=muted))["call"]
        assert party(call, ward.patient)["media"] == muted
    await patient.do("call.leave", call_id)
    await doctor.hears("call.ended", call_id)
    assert len(doctor.facts("call.media_changed", call_id)) == 1
    with pytest.raises(Refused, match="call_over"):
        await patient.ask("call.set_media", call_id=call_id, media={})


async def test_a_chat_consultation_is_active_at_once(ward: Ward, doctor: Phone, patient: Phone) -> None:
    call_id = (await doctor.start(ward.group, invite=[ward.patient.user_id], kind="chat"))["call_id"]
    assert (await patient.do("call.accept", call_id))["call"]["state"] == "active"


async def test_who_is_in_a_call_is_shown_so(ward: Ward, doctor: Phone, patient: Phone) -> None:
    await doctor.ask("presence.watch")
    call_id = (await doctor.start(ward.group, invite=[ward.patient.user_id]))["call_id"]
    await patient.do("call.accept", call_id)
    await patient.enter(call_id)

    def shown(status: str) -> bool:
        seen = [one["presence"] for one in doctor.facts("presence.changed")]
        mine = [one for one in seen if one["user_id"] == ward.patient.user_id]
        return bool(mine) and mine[-1]["status"] == status

    # Presence tells of one person at most every five seconds.
    await until(lambda: shown("in_call"), 15.0)
    await patient.do("call.leave", call_id)
    await until(lambda: shown("online"), 15.0)
