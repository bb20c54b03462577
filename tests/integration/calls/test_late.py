"""What comes late does no harm to who has sat down meanwhile: hanging up, repetitions, facts, rival connections."""

import asyncio
from typing import Any

import pytest

from models import streams
from models.ids import new_id
from services.ports import Event
from tests.integration.calls.conftest import Pick, Ward
from tests.integration.calls.phone import Phone, party
from tests.integration.calls.test_guests import linked
from tests.support.waiting import until


@pytest.fixture
async def doctor(ward: Ward, pick: Pick) -> Phone:
    return await pick(ward.site, ward.doctor)


async def tablet_of(ward: Ward, pick: Pick) -> Phone:
    """Another device of the patient."""
    return await pick(ward.site, await ward.site.sign_in("Ana Núñez", ward.patient.email))


async def past(ward: Ward, name: str, party_id: str) -> Event:
    """What the conversation was told last under that name about somebody, as another node would bring it late."""
    told = await ward.site.node.log.read(streams.conversation(ward.pair), 0, 200, 1 << 20)
    return [event for event in told if event.type == name and event.data["party_id"] == party_id][-1]


async def hears_the_call(doctor: Phone, listener: Phone, call_id: str) -> None:
    """Whether what changes now is told there."""
    told = len(listener.facts("call.changed"))
    muted = not (await doctor.call(call_id))["parties"][0]["media"]["audio"]
    await doctor.ask("call.set_media", call_id=call_id, media={"audio": muted})
    await until(lambda: len(listener.facts("call.changed")) > told, what="news of the call")


async def test_a_device_that_was_replaced_hangs_up_for_itself_alone(ward: Ward, pick: Pick, doctor: Phone) -> None:
    phone, tablet = await pick(ward.site, ward.patient), await tablet_of(ward, pick)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await phone.do("call.accept", call_id)
    await phone.enter(call_id)
    await tablet.enter(call_id)
    await phone.do("call.leave", call_id)
    assert party(await doctor.call(call_id), ward.patient)["state"] == "present"
    await hears_the_call(doctor, tablet, call_id)
    await tablet.do("call.leave", call_id)
    assert (await doctor.call(call_id))["state"] == "ended"


async def test_so_does_a_page_that_another_page_of_the_same_device_replaced(
    ward: Ward, pick: Pick, doctor: Phone
) -> None:
    page, other = await pick(ward.site, ward.patient), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await page.do("call.accept", call_id)
    await page.enter(call_id)
    await other.enter(call_id)
    await page.do("call.leave", call_id)
    assert party(await doctor.call(call_id), ward.patient)["leg_id"] == other.leg_id
    await other.do("call.leave", call_id)
    assert (await doctor.call(call_id))["state"] == "ended"


async def test_a_device_without_a_leg_here_hangs_up_what_it_holds(ward: Ward, pick: Pick, doctor: Phone) -> None:
    phone = await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await phone.do("call.accept", call_id)
    await phone.enter(call_id)
    await phone.close()
    again = await pick(ward.site, ward.patient)
    await again.do("call.leave", call_id)
    assert (await doctor.call(call_id))["state"] == "ended"


async def test_news_of_having_left_comes_after_having_come_back(ward: Ward, pick: Pick, doctor: Phone) -> None:
    phone = await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await doctor.do("call.create_guest_link", call_id, label="keeps the call open")
    await phone.do("call.accept", call_id)
    await phone.do("call.leave", call_id)
    await phone.do("call.accept", call_id)
    await phone.enter(call_id)
    sightings = ward.site.node.calls.sightings
    place = party(await doctor.call(call_id), ward.patient)
    sightings.hear(await past(ward, "call.left", place["party_id"]))
    await looked(sightings)
    await hears_the_call(doctor, phone, call_id)
    await phone.do("call.leave", call_id)
    await until(lambda: not held(sightings, ward.patient.user_id), what="a place that was given up")


async def test_news_of_having_been_let_in_comes_after_waiting_again(ward: Ward, doctor: Phone, pick: Pick) -> None:
    patient = await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    guest, _ = await linked(ward, doctor, call_id)
    joined = await guest.join()
    phone = await guest.connect(joined)
    party_id = (await phone.enter(call_id))["party_id"]
    await doctor.do("call.admit", call_id, party_id=party_id)
    await phone.do("call.leave", call_id)
    await phone.do("call.accept", call_id)
    await phone.enter(call_id)
    sightings = ward.site.node.calls.sightings
    sightings.hear(await past(ward, "call.joined", party_id))
    await looked(sightings)
    phone.told.clear()
    await hears_the_call(doctor, phone, call_id)
    assert [len(told["call"]["parties"]) for told in phone.facts("call.changed")] == [2]
    await phone.close()


async def test_a_late_repetition_of_an_answer_takes_nobodys_connection(ward: Ward, pick: Pick, doctor: Phone) -> None:
    phone, tablet = await pick(ward.site, ward.patient), await tablet_of(ward, pick)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await doctor.do("call.create_guest_link", call_id, label="keeps the call open")
    cid = new_id()
    await phone.do("call.accept", call_id, cid=cid)
    await phone.do("call.leave", call_id)
    await tablet.do("call.accept", call_id)
    await phone.do("call.accept", call_id, cid=cid)
    await hears_the_call(doctor, tablet, call_id)
    await phone.close()
    await ward.site.node.calls.sightings.tell_losses()
    assert party(await doctor.call(call_id), ward.patient)["state"] == "present"


async def test_of_two_devices_that_sit_down_at_once_the_last_stays(ward: Ward, pick: Pick, doctor: Phone) -> None:
    devices = [await pick(ward.site, ward.patient), await tablet_of(ward, pick)]
    call_id = (await doctor.start(ward.pair))["call_id"]
    await devices[0].do("call.accept", call_id)
    for _ in range(10):
        outcomes = await asyncio.gather(*(device.enter(call_id) for device in devices), return_exceptions=True)
        assert all(isinstance(one, dict) or getattr(one, "code", "") == "not_in_call" for one in outcomes), outcomes
        leg_id = party(await doctor.call(call_id), ward.patient)["leg_id"]
        [winner] = [
            number for number in (0, 1) if isinstance(outcomes[number], dict) and leg_of(outcomes[number]) == leg_id
        ]
        loser = 1 - winner
        assert held(ward.site.node.calls.sightings, ward.patient.user_id) == [leg_id]
        if isinstance(outcomes[loser], dict):
            await devices[loser].hears("call.leg_replaced", call_id, leg_id=leg_of(outcomes[loser]))
        await hears_the_call(doctor, devices[winner], call_id)


def leg_of(entered: Any) -> str:
    return str(entered["leg_id"])


def held(sightings: Any, user_id: str) -> list[str | None]:
    """Legs of a person whose connections this node holds."""
    return [one.leg.leg_id for one in sightings._held.values() if one.leg.user_id == user_id]


async def looked(sightings: Any) -> None:
    """Until what was heard is followed."""
    await until(lambda: not sightings._errands._tasks, what="looking at the call")
