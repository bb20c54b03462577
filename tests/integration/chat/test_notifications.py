"""The inbox: who is told what, and one read state for all devices."""

import asyncio

from models import streams
from models.events.notifications import ListNotifications, Notifications, ReadNotifications
from models.ids import new_id
from services.unit import Actor
from tests.integration.chat.ward import CARE, Ward
from tests.support.clinic import elsewhere, use


async def inbox(ward: Ward, who: Actor, **page: int) -> Notifications:
    return await ward.clinic.notifications.list_visible(use(who), ListNotifications(**page))


async def test_who_is_told_what(ward: Ward) -> None:
    group = await ward.group(ward.doctor, ward.patient)
    await ward.add(ward.doctor, group, ward.nurse)
    await ward.end(ward.patient, ward.nurse)
    told = [(view.title, view.params, view.link) for view in (await inbox(ward, ward.nurse)).notifications]
    assert told == [
        ("relationship.ended", {"name": "Paul"}, "/relationships"),
        ("conversation.added", {"name": "Dora", "title": "Care team"}, f"/conversations/{group}"),
        ("relationship.established", {"name": "Paul"}, "/relationships"),
    ]
    assert [view.title for view in (await inbox(ward, ward.daughter)).notifications] == ["relationship.accepted"]
    assert (await inbox(ward, ward.stranger)).notifications == []


async def test_pages_and_read_state_on_every_device(ward: Ward) -> None:
    for _ in range(4):
        await ward.group(ward.doctor, ward.patient)
    first = await inbox(ward, ward.patient, limit=3)
    assert (len(first.notifications), first.more) == (3, True)
    rest = await inbox(ward, ward.patient, limit=100, before_n=first.notifications[-1].n)
    assert not rest.more
    everything = first.notifications + rest.notifications
    assert [view.n for view in everything] == sorted((view.n for view in everything), reverse=True)
    assert first.unread == len(everything)
    wish = ReadNotifications(cid=new_id(), ns=[first.notifications[0].n], up_to_n=rest.notifications[0].n)
    await ward.clinic.notifications.read(use(ward.patient), wish)
    seen = await inbox(ward, elsewhere(ward.patient))
    assert [view.read for view in seen.notifications] == [True, False, False, *[True] * len(rest.notifications)]
    assert (seen.unread, seen.read_up_to) == (2, rest.notifications[0].n)


async def test_reading_again_tells_nobody(ward: Ward) -> None:
    newest = (await inbox(ward, ward.patient)).notifications[0].n
    wish = ReadNotifications(cid=new_id(), ns=[newest])
    await asyncio.gather(*(ward.clinic.notifications.read(use(ward.patient), wish) for _ in range(4)))
    await ward.clinic.notifications.read(use(ward.patient), ReadNotifications(cid=new_id(), ns=[newest, 10_000]))
    await ward.clinic.notifications.read(use(ward.patient), ReadNotifications(cid=new_id()))
    told = [event.type for event in await ward.facts(streams.inbox(ward.patient.user_id))]
    assert told.count("notification.marked") == 1


async def test_only_ones_own(ward: Ward) -> None:
    await ward.propose(ward.stranger, ward.patient, CARE)
    newest = (await inbox(ward, ward.patient)).notifications[0].n
    await ward.clinic.notifications.read(use(ward.stranger), ReadNotifications(cid=new_id(), up_to_n=newest))
    assert not (await inbox(ward, ward.patient)).notifications[0].read
