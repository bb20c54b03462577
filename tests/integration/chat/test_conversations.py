"""Opening conversations and changing who is in them."""

import asyncio

import pytest

from models import streams
from models.enums import HistoryFrom
from models.errors import CidConflict, Forbidden, Invalid, NotFound
from models.events.conversations import (
    AddMember,
    ConversationKind,
    CreateConversation,
    LeaveConversation,
    ListConversations,
    RemoveMember,
    RenameConversation,
)
from models.ids import new_id
from tests.integration.chat.ward import CARE, FAMILY, Ward
from tests.support.clinic import Clinic, elsewhere, use


def members(ward: Ward, *people: str) -> set[str]:
    return {getattr(ward, person).user_id for person in people}


async def present(ward: Ward, conversation_id: str) -> set[str]:
    view = (await ward.look(ward.patient, conversation_id)).conversation
    return {member.person.user_id for member in view.members}


async def test_a_direct_conversation_is_made_once(ward: Ward) -> None:
    opened = await asyncio.gather(
        *(ward.direct(ward.doctor, ward.patient) for _ in range(3)), ward.direct(ward.patient, ward.doctor)
    )
    assert len(set(opened)) == 1
    told = await ward.facts(streams.conversation(opened[0]))
    assert [event.type for event in told] == ["conversation.opened"]
    inbox = [event.type for event in await ward.facts(streams.inbox(ward.patient.user_id))]
    assert inbox.count("conversation.joined") == 1


async def test_direct_conversations_need_a_relationship(ward: Ward) -> None:
    for other in (ward.stranger, ward.daughter, ward.nurse, ward.clinic.admin, ward.doctor):
        with pytest.raises(NotFound):
            await ward.direct(ward.doctor, other)
    with pytest.raises(NotFound):
        await ward.direct(ward.clinic.admin, ward.patient)
    wish = CreateConversation(cid=new_id(), kind=ConversationKind.DIRECT, member_ids=[new_id()])
    with pytest.raises(NotFound):
        await ward.clinic.conversations.create(use(ward.doctor), wish)
    await ward.direct(ward.daughter, ward.patient)


async def test_a_proposal_opens_nothing_until_it_is_accepted(ward: Ward) -> None:
    key = await ward.propose(ward.stranger, ward.patient, CARE)
    with pytest.raises(NotFound):
        await ward.direct(ward.stranger, ward.patient)
    await ward.answer(ward.patient, key)
    await ward.direct(ward.stranger, ward.patient)


async def test_a_group_is_about_one_patient_and_holds_only_those_related(ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient, ward.nurse, ward.daughter)
    assert await present(ward, talk) == members(ward, "doctor", "patient", "nurse", "daughter")
    with pytest.raises(Forbidden):
        await ward.group(ward.doctor, ward.patient, ward.stranger)
    with pytest.raises(Forbidden):
        await ward.group(ward.daughter, ward.patient, ward.doctor)
    with pytest.raises(NotFound):
        await ward.group(ward.stranger, ward.patient)
    with pytest.raises(Invalid):
        await ward.group(ward.doctor, ward.nurse)


async def test_family_needs_the_patients_will(ward: Ward) -> None:
    son = ward.clinic.directory.enrol("Sam", ward.daughter.role)
    await ward.clinic.join(son, ward.patient, FAMILY)  # by an administrator, without asking the patient
    talk = await ward.group(ward.doctor, ward.patient)
    with pytest.raises(Forbidden):
        await ward.add(ward.doctor, talk, son)
    await ward.add(ward.patient, talk, son)
    await ward.add(ward.doctor, talk, ward.daughter)
    assert await present(ward, talk) == {son.user_id, *members(ward, "doctor", "patient", "daughter")}


