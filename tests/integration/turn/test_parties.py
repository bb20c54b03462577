"""Credentials of a live call work at the TURN server, for as long as somebody sits in it, and for nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.mongo.client import Client, Database
from hub.schema import prepare
from services.calls.turn import TurnSettings
from tests.integration.calls.conftest import Ward, furnished
from tests.integration.calls.phone import Phone, Refused, Told
from tests.support.site import running_site
from tests.support.turn import REALM, SECRET, CoturnProcess, turn_client


@pytest.fixture
async def ward(mongo: Client, database: Database, tmp_path: Path, coturn: CoturnProcess) -> AsyncIterator[Ward]:
    await prepare(database)
    turn = TurnSettings(b"p" * 32, (coturn.url,), (SECRET,), REALM)
    async with running_site(mongo, database, tmp_path, turn=turn) as site:
        yield await furnished(site)


async def relays(coturn: CoturnProcess, told: Told) -> bool:
    """Whether these credentials make an allocation."""
    [server] = told["ice_servers"]
    assert server["urls"] == [coturn.url]
    async with turn_client(coturn, server["username"], server["credential"]) as client:
        return (await client.allocate()).error_code is None


async def test_from_the_seat_to_the_end_of_the_call(ward: Ward, coturn: CoturnProcess) -> None:
    doctor, patient = await Phone.of(ward.site, ward.doctor), await Phone.of(ward.site, ward.patient)
    nurse = await Phone.of(ward.site, ward.nurse)
    try:
        call_id = (await doctor.start(ward.pair))["call_id"]
        with pytest.raises(Refused) as ringing:
            await patient.ask("call.credentials", call_id=call_id, leg_id=call_id)
        assert ringing.value.code == "not_in_call"
        await patient.do("call.accept", call_id)
        assert await relays(coturn, await doctor.enter(call_id))
        assert await relays(coturn, await patient.enter(call_id))
        leg = {"call_id": call_id, "leg_id": patient.leg_id}
        assert await relays(coturn, await patient.ask("call.credentials", **leg))
        with pytest.raises(Refused) as stranger:
            await nurse.ask("call.credentials", **leg)
        assert stranger.value.code == "not_found"
        await doctor.do("call.end", call_id)
        with pytest.raises(Refused) as over:
            await patient.ask("call.credentials", **leg)
        assert over.value.code == "call_over"
    finally:
        for phone in (doctor, patient, nurse):
            await phone.close()
