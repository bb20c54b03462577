"""State before + facts = state after, for every command that changes something."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from models import streams
from models.events import chat, conversations, notifications, relationships
from models.events.base import WritingCommand
from models.events.chat import DeleteMessage, EditMessage, MarkMessages, SendMessage
from models.events.conversations import LeaveConversation, RemoveMember, RenameConversation
from models.events.notifications import ListNotifications, Notifications, ReadNotifications
from models.events.relationships import ListRelationships, RelationshipView
from models.ids import new_id
from services.unit import Actor
from tests.integration.chat.ward import CARE, Ward
from tests.support import fold
from tests.support.clinic import use

Act = Callable[[Ward, str, int], Awaitable[Any]]


async def _send(ward: Ward, talk: str, n: int) -> None:
    wish = SendMessage(cid=new_id(), conversation_id=talk, text="more", reply_to=n)
    await ward.clinic.chat.send(use(ward.nurse), wish)


async def _edit(ward: Ward, talk: str, n: int) -> None:
    wish = EditMessage(cid=new_id(), conversation_id=talk, n=n, text="better")
    await ward.clinic.chat.edit(use(ward.doctor), wish)


async def _delete(ward: Ward, talk: str, n: int) -> None:
    await ward.clinic.chat.delete(use(ward.doctor), DeleteMessage(cid=new_id(), conversation_id=talk, n=n))


async def _mark(ward: Ward, talk: str, n: int) -> None:
    await ward.clinic.chat.mark(use(ward.patient), MarkMessages(cid=new_id(), conversation_id=talk, read_n=n))


async def _deliver(ward: Ward, talk: str, n: int) -> None:
    await ward.clinic.chat.mark(use(ward.nurse), MarkMessages(cid=new_id(), conversation_id=talk, delivered_n=n))


async def _add(ward: Ward, talk: str, n: int) -> None:
    await ward.add(ward.doctor, talk, ward.daughter)


async def _remove(ward: Ward, talk: str, n: int) -> None:
    wish = RemoveMember(cid=new_id(), conversation_id=talk, user_id=ward.nurse.user_id)
    await ward.clinic.conversations.remove_member(use(ward.doctor), wish)


async def _leave(ward: Ward, talk: str, n: int) -> None:
    await ward.clinic.conversations.leave(use(ward.nurse), LeaveConversation(cid=new_id(), conversation_id=talk))


async def _rename(ward: Ward, talk: str, n: int) -> None:
    wish = RenameConversation(cid=new_id(), conversation_id=talk, title="Hip")
    await ward.clinic.conversations.rename(use(ward.doctor), wish)


async def _end(ward: Ward, talk: str, n: int) -> None:
    await ward.end(ward.patient, ward.nurse)


IN_A_GROUP: list[tuple[str, Act]] = [
    ("chat.send", _send),
    ("chat.edit", _edit),
    ("chat.delete", _delete),
    ("chat.mark", _mark),
    ("chat.mark", _deliver),
    ("conversation.add_member", _add),
    ("conversation.remove_member", _remove),
    ("conversation.leave", _leave),
    ("conversation.rename", _rename),
    ("relationship.end", _end),
]


@pytest.mark.parametrize("viewer", ["patient", "doctor"])
@pytest.mark.parametrize(("name", "act"), IN_A_GROUP, ids=[act.__name__ for _, act in IN_A_GROUP])
async def test_conversation(ward: Ward, name: str, act: Act, viewer: str) -> None:
    who: Actor = getattr(ward, viewer)
    talk = await ward.group(ward.doctor, ward.patient, ward.nurse)
    first = await ward.send(ward.doctor, talk, "one")
    await ward.send(ward.patient, talk, "two")
    before = await ward.look(who, talk)
    await act(ward, talk, first.n)
    await _agrees(ward, who, talk, before)


@pytest.mark.parametrize("reopen", [False, True])
async def test_a_direct_conversation_closes_and_opens(ward: Ward, reopen: bool) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    await ward.send(ward.doctor, talk, "one")
    before = await ward.look(ward.patient, talk)
    if reopen:
        await ward.end(ward.patient, ward.doctor)
        before = await ward.look(ward.patient, talk)
        await ward.clinic.join(ward.doctor, ward.patient, CARE)
    else:
        await ward.end(ward.patient, ward.doctor)
    await _agrees(ward, ward.patient, talk, before)


async def _agrees(ward: Ward, who: Actor, talk: str, before: Any) -> None:
    facts = await ward.facts(streams.conversation(talk), before.conversation.n)
    assert facts, "the command told nothing"
    after = fold.without_joining_times(await ward.look(who, talk))
    folded = fold.without_joining_times(fold.conversation(before, facts, who.user_id))
    assert folded == after
    unchanged = fold.without_joining_times(before)
    assert unchanged.model_dump(exclude={"conversation": {"n"}}) != after.model_dump(exclude={"conversation": {"n"}})


async def test_creating_tells_the_inbox(ward: Ward) -> None:
    before = len(await ward.facts(streams.inbox(ward.patient.user_id)))
    talk = await ward.group(ward.doctor, ward.patient)
    told = await ward.facts(streams.inbox(ward.patient.user_id), before)
    assert [event.type for event in told] == ["conversation.joined", "notification.raised"]
    assert told[0].data == {"conversation_id": talk}
    view = (await ward.look(ward.patient, talk)).conversation
    [opened] = await ward.facts(view.stream)
    assert opened.data["title"] == view.title
    assert opened.data["members"] == [member.person.model_dump(mode="json") for member in view.members]


async def inbox(ward: Ward) -> Notifications:
    return await ward.clinic.notifications.list_visible(use(ward.patient), ListNotifications(limit=100))


async def related(ward: Ward) -> list[RelationshipView]:
    found = await ward.clinic.relationships.list_visible(use(ward.patient), ListRelationships())
    return found.relationships


@pytest.mark.parametrize("how", ["up_to", "single", "both"])
async def test_reading_notifications(ward: Ward, how: str) -> None:
    await ward.group(ward.doctor, ward.patient)
    await ward.direct(ward.nurse, ward.patient)
    before = await inbox(ward)
    assert before.unread >= 3
    newest, second, *_, oldest = [view.n for view in before.notifications]
    wish = {
        "up_to": ReadNotifications(cid=new_id(), up_to_n=second),
        "single": ReadNotifications(cid=new_id(), ns=[newest, oldest]),
        "both": ReadNotifications(cid=new_id(), up_to_n=oldest, ns=[newest]),
    }[how]
    await ward.clinic.notifications.read(use(ward.patient), wish)
    facts = await ward.facts(streams.inbox(ward.patient.user_id), before.n)
    after = await inbox(ward)
    assert [event.type for event in facts] == ["notification.marked"]
    assert fold.notifications(before, facts) == after
    assert after.unread < before.unread


RELATING = ("propose", "accept", "decline", "establish", "end")


@pytest.mark.parametrize("how", RELATING)
async def test_relationships(ward: Ward, how: str) -> None:
    key = "" if how in ("propose", "establish") else await ward.propose(ward.stranger, ward.patient, CARE)
    before, seen = await related(ward), await inbox(ward)
    if how == "propose":
        await ward.propose(ward.stranger, ward.patient, CARE)
    elif how == "establish":
        await ward.clinic.join(ward.stranger, ward.patient, CARE)
    elif how == "end":
        ward.links[ward.stranger.user_id] = key
        await ward.end(ward.stranger, ward.stranger)
    else:
        await ward.answer(ward.patient, key, accept=how == "accept")
    facts = await ward.facts(streams.inbox(ward.patient.user_id), seen.n)
    after = await related(ward)
    assert fold.relationships(before, facts) == after != before
    assert fold.notifications(seen, facts) == await inbox(ward)


def test_every_writing_command_is_here() -> None:
    nouns = (chat, conversations, notifications, relationships)
    writing = {spec.name for noun in nouns for spec in noun.COMMANDS if issubclass(spec.payload, WritingCommand)}
    covered = {name for name, _ in IN_A_GROUP} | {
        "conversation.create", "notification.read", "relationship.propose", "relationship.answer",
        "relationship.establish", "relationship.end",
    }  # fmt: skip
    assert writing == covered
