"""What a crash leaves unfinished is finished by the jobs."""

import asyncio

import pytest

from models import streams
from models.documents.relationship import Relationship
from models.enums import NotificationCategory
from models.errors import NotFound
from models.events.conversations import ListConversations
from models.ids import SYSTEM
from services import state
from services.notifications import notice
from services.outbox import dumped
from services.search import Indexer
from tests.integration.chat.ward import CARE, Ward
from tests.support.clinic import use
from tests.support.waiting import until


async def _crash(*_: object) -> None:
    raise ConnectionError


async def test_an_ending_is_carried_out_later(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    direct = await ward.direct(ward.nurse, ward.patient)
    group = await ward.group(ward.doctor, ward.patient, ward.nurse)
    with monkeypatch.context() as broken:
        broken.setattr(ward.clinic.review, "follow", _crash)
        with pytest.raises(ConnectionError):
            await ward.end(ward.patient, ward.nurse)
    assert (await ward.look(ward.nurse, group)).conversation.members  # as the crash left it
    assert await ward.clinic.relationships.finish() == 1
    with pytest.raises(NotFound):
        await ward.look(ward.nurse, group)
    assert (await ward.look(ward.patient, direct)).conversation.closed
    assert await ward.clinic.relationships.finish() == 0
    await ward.clinic.outbox.sweep()
    told = [event.type for event in await ward.facts(streams.inbox(ward.nurse.user_id))]
    assert "relationship.changed" in told[-4:]


async def test_a_seat_taken_while_the_relationship_ended_is_given_up_later(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = await ward.group(ward.doctor, ward.patient)
    with monkeypatch.context() as broken:
        broken.setattr(ward.clinic.review, "review", _crash)
        with pytest.raises(ConnectionError):
            await ward.add(ward.doctor, group, ward.nurse)
    # The other half of the race: ended by somebody who had looked at the groups before the seat was taken.
    ended = {"$set": {"status": "ended"}}
    await state.change(Relationship, {"_id": ward.links[ward.nurse.user_id]}, ended)
    assert await ward.clinic.review.finish() >= 1
    with pytest.raises(NotFound):
        await ward.look(ward.nurse, group)
    assert await ward.clinic.review.finish() == 0


async def test_two_settlers_tell_once(ward: Ward) -> None:
    group = await ward.group(ward.doctor, ward.patient)
    await ward.clinic.join(ward.stranger, ward.patient, CARE)
    await asyncio.gather(ward.add(ward.doctor, group, ward.stranger), *(ward.clinic.outbox.sweep() for _ in range(5)))
    told = [event.type for event in await ward.facts(streams.conversation(group))]
    assert told == ["conversation.opened", "member.joined"]


async def test_one_document_that_cannot_tell_does_not_silence_the_others(ward: Ward) -> None:
    told = dumped(notice(ward.doctor.user_id, NotificationCategory.SECURITY, "test.told", by=SYSTEM))
    for key, owed in zip(sorted(ward.links.values()), ([{"id": "broken"}], told), strict=False):
        await state.collection_of(Relationship).update_one({"_id": key}, {"$set": {"outbox": owed}})
    assert await ward.clinic.outbox.sweep() == 2
    assert [event.type for event in await ward.facts(streams.inbox(ward.doctor.user_id))][-1] == "notification.raised"
    assert await ward.clinic.outbox.sweep() == 1  # what is broken stays to be seen


async def test_the_list_goes_on_where_a_page_ended(ward: Ward) -> None:
    clinic = ward.clinic
    talks = [await ward.group(ward.doctor, ward.patient) for _ in range(4)]
    for talk in reversed(talks):
        await ward.send(ward.doctor, talk, "hello")
    indexer = Indexer(clinic.events, clinic.history, clinic.thread)
    indexer.TURN_S = 0.05  # type: ignore[misc]  # a short look is enough

    async def paged() -> bool:
        await indexer.run()
        found: list[str] = []
        before = None
        for _ in range(2):
            page = await clinic.conversations.list_visible(use(ward.patient), ListConversations(limit=2, before=before))
            found += [view.conversation_id for view in page.conversations]
            last = page.conversations[-1].last_message if page.conversations else None
            before = last.sent_at if last else None
        return found == talks and not page.more

    await until(paged, 10.0, what="two pages hold all conversations, the most recently active first")
