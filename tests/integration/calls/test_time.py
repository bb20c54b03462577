"""What runs out, what is lost, and whose right ends."""

import pytest

from models.enums import Role
from models.events.accounts import DisableAccount
from models.events.conversations import RemoveMember
from models.events.relationships import EndRelationship
from models.ids import new_id
from tests.integration.calls.conftest import Pick, Ward
from tests.integration.calls.lapse import lapse
from tests.integration.calls.phone import Refused, party


async def test_a_ring_that_nobody_answers_is_missed(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor, ward.pair), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await lapse(call_id, 45)
    assert (await doctor.hears("call.ended", call_id))["reason"] == "missed"
    assert (await patient.hears("call.ring_ended", call_id))["reason"] == "missed"
    await patient.hears("notification.raised", title="call.missed", link=f"/conversations/{ward.pair}")
    assert (await patient.ask("notification.list"))["notifications"][0]["category"] == "call"
    with pytest.raises(Refused, match="call_over"):
        await patient.do("call.accept", call_id)


async def test_a_lost_device_is_waited_for_and_comes_back_by_another(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    first = await patient.enter(call_id)
    await doctor.enter(call_id)
    await patient.close()
    away = await doctor.sees_party(call_id, ward.patient, "away")
    assert away["state"] == "connecting"
    tablet = await pick(ward.site, await ward.site.sign_in("Ana Núñez", ward.patient.email))
    assert [one["call_id"] for one in (await tablet.ask("call.list"))["calls"]] == [call_id]
    again = await tablet.enter(call_id, leg_id=first["leg_id"])
    assert again["leg_id"] != first["leg_id"]
    assert party(again["call"], ward.patient)["state"] == "present"


async def test_a_reload_goes_on_with_the_same_leg(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    leg_id = (await patient.enter(call_id))["leg_id"]
    await patient.close()
    reloaded = await pick(ward.site, ward.patient)
    assert (await reloaded.enter(call_id, leg_id=leg_id))["leg_id"] == leg_id
    # The loss of the former connection is told late, and means nothing any more.
    await ward.site.node.calls.sightings.tell_losses()
    assert party(await doctor.call(call_id), ward.patient)["state"] == "present"


async def test_moving_a_call_tells_the_former_leg(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient)
    tablet = await pick(ward.site, await ward.site.sign_in("Ana Núñez", ward.patient.email))
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    leg_id = (await patient.enter(call_id))["leg_id"]
    await tablet.enter(call_id)
    await patient.hears("call.leg_replaced", call_id, leg_id=leg_id)
    assert not tablet.facts("call.leg_replaced")
    heard = len(patient.facts("call.changed"))
    await doctor.ask("call.set_media", call_id=call_id, media={"audio": False})
    await tablet.sees(call_id)
    assert len(patient.facts("call.changed")) == heard, "the former leg still hears the call"


async def test_a_device_that_stays_away_ends_a_call_of_two(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor, ward.pair), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    await patient.close()
    await doctor.sees_party(call_id, ward.patient, "away")
    await lapse(call_id, 30)
    assert (await doctor.hears("call.ended", call_id))["reason"] == "failed"


async def test_a_caller_who_vanishes_stops_the_ring(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient, ward.pair)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await doctor.close()
    await patient.sees_party(call_id, ward.doctor, "away")
    await lapse(call_id, 30)
    assert (await patient.hears("call.ring_ended", call_id))["reason"] == "cancelled"
    assert (await patient.hears("call.ended", call_id))["reason"] == "failed"


async def test_a_member_removed_is_out_of_the_call(ward: Ward, pick: Pick) -> None:
    doctor, nurse = await pick(ward.site, ward.doctor, ward.group), await pick(ward.site, ward.nurse)
    patient = await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.group))["call_id"]
    for phone in (nurse, patient):
        await phone.do("call.accept", call_id)
    wish = RemoveMember(cid=new_id(), conversation_id=ward.group, user_id=ward.nurse.user_id)
    await ward.site.node.services.conversations.remove_member(ward.site.unit(ward.patient.actor), wish)
    await doctor.hears("call.left", call_id, user_id=ward.nurse.user_id)
    with pytest.raises(Refused, match="not_found"):
        await nurse.call(call_id)
    with pytest.raises(Refused, match="not_found"):
        await nurse.do("call.accept", call_id)
    assert (await doctor.call(call_id))["state"] == "connecting"


async def test_a_disabled_account_is_out_of_the_call_at_once(ward: Ward, pick: Pick) -> None:
    doctor, nurse = await pick(ward.site, ward.doctor, ward.group), await pick(ward.site, ward.nurse)
    patient, admin = await pick(ward.site, ward.patient), await ward.site.enrol("Office", Role.ADMIN)
    call_id = (await doctor.start(ward.group))["call_id"]
    for phone in (nurse, patient):
        await phone.do("call.accept", call_id)
    wish = DisableAccount(user_id=ward.nurse.user_id)
    await ward.site.node.accounts.administration.disable(ward.site.unit(admin.actor), wish)
    left = await doctor.hears("call.left", call_id, user_id=ward.nurse.user_id)
    assert left["reason"] == "ended", "was not waited for as one whose connection is lost"
    assert (await doctor.call(call_id))["state"] == "connecting"


async def test_the_end_of_a_relationship_ends_the_call(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor, ward.pair), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    links = await patient.ask("relationship.list")
    bond = next(
        one for one in links["relationships"]
        if ward.doctor.user_id in [person["user_id"] for person in one["people"]]
    )  # fmt: skip
    wish = EndRelationship(cid=new_id(), relationship_id=bond["relationship_id"])
    await ward.site.node.services.relationships.end(ward.site.unit(ward.patient.actor), wish)
    await doctor.hears("call.ended", call_id)
    with pytest.raises(Refused, match="not_now"):
        await doctor.start(ward.pair)
