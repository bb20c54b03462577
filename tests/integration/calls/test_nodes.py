"""Calls over two nodes, and over the death of one of them (kill -9 of its process)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.mongo.client import Client, Database
from tests.integration.calls.conftest import Pick, Ward, furnished
from tests.integration.calls.hubs import Pair, two_hubs
from tests.integration.calls.lapse import lapse
from tests.integration.calls.phone import Refused, party
from tests.support.valkey import ValkeyProcess

NOTICED_S = 20.0
"""A dead node's last heartbeat is fresh for ten seconds; the rest is for a busy machine."""


@pytest.fixture
async def pair(
    mongo: Client, database: Database, mongo_uri: str, valkey: ValkeyProcess, tmp_path: Path
) -> AsyncIterator[Pair]:
    async with two_hubs(mongo, database, mongo_uri, valkey.url, tmp_path) as pair:
        yield pair


@pytest.fixture
async def ward(pair: Pair) -> Ward:
    return await furnished(pair.here)


async def test_devices_on_two_nodes_ring_and_one_answers(pair: Pair, ward: Ward, pick: Pick) -> None:
    doctor = await pick(pair.here, ward.doctor, ward.pair)
    phone = await pick(pair.here, ward.patient)
    tablet = await pick(pair.there, await pair.there.sign_in("Ana Núñez", ward.patient.email))
    call_id = (await doctor.start(ward.pair))["call_id"]
    for device in (phone, tablet):
        await device.hears("call.rang", call_id)
    outcomes = await asyncio.gather(
        phone.do("call.accept", call_id), tablet.do("call.accept", call_id), return_exceptions=True
    )
    assert [one.code for one in outcomes if isinstance(one, Refused)] == ["answered_elsewhere"]
    winner = phone if isinstance(outcomes[1], Refused) else tablet
    for device in (phone, tablet):
        stopped = await device.hears("call.ring_ended", call_id)
        assert stopped["device_id"] == winner.person.actor.device_id
    # Each hears of the other's doings although they sit on different nodes, and a call moves between nodes.
    await doctor.enter(call_id)
    leg_id = (await phone.enter(call_id))["leg_id"]
    await tablet.enter(call_id)
    await phone.hears("call.leg_replaced", call_id, leg_id=leg_id)
    await tablet.do("call.leave", call_id)
    assert (await doctor.hears("call.ended", call_id))["reason"] == "ended"


async def test_the_node_of_the_caller_dies_while_it_rings(pair: Pair, ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(pair.here, ward.doctor), await pick(pair.there, ward.patient, ward.pair)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.hears("call.rang", call_id)
    await pair.hubs[0].kill()
    # The ring goes on; the caller comes back over the other node in time, and is answered.
    await patient.sees_party(call_id, ward.doctor, "away", within_s=NOTICED_S)
    again = await pick(pair.there, ward.doctor)
    assert [call["state"] for call in (await again.ask("call.list"))["calls"]] == ["ringing"]
    await again.enter(call_id)
    call = (await patient.do("call.accept", call_id))["call"]
    assert [one["state"] for one in call["parties"]] == ["present", "present"]


async def test_a_ring_ends_although_the_node_that_began_it_is_dead(pair: Pair, ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(pair.here, ward.doctor), await pick(pair.there, ward.patient, ward.pair)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.hears("call.rang", call_id)
    await pair.hubs[0].kill()
    await lapse(call_id, 45)
    assert (await patient.hears("call.ring_ended", call_id, within_s=NOTICED_S))["reason"] == "missed"
    assert (await patient.hears("call.ended", call_id, within_s=NOTICED_S))["reason"] == "missed"


async def test_a_node_dies_under_a_call(pair: Pair, ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(pair.here, ward.doctor), await pick(pair.there, ward.patient, ward.pair)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    leg_id = (await doctor.enter(call_id))["leg_id"]
    await patient.enter(call_id)
    await pair.hubs[0].kill()
    call = await patient.sees_party(call_id, ward.doctor, "away", within_s=NOTICED_S)
    assert call["state"] == "connecting"
    again = await pick(pair.there, ward.doctor)
    entered = await again.enter(call_id, leg_id=leg_id)
    assert entered["leg_id"] == leg_id
    assert party(entered["call"], ward.doctor)["state"] == "present"
    # Dead for good: whoever does not come back is waited for, and then the call is over.
    await again.close()
    await patient.sees_party(call_id, ward.doctor, "away")
    await lapse(call_id, 30)
    assert (await patient.hears("call.ended", call_id))["reason"] == "failed"


async def test_a_node_that_goes_down_in_order_says_so_itself(pair: Pair, ward: Ward, pick: Pick) -> None:
    doctor, patient = await pick(pair.here, ward.doctor), await pick(pair.there, ward.patient, ward.pair)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    await doctor.enter(call_id)
    await pair.hubs[0].stop()
    assert party(await patient.call(call_id), ward.doctor)["state"] == "away"
    again = await pick(pair.there, ward.doctor)
    assert party((await again.enter(call_id))["call"], ward.doctor)["state"] == "present"
