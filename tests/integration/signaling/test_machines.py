"""Nodes on several machines whose media processes are on Unix sockets: their calls stay put, and it is said."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from hub.media.settings import MediaSettings
from hub.mongo.client import Client, Database
from hub.schema import prepare
from models.documents.call import Call
from models.documents.heartbeat import Heartbeat
from models.documents.owing import PendingFact
from models.events.call_views import MediaPath, PathReason
from models.ids import new_id
from models.media_sockets import owner_of, socket_name
from services import state
from services.calls.heartbeats import DEAD_AFTER_S, Heartbeats
from tests.integration.calls.conftest import Ward, furnished
from tests.integration.calls.phone import Phone, Refused, Told
from tests.integration.signaling.callers import Caller
from tests.support.site import Site, running_site
from tests.support.valkey import ValkeyProcess
from tests.support.waiting import until

SECRET = b"s" * 32


@pytest.fixture
async def sites(
    mongo: Client, database: Database, tmp_path: Path, valkey: ValkeyProcess
) -> AsyncIterator[tuple[Site, Site]]:
    """Two nodes that say they are on different machines, each with a media process of its own."""
    await prepare(database)
    async with AsyncExitStack() as stack:
        made = []
        for name in ("here", "there"):
            folder = tmp_path / name
            folder.mkdir()
            media = MediaSettings(
                SECRET, processes=1, folder=folder / "media",
                environment={"RECORDINGS_DIR": str(folder / "recordings"), "MEDIA_ANNOUNCE": "own,127.0.0.1"},
            )  # fmt: skip
            made.append(
                await stack.enter_async_context(
                    running_site(mongo, database, folder, media=media, valkey_url=valkey.url, machine=name)
                )
            )
        for site in made:
            await until(site.node.media.place, 30, what="a media process")
        yield made[0], made[1]


async def talk(stack: AsyncExitStack, ward: Ward, here: Site, there: Site) -> tuple[Phone, Phone, str]:
    """Doctor here and patient there, whose direct path does not work."""
    doctor, patient = await Phone.of(here, ward.doctor, ward.pair), await Phone.of(there, ward.patient)
    for phone in (doctor, patient):
        stack.push_async_callback(phone.close)
    call_id = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    for phone in (doctor, patient):
        await phone.enter(call_id)
    return doctor, patient, call_id


async def reviewed(site: Site) -> None:
    """Everything that the clock does about paths, to its end."""
    await site.node.connecting.steering.review()
    await until(lambda: not site.node.connecting._errands._tasks, what="errands")


async def ready(site: Site) -> Told:
    """`/readyz`."""
    async with aiohttp.ClientSession() as http, http.get(f"{site.url}/readyz") as answer:
        told: Told = await answer.json()
        return told | {"code": answer.status}


async def test_a_call_stays_where_it_is_and_both_nodes_say_what_is_wrong(sites: tuple[Site, Site]) -> None:
    here, there = sites
    ward = await furnished(here)
    async with AsyncExitStack() as stack:
        doctor, patient, call_id = await talk(stack, ward, here, there)
        caller = Caller(doctor, call_id, 60, 440)
        stack.push_async_callback(caller.close)
        await caller.report("failed")
        await doctor.sees(call_id, path="relay", path_n=2)
        await caller.join_relay()
        call = await here.node.calls.book.fetch(call_id)
        assert owner_of(call.process or "") == here.node.boot_id[-12:]
        for _ in range(3):
            with pytest.raises(Refused, match="media_unavailable"):
                await patient.ask("call.join_relay", call_id=call_id, leg_id=patient.leg_id)
            for site in sites:
                await reviewed(site)
        after = await here.node.calls.book.fetch(call_id)
        assert (after.path_n, after.process) == (2, call.process)
    for site in sites:
        with capture_logs() as logs:
            site.node.media.divided = False
            for _ in range(2):
                await site.node.telephony.look_around()
        assert [one["log_level"] for one in logs if "MEDIA_URLS" in one["event"]] == ["error"]
        told = await ready(site)
        assert told["components"]["media"] == {"ok": False, "error": "MediaUrlsNeeded"}
        assert (told["status"], told["code"]) == ("ready", 200)


async def test_the_process_of_a_node_elsewhere_is_lost_with_its_node_and_not_before(
    mongo: Client, database: Database, tmp_path: Path
) -> None:
    await prepare(database)
    elsewhere = Heartbeats(new_id(), "elsewhere")
    process = f"unix:/srv/elsewhere/{socket_name(elsewhere._boot_id, '0' * 8)}"
    media = MediaSettings(SECRET, processes=1, folder=tmp_path / "media")
    async with running_site(mongo, database, tmp_path, media=media, machine="here") as site, AsyncExitStack() as stack:
        await until(site.node.media.place, 30, what="a media process")
        doctor, _, call_id = await talk(stack, await furnished(site), site, site)

        def relayed(call: Call) -> list[PendingFact]:
            call.path, call.path_n, call.path_reason = MediaPath.RELAY, 2, PathReason.NOT_CONNECTED
            call.process, call.direct_failed = process, 1
            return []

        await elsewhere.beat()
        await site.node.calls.book.change(call_id, relayed)
        for _ in range(4):
            await elsewhere.beat()
            await reviewed(site)
            with pytest.raises(Refused, match="media_unavailable"):
                await doctor.ask("call.join_relay", call_id=call_id, leg_id=doctor.leg_id)
        call = await site.node.calls.book.fetch(call_id)
        assert (call.path_n, call.process) == (2, process)
        await died(elsewhere._boot_id)
        moved = await doctor.sees(call_id, path_n=3, within_s=20)
        assert moved["path_reason"] == "process_lost"
        assert (await site.node.calls.book.fetch(call_id)).process == site.node.media.place()


async def died(boot_id: str) -> None:
    """Nothing was heard of a node for so long that it is dead."""
    long_ago = {"$subtract": ["$seen_at", timedelta(seconds=DEAD_AFTER_S) / timedelta(milliseconds=1)]}
    await state.collection_of(Heartbeat).update_one({"_id": boot_id}, [{"$set": {"seen_at": long_ago}}])


async def test_a_configured_socket_is_no_place_for_calls_while_it_names_another_process_elsewhere(
    sites: tuple[Site, Site], tmp_path: Path
) -> None:
    here, _ = sites
    pool = here.node.media
    pool._urls = (pool.place() or "",)
    await here.node.telephony.look_around()
    assert pool.place() is None
    pool._urls = ()
    assert pool.place() is not None