async def test_the_same_creation_twice_is_one_conversation(ward: Ward) -> None:
    wish = CreateConversation(
        cid=new_id(),
        kind=ConversationKind.GROUP,
        member_ids=[ward.patient.user_id],
        patient_id=ward.patient.user_id,
        title="A",
    )
    create = ward.clinic.conversations.create
    answers = await asyncio.gather(*(create(use(ward.doctor), wish) for _ in range(3)))
    assert len({answer.conversation.conversation_id for answer in answers}) == 1
    with pytest.raises(CidConflict):
        await create(use(ward.doctor), wish.model_copy(update={"title": "B"}))
    other = await create(use(elsewhere(ward.doctor)), wish)
    assert other.conversation.conversation_id != answers[0].conversation.conversation_id


async def test_joining_shows_history_as_the_inviter_chose(ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient)
    await ward.send(ward.doctor, talk, "before")
    await ward.add(ward.doctor, talk, ward.nurse, HistoryFrom.JOINING)
    await ward.add(ward.doctor, talk, ward.daughter, HistoryFrom.START)
    await ward.send(ward.doctor, talk, "after")
    assert await ward.texts(ward.nurse, talk) == ["after"]
    assert await ward.texts(ward.daughter, talk) == ["before", "after"]
    nurse, daughter = await ward.look(ward.nurse, talk), await ward.look(ward.daughter, talk)
    [joined] = [
        event.n
        for event in await ward.facts(streams.conversation(talk))
        if event.type == "member.joined" and event.data["person"]["user_id"] == ward.nurse.user_id
    ]
    assert (nurse.conversation.floor, nurse.conversation.unread) == (joined, 1)
    assert (daughter.conversation.floor, daughter.conversation.unread) == (0, 2)


async def test_adding_twice_or_at_once_adds_once(ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient)
    await asyncio.gather(*(ward.add(who, talk, ward.nurse) for who in (ward.doctor, ward.patient, ward.doctor)))
    told = [event.type for event in await ward.facts(streams.conversation(talk))]
    assert told.count("member.joined") == 1
    assert await present(ward, talk) == members(ward, "doctor", "patient", "nurse")


async def test_who_leaves_finds_nothing_more(ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient, ward.nurse)
    await ward.send(ward.doctor, talk, "hello")
    wish = LeaveConversation(cid=new_id(), conversation_id=talk)
    await ward.clinic.conversations.leave(use(ward.nurse), wish)
    for attempt in (ward.look(ward.nurse, talk), ward.texts(ward.nurse, talk), ward.send(ward.nurse, talk, "x")):
        with pytest.raises(NotFound):
            await attempt
    await ward.clinic.conversations.leave(use(ward.nurse), wish)  # the same command again: it has taken effect
    with pytest.raises(NotFound):
        await ward.clinic.conversations.leave(use(ward.nurse), wish.model_copy(update={"cid": new_id()}))
    told = [event for event in await ward.facts(streams.conversation(talk)) if event.type == "member.left"]
    assert [(event.data["user_id"], event.data["by_self"]) for event in told] == [(ward.nurse.user_id, True)]
    inbox = [event.type for event in await ward.facts(streams.inbox(ward.nurse.user_id))]
    assert inbox[-1] == "conversation.left"
    assert (await ward.clinic.conversations.list_visible(use(ward.nurse), ListConversations())).conversations == []


async def test_removing_is_for_clinicians_and_the_patient(ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient, ward.nurse, ward.daughter)
    service = ward.clinic.conversations

    def removal(whom: str) -> RemoveMember:
        return RemoveMember(cid=new_id(), conversation_id=talk, user_id=whom)

    with pytest.raises(Forbidden):
        await service.remove_member(use(ward.daughter), removal(ward.nurse.user_id))
    with pytest.raises(NotFound):
        await service.remove_member(use(ward.stranger), removal(ward.nurse.user_id))
    with pytest.raises(Forbidden):
        await service.remove_member(use(ward.doctor), removal(ward.patient.user_id))
    wish = removal(ward.nurse.user_id)
    await asyncio.gather(*(service.remove_member(use(who), wish) for who in (ward.doctor, ward.patient)))
    await service.remove_member(use(ward.doctor), wish)
    told = [event.type for event in await ward.facts(streams.conversation(talk))]
    assert told.count("member.left") == 1
    assert await present(ward, talk) == members(ward, "doctor", "patient", "daughter")
    await ward.add(ward.patient, talk, ward.nurse)
    assert await ward.texts(ward.nurse, talk) == []


