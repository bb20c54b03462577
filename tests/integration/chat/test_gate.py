"""Who may receive which stream, and that leaving ends it at once, on every node."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from hub.mongo.client import Database
from models import streams
from models.enums import HistoryFrom
from models.errors import NotFound, NotNow
from models.events.conversations import LeaveConversation, RemoveMember
from models.ids import new_id
from models.streams import StreamId
from services.stream_gate import StreamGate
from services.unit import Actor
from tests.integration.chat.ward import CARE, Ward, ward_of
from tests.support.clinic import clinic_on, use
from tests.support.waiting import until


@dataclass
class Subscriber:
    user_id: str


async def floors(ward: Ward, who: Actor, *wanted: StreamId) -> list[int | None]:
    gate = StreamGate(ward.clinic.membership)
    found = await gate.floors(Subscriber(who.user_id), wanted)
    return [found[stream] for stream in wanted]


async def test_floors(ward: Ward) -> None:
    direct, group = await ward.direct(ward.doctor, ward.patient), await ward.group(ward.doctor, ward.patient)
    await ward.add(ward.doctor, group, ward.nurse, HistoryFrom.JOINING)
    joined = (await ward.look(ward.nurse, group)).conversation.floor
    c_direct, c_group = streams.conversation(direct), streams.conversation(group)
    inbox = streams.inbox(ward.nurse.user_id)
    assert await floors(ward, ward.nurse, c_direct, c_group, inbox) == [None, joined, 0]
    assert joined > 0
    assert await floors(ward, ward.patient, c_direct, c_group, inbox) == [0, 0, None]
    assert await floors(ward, ward.stranger, c_direct, c_group, streams.conversation(new_id())) == [None] * 3
    await ward.end(ward.patient, ward.nurse)
    assert await floors(ward, ward.nurse, c_group) == [None]
    await ward.end(ward.patient, ward.doctor)
    assert await floors(ward, ward.doctor, c_direct, c_group) == [0, None]


async def test_a_floor_is_known_even_before_the_joining_is_told(ward: Ward) -> None:
    group = await ward.group(ward.doctor, ward.patient)
    await ward.send(ward.doctor, group, "before")
    append, ward.clinic.log.append = ward.clinic.log.append, _refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(ConnectionError):
        await ward.add(ward.doctor, group, ward.nurse)
    ward.clinic.log.append = append  # type: ignore[method-assign]
    [floor] = await floors(ward, ward.nurse, streams.conversation(group))
    [joined] = [event.n for event in await ward.facts(streams.conversation(group)) if event.type == "member.joined"]
    assert floor == joined
    assert await ward.texts(ward.nurse, group) == []


async def _refuse(entry: object) -> None:
    raise ConnectionError


async def test_the_leaver_is_named_by_the_fact(ward: Ward) -> None:
    group = await ward.group(ward.doctor, ward.patient, ward.nurse)
    leave = LeaveConversation(cid=new_id(), conversation_id=group)
    await ward.clinic.conversations.leave(use(ward.nurse), leave)
    gate = StreamGate(ward.clinic.membership)
    named = [gate.leaver(event) for event in await ward.facts(streams.conversation(group))]
    assert named == [None, ward.nurse.user_id]


@pytest.fixture
async def wards(database: Database) -> AsyncIterator[tuple[Ward, Ward]]:
    """The same people, served by two nodes."""
    async with clinic_on(database, nodes=2) as (first, second):
        ward = await ward_of(first)
        there = Ward(second, ward.doctor, ward.nurse, ward.patient, ward.daughter, ward.stranger, ward.links)
        yield ward, there


async def test_removal_here_ends_speaking_there(wards: tuple[Ward, Ward]) -> None:
    here, there = wards
    group = await here.group(here.doctor, here.patient, here.nurse)
    await there.send(there.nurse, group, "still in")  # the other node has the members in its cache now
    wish = RemoveMember(cid=new_id(), conversation_id=group, user_id=here.nurse.user_id)
    await here.clinic.conversations.remove_member(use(here.doctor), wish)

    async def refused() -> bool:
        try:
            await there.send(there.nurse, group, "still here?")
        except NotFound:
            return True
        return False

    # Well within the cache's lifetime: it is the fact that empties it.
    await until(refused, 3.0, every_s=0.01, what="the other node refuses the removed member")
    with pytest.raises(NotFound):
        await there.texts(there.nurse, group)


async def test_closing_here_closes_there(wards: tuple[Ward, Ward]) -> None:
    here, there = wards
    direct = await here.direct(here.doctor, here.patient)
    await there.send(there.doctor, direct, "open")
    assert here.doctor.user_id in await there.clinic.audience.audience_of(here.patient.user_id)
    await here.end(here.patient, here.doctor)

    async def closed() -> bool:
        try:
            await there.send(there.doctor, direct, "open?")
        except NotNow:
            return here.doctor.user_id not in await there.clinic.audience.audience_of(here.patient.user_id)
        return False

    await until(closed, 3.0, what="the other node knows that it is over")


async def test_adding_and_ending_at_once_never_leaves_a_seat(wards: tuple[Ward, Ward]) -> None:
    here, there = wards
    group = await here.group(here.doctor, here.patient)
    for _ in range(10):
        results = await asyncio.gather(
            here.add(here.doctor, group, here.nurse), there.end(there.patient, there.nurse), return_exceptions=True
        )
        assert not [result for result in results if isinstance(result, Exception)] or results[1] is None
        with pytest.raises(NotFound):
            await here.look(here.nurse, group)
        await here.clinic.join(here.nurse, here.patient, CARE)


async def test_removing_and_sending_at_once(ward: Ward) -> None:
    """On one node nothing of the removed member comes after their `member.left`, save what was already on its way."""
    for _ in range(5):
        group = await ward.group(ward.doctor, ward.patient, ward.nurse)
        wish = RemoveMember(cid=new_id(), conversation_id=group, user_id=ward.nurse.user_id)
        await asyncio.gather(
            ward.clinic.conversations.remove_member(use(ward.doctor), wish),
            *(ward.send(ward.nurse, group, f"m{i}") for i in range(5)),
            return_exceptions=True,
        )
        with pytest.raises(NotFound):
            await ward.send(ward.nurse, group, "after")
        told = [(event.type, event.by) for event in await ward.facts(streams.conversation(group))]
        assert told.count(("member.left", ward.doctor.user_id)) == 1
        assert [n for n, _ in enumerate(told)] == list(range(len(told)))
