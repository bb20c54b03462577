"""Whole calls over sockets with real media: directly, on the relay, in a group, and through the loss of a process."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.media.settings import MediaSettings
from hub.mongo.client import Client, Database
from hub.schema import prepare
from models.documents.call import Call
from models.documents.owing import PendingFact
from models.events.call_views import MediaPath, PathReason
from models.ids import new_id
from tests.integration.calls.conftest import Ward, furnished
from tests.integration.calls.phone import Phone, Refused, Told
from tests.integration.signaling.callers import Caller, all_of
from tests.support.media import Process, running_process
from tests.support.site import Person, running_site
from tests.support.valkey import ValkeyProcess
from tests.support.waiting import until

SECRET = b"s" * 32
LOOKS = ((60, 440), (120, 660), (190, 880))


@dataclass
class Stage:
    """A node with two media processes, and people who can call each other."""

    ward: Ward
    processes: list[Process]
    stack: AsyncExitStack

    async def phone(self, person: Person) -> Phone:
        phone = await Phone.of(self.ward.site, person, self.ward.group)
        self.stack.push_async_callback(phone.close)
        return phone

    async def caller(self, phone: Phone, call_id: str) -> Caller:
        level, hertz = LOOKS[[self.ward.doctor, self.ward.patient, self.ward.family].index(phone.person)]
        await phone.enter(call_id)
        made = Caller(phone, call_id, level, hertz)
        self.stack.push_async_callback(made.close)
        return made

    async def two(self) -> tuple[Caller, Caller]:
        """Doctor and patient, in a call of the group, connected directly."""
        doctor, patient = await self.phone(self.ward.doctor), await self.phone(self.ward.patient)
        call_id = (await doctor.start(self.ward.group, invite=[self.ward.patient.user_id]))["call_id"]
        await patient.do("call.accept", call_id)
        return await self.caller(doctor, call_id), await self.caller(patient, call_id)


@pytest.fixture
async def stage(mongo: Client, database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    await prepare(database)
    async with AsyncExitStack() as processes:
        running = [await processes.enter_async_context(running_process(tmp_path, SECRET)) for _ in range(2)]
        media = MediaSettings(SECRET, urls=tuple(process.address for process in running))
        async with running_site(mongo, database, tmp_path, media=media) as site, AsyncExitStack() as stack:
            await until(lambda: len(site.node.media.loads()) == 2, 10, what="links to the media processes")
            yield Stage(await furnished(site), running, stack)


async def told_paths(caller: Caller, number: int) -> list[Told]:
    """So many `call.path_changed`."""
    await until(lambda: len(caller.phone.facts("call.path_changed", caller.call_id)) >= number, 10)
    return caller.phone.facts("call.path_changed", caller.call_id)


async def test_a_call_falls_from_the_direct_path_to_the_relay_and_goes_on(stage: Stage) -> None:
    ana, ben = await stage.two()
    await ana.connect(ben)
    await all_of(ana.report("connected"), ben.report("connected"))
    await ana.phone.sees(ana.call_id, state="active", path="direct", path_n=1)
    await until(lambda: ana.sees(ben) and ben.sees(ana), 10, what="pictures on the direct path")

    await all_of(ana.cut(), ben.cut())
    began = time.monotonic()
    await ana.report("lost")
    await ben.phone.sees(ana.call_id, path="relay", path_n=2, path_reason="media_lost")
    await all_of(ana.join_relay(), ben.join_relay())
    await until(lambda: ana.sees(ben) and ben.sees(ana), 10, what="pictures on the relay")
    seconds = time.monotonic() - began
    [told] = await told_paths(ana, 1)
    assert (told["before"], told["after"], told["reason"]) == ("direct", "relay", "media_lost")
    assert 0 < told["took_ms"] <= seconds * 1000


async def test_a_third_makes_it_a_group_and_two_go_back(stage: Stage) -> None:
    ana, ben = await stage.two()
    await ana.connect(ben)
    await all_of(ana.report("connected"), ben.report("connected"))
    leo_phone = await stage.phone(stage.ward.family)
    await ana.phone.do("call.invite", ana.call_id, user_id=stage.ward.family.user_id)
    await leo_phone.do("call.accept", ana.call_id)
    leo = await stage.caller(leo_phone, ana.call_id)
    await ana.phone.sees(ana.call_id, path="relay", path_reason="group")
    await all_of(ana.join_relay(), ben.join_relay(), leo.join_relay())
    await all_of(ana.cut(), ben.cut())
    everybody = (ana, ben, leo)
    await until(
        lambda: all(one.sees(other) for one in everybody for other in everybody if one is not other),
        15, what="everybody sees everybody",
    )  # fmt: skip
    [grouped] = await told_paths(ana, 1)
    assert grouped["reason"] == "group"
    slots = await leo.phone.hears("call.slots_changed", ana.call_id)
    assert slots["leg_id"] == leo.leg_id

    await leo.phone.do("call.leave", ana.call_id)
    await ana.phone.sees(ana.call_id, path="direct", path_reason="two_remain")
    ana.relay.seen.clear()
    await until(lambda: ana.sees(ben), what="the relay carries meanwhile")
    await ana.connect(ben)
    await all_of(ana.report("connected"), ben.report("connected"))
    returned = (await told_paths(ana, 2))[-1]
    assert (returned["before"], returned["after"], returned["reason"]) == ("relay", "direct", "two_remain")
    await until(lambda: sum(load.calls for load in stage.ward.site.node.media.loads()) == 0, 10, what="a closed room")


async def chatted(stage: Stage, writer: Phone, reader: Phone) -> None:
    """Thirty messages come, one after the other, on the sockets that there are."""
    for number in range(30):
        text = f"message {number}"
        await writer.ask("chat.send", cid=new_id(), conversation_id=stage.ward.group, text=text)
        await reader.hears("chat.sent", text=text)
    assert writer.client.connected
    assert reader.client.connected


async def test_kill_9_of_the_media_process_moves_its_calls(stage: Stage) -> None:
    ana, ben = await stage.two()
    await ana.report("failed")
    await ben.phone.sees(ana.call_id, path="relay", path_reason="not_connected")
    await all_of(ana.join_relay(), ben.join_relay())
    await until(lambda: ana.sees(ben) and ben.sees(ana), 15, what="pictures on the relay")
    await told_paths(ana, 1)
    node = stage.ward.site.node
    busy = (await node.calls.book.fetch(ana.call_id)).process
    [victim] = [process for process in stage.processes if process.address == busy]
    chat = asyncio.create_task(chatted(stage, ana.phone, ben.phone), name="chat")
    await victim.end(signal.SIGKILL)
    await ana.phone.sees(ana.call_id, path_n=3, path_reason="process_lost")
    await all_of(ana.join_relay(), ben.join_relay())
    await until(lambda: ana.sees(ben) and ben.sees(ana), what="pictures on the other process")
    await chat
    lost = (await told_paths(ana, 2))[-1]
    assert (lost["before"], lost["after"], lost["reason"]) == ("relay", "relay", "process_lost")


async def test_a_process_that_is_gone_without_anybody_noticing_is_left_when_a_leg_asks_for_it(stage: Stage) -> None:
    ana, ben = await stage.two()
    book = stage.ward.site.node.calls.book

    def relayed(call: Call) -> list[PendingFact]:
        call.path, call.path_n, call.path_reason = MediaPath.RELAY, 2, PathReason.NOT_CONNECTED
        call.process, call.direct_failed = f"unix:{stage.processes[0].folder / 'gone.sock'}", 1
        for party in call.parties:
            party.connected_n = 2
        return []

    await book.change(ana.call_id, relayed)
    with pytest.raises(Refused) as refused:
        await ana.phone.ask("call.join_relay", call_id=ana.call_id, leg_id=ana.leg_id)
    assert refused.value.code == "media_unavailable"
    await ana.phone.sees(ana.call_id, path_n=3, path_reason="process_lost")
    await all_of(ana.join_relay(), ben.join_relay())
    await until(lambda: ana.sees(ben) and ben.sees(ana), 10, what="pictures on a living process")


async def test_people_on_two_nodes_connect_directly(
    stage: Stage, mongo: Client, database: Database, tmp_path: Path, valkey: ValkeyProcess
) -> None:
    media = MediaSettings(SECRET, urls=tuple(process.address for process in stage.processes))
    async with (
        running_site(mongo, database, tmp_path, media=media, valkey_url=valkey.url) as first,
        running_site(mongo, database, tmp_path, media=media, valkey_url=valkey.url) as second,
    ):
        ward = stage.ward
        doctor, patient = await Phone.of(first, ward.doctor, ward.group), await Phone.of(second, ward.patient)
        stage.stack.push_async_callback(doctor.close)
        stage.stack.push_async_callback(patient.close)
        call_id = (await doctor.start(ward.group, invite=[ward.patient.user_id]))["call_id"]
        await patient.hears("call.rang", call_id)
        await patient.do("call.accept", call_id)
        ana, ben = await stage.caller(doctor, call_id), await stage.caller(patient, call_id)
        await ana.connect(ben)
        await until(lambda: ana.sees(ben) and ben.sees(ana), 10, what="pictures on the direct path")
        await all_of(ana.report("connected"), ben.report("connected"))
        await ben.cut()
        await ben.report("lost")
        await ana.phone.sees(call_id, path="relay", path_reason="media_lost")
        await all_of(ana.join_relay(), ben.join_relay())
        await until(lambda: ana.relay.sees(ben.relay) and ben.sees(ana), 10, what="pictures on the relay")
        await told_paths(ana, 1)
        for one in (ana, ben):
            slots = await one.phone.hears("call.slots_changed", call_id, leg_id=one.leg_id)
            assert slots["leg_id"] == one.leg_id
        await stage.stack.aclose()


async def test_what_is_not_possible_is_told(stage: Stage) -> None:
    ana, ben = await stage.two()
    leg = {"call_id": ana.call_id, "leg_id": ana.leg_id}
    for command, fields, code in (
        ("call.join_relay", leg, "not_now"),
        ("call.join_relay", leg | {"leg_id": ben.leg_id}, "not_in_call"),
        ("call.answer_relay", leg | {"offer_id": ana.call_id, "sdp": "v=0\r\n"}, "not_now"),
        ("call.credentials", leg | {"leg_id": ana.call_id}, "not_in_call"),
        ("call.report_path", leg | {"path": "direct", "path_n": 0, "state": "lost"}, "invalid"),
    ):
        with pytest.raises(Refused) as refused:
            await ana.phone.ask(command, **fields)
        assert refused.value.code == code, command
    await ana.report("failed")
    await ana.phone.sees(ana.call_id, path="relay")
    offer = await ana.phone.ask("call.join_relay", **leg)
    for fields, code in (
        ({"offer_id": ana.call_id, "sdp": "v=0\r\n"}, "not_now"),
        ({"offer_id": offer["offer_id"], "sdp": "hello"}, "sdp_refused"),
        ({"offer_id": offer["offer_id"], "sdp": "v=0\r\n"}, "sdp_refused"),
    ):
        with pytest.raises(Refused) as refused:
            await ana.phone.ask("call.answer_relay", **leg, **fields)
        assert refused.value.code == code, fields


async def test_a_connection_test_over_the_socket(stage: Stage) -> None:
    phone = await stage.phone(stage.ward.patient)
    told = await phone.ask("connection.test")
    assert (told["turn"], told["relay"]) == ("not_configured", "ok")
    assert "a=ice-lite" in told["sdp"]
    ended = await phone.ask("connection.end_test", test_id=told["test_id"])
    assert ended["finding"]["connected"] is False
    await until(lambda: sum(load.calls for load in stage.ward.site.node.media.loads()) == 0, 10, what="closed rooms")