async def test_a_late_repetition_of_an_invitation_brings_nobody_back(ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient)
    wish = AddMember(cid=new_id(), conversation_id=talk, user_id=ward.nurse.user_id)
    service = ward.clinic.conversations
    for _ in range(2):
        await service.add_member(use(ward.doctor), wish)
    assert ward.nurse.user_id in await present(ward, talk)
    removal = RemoveMember(cid=new_id(), conversation_id=talk, user_id=ward.nurse.user_id)
    await service.remove_member(use(ward.patient), removal)
    await service.add_member(use(ward.doctor), wish)
    assert ward.nurse.user_id not in await present(ward, talk)
    await service.add_member(use(ward.doctor), wish.model_copy(update={"cid": new_id()}))
    assert ward.nurse.user_id in await present(ward, talk)
    await service.remove_member(use(ward.patient), removal)  # and a late removal does not touch the second stay
    assert ward.nurse.user_id in await present(ward, talk)


async def test_renaming(ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient, ward.daughter)
    service = ward.clinic.conversations
    wish = RenameConversation(cid=new_id(), conversation_id=talk, title="  Knee ")
    for _ in range(2):
        assert (await service.rename(use(ward.patient), wish)).conversation.title == "Knee"
    told = [event.type for event in await ward.facts(streams.conversation(talk))]
    assert told.count("conversation.renamed") == 1
    with pytest.raises(Forbidden):
        await service.rename(use(ward.daughter), wish)
    direct = await ward.direct(ward.doctor, ward.patient)
    for attempt in (
        service.rename(use(ward.doctor), wish.model_copy(update={"conversation_id": direct})),
        ward.add(ward.doctor, direct, ward.nurse),
    ):
        with pytest.raises(Forbidden):
            await attempt
    with pytest.raises(Forbidden):
        await service.leave(use(ward.doctor), LeaveConversation(cid=new_id(), conversation_id=direct))


async def test_the_list_has_the_last_message_and_the_unread_count(ward: Ward) -> None:
    first = await ward.direct(ward.doctor, ward.patient)
    second = await ward.group(ward.doctor, ward.patient, ward.nurse)
    await ward.send(ward.doctor, second, "later")
    await ward.send(ward.doctor, first, "one")
    await ward.send(ward.doctor, first, "two")
    listed = await ward.clinic.conversations.list_visible(use(ward.patient), ListConversations())
    assert [
        (view.conversation_id, view.last_message and view.last_message.text, view.unread)
        for view in listed.conversations
    ] == [(first, "two", 2), (second, "later", 1)]
    assert not listed.more
    page = await ward.clinic.conversations.list_visible(use(ward.patient), ListConversations(limit=1))
    assert (len(page.conversations), page.more) == (1, True)


async def test_a_conversation_written_but_not_told_is_told_by_the_sweep(clinic: Clinic, ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient)
    before = (await ward.look(ward.patient, talk)).conversation.n
    await clinic.log.close()  # from here on nothing can be appended by this node: as if it died after the write
    wish = RenameConversation(cid=new_id(), conversation_id=talk, title="Later")
    with pytest.raises(Exception, match="Not confirmed yet"):
        await clinic.conversations.rename(use(ward.doctor), wish)
    second = Clinic(clinic.database, clinic.directory)
    await second.outbox.sweep()
    told = await second.log.read(streams.conversation(talk), before, 10, 1 << 20)
    assert [(event.type, event.data) for event in told] == [("conversation.renamed", {"title": "Later"})]
    assert await second.outbox.sweep() == 0
    await second.close()
