"""Two people: ringing, answering, entering, leaving."""

import asyncio

import pytest

from models.events.signaling import MAX_SDP
from models.ids import new_id
from tests.integration.calls.conftest import Pick, Ward
from tests.integration.calls.phone import Refused, party


async def test_a_call_from_the_ring_to_the_end(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor, ward.pair), await pick(ward.site, ward.patient, ward.pair)
    call = await doctor.start(ward.pair, kind="video")
    call_id = call["call_id"]
    assert call["state"] == "ringing"
    assert party(call, ward.doctor)["state"] == "present"
    assert party(call, ward.patient)["state"] == "ringing"
    rang = await patient.hears("call.rang", call_id)
    assert rang["caller"]["name"] == "Dr Ito"
    assert rang["expires_at"] == call["ring_expires_at"]

    answered = (await patient.do("call.accept", call_id))["call"]
    assert answered["state"] == "connecting"
    ended = await patient.hears("call.ring_ended", call_id)
    assert ended["reason"] == "answered_elsewhere"
    assert ended["device_id"] == ward.patient.actor.device_id
    first, second = await doctor.enter(call_id), await patient.enter(call_id)
    assert first["leg_id"] != second["leg_id"]
    assert first["ice_servers"] == []
    await doctor.sees(call_id, version=second["call"]["version"])

    await patient.do("call.leave", call_id)
    over = await doctor.hears("call.ended", call_id)
    assert over["reason"] == "ended"
    final = await doctor.call(call_id)
    assert final["state"] == "ended"
    assert [one["state"] for one in final["parties"]] == ["gone", "gone"]
    names = [name for name, data in doctor.told if name.startswith("call.") and name != "call.changed"]
    assert names == ["call.started", "call.joined", "call.left", "call.left", "call.ended"]
    assert (await doctor.ask("call.list"))["calls"] == []


async def test_the_second_device_stops_ringing(ward: Ward, pick: Pick) -> None:
    doctor = await pick(ward.site, ward.doctor)
    other_login = await ward.site.sign_in("Ana Núñez", ward.patient.email)
    phone, tablet = await pick(ward.site, ward.patient), await pick(ward.site, other_login)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await phone.hears("call.rang", call_id)
    await tablet.hears("call.rang", call_id)
    outcomes = await asyncio.gather(
        phone.do("call.accept", call_id), tablet.do("call.accept", call_id), return_exceptions=True
    )
    refused = [one for one in outcomes if isinstance(one, Refused)]
    assert [one.code for one in refused] == ["answered_elsewhere"]
    winner = phone if isinstance(outcomes[1], Refused) else tablet
    for device in (phone, tablet):
        stopped = await device.hears("call.ring_ended", call_id)
        assert stopped["device_id"] == winner.person.actor.device_id
        assert len(device.facts("call.ring_ended", call_id)) == 1


async def test_a_declined_call_is_over_for_everybody(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor, ward.pair), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    cid = new_id()
    await patient.do("call.decline", call_id, cid=cid)
    assert (await doctor.hears("call.ended", call_id))["reason"] == "declined"
    assert (await patient.hears("call.ring_ended", call_id))["reason"] == "declined_elsewhere"
    await patient.do("call.decline", call_id, cid=cid)
    with pytest.raises(Refused, match="call_over"):
        await patient.do("call.accept", call_id)
    assert not patient.facts("notification.raised", None) or all(
        one["category"] != "call" for one in patient.facts("notification.raised")
    )


async def test_hanging_up_stops_the_ring_and_leaves_a_missed_call(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor, ward.pair), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await doctor.do("call.leave", call_id)
    assert (await doctor.hears("call.ended", call_id))["reason"] == "cancelled"
    assert (await patient.hears("call.ring_ended", call_id))["reason"] == "cancelled"
    missed = await patient.hears("notification.raised", title="call.missed")
    assert missed["category"] == "call"
    assert missed["params"]["name"] == "Dr Ito"
    with pytest.raises(Refused, match="call_over"):
        await patient.do("call.accept", call_id)


async def test_an_offer_too_large_is_refused_with_a_code(ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(ward.site, ward.doctor), await pick(ward.site, ward.patient)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    await doctor.enter(call_id)
    await patient.enter(call_id)

    async def offer(size: int, n: int) -> None:
        line = "a=" + 60 * "x" + "\r\n"
        sdp = "v=0\r\n" + line * ((size - 5) // len(line))
        sdp += "a=" + "x" * (size - len(sdp) - 4) + "\r\n"
        assert len(sdp) == size
        leg = {"call_id": call_id, "leg_id": doctor.leg_id, "to_leg_id": patient.leg_id}
        await doctor.ask("call.signal", **leg, n=n, description={"type": "offer", "sdp": sdp})

    await offer(MAX_SDP, 1)
    assert len((await patient.hears("call.signaled", call_id, n=1))["description"]["sdp"]) == MAX_SDP
    for size in (MAX_SDP + 1, MAX_SDP + 50_000):
        with pytest.raises(Refused, match="invalid"):
            await offer(size, 2)
    assert [told["n"] for told in patient.facts("call.signaled")] == [1]
