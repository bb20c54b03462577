"""Sending, editing, deleting and reading messages on a real log."""

import asyncio

import pytest

from models import streams
from models.errors import CidConflict, Forbidden, HubError, NotFound, NotNow
from models.events.chat import DeleteMessage, EditMessage, ListMessages, MarkMessages, SendMessage, Typing
from models.ids import new_id
from tests.integration.chat.ward import Ward
from tests.support.clinic import elsewhere, use


async def test_what_is_sent_is_in_the_history(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    sent = await ward.send(ward.doctor, talk, "  hello ")
    page = await ward.clinic.chat.list_visible(use(ward.patient), ListMessages(conversation_id=talk))
    assert [(message.n, message.text, message.author_id) for message in page.messages] == [
        (sent.n, "hello", ward.doctor.user_id)
    ]
    assert (page.n, page.more, sent.dup) == (sent.n, False, False)


async def test_the_same_client_id_is_one_message(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    wish = SendMessage(cid=new_id(), conversation_id=talk, text="once")
    answers = await asyncio.gather(*(ward.clinic.chat.send(use(ward.doctor), wish) for _ in range(5)))
    assert len({answer.n for answer in answers}) == 1
    assert sorted(answer.dup for answer in answers) == [False, True, True, True, True]
    assert await ward.texts(ward.patient, talk) == ["once"]
    with pytest.raises(CidConflict):
        await ward.clinic.chat.send(use(ward.doctor), wish.model_copy(update={"text": "twice"}))
    await ward.clinic.chat.send(use(elsewhere(ward.doctor)), wish)
    assert await ward.texts(ward.patient, talk) == ["once", "once"]


async def test_outsiders_find_nothing(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    sent = await ward.send(ward.doctor, talk, "private")
    chat, unit = ward.clinic.chat, use(ward.stranger)
    attempts = [
        chat.send(unit, SendMessage(cid=new_id(), conversation_id=talk, text="hi")),
        chat.edit(unit, EditMessage(cid=new_id(), conversation_id=talk, n=sent.n, text="hi")),
        chat.delete(unit, DeleteMessage(cid=new_id(), conversation_id=talk, n=sent.n)),
        chat.mark(unit, MarkMessages(cid=new_id(), conversation_id=talk, read_n=sent.n)),
        chat.list_visible(unit, ListMessages(conversation_id=talk)),
        chat.type(unit, Typing(conversation_id=talk)),
        chat.send(unit, SendMessage(cid=new_id(), conversation_id=new_id(), text="nowhere")),
    ]
    before = await ward.facts(streams.conversation(talk))
    for attempt in attempts:
        with pytest.raises(NotFound):
            await attempt
    assert await ward.facts(streams.conversation(talk)) == before
    assert unit.announcements == []


async def test_only_the_author_changes_a_message(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    sent = await ward.send(ward.doctor, talk, "mine")
    chat, unit = ward.clinic.chat, use(ward.patient)
    with pytest.raises(Forbidden):
        await chat.edit(unit, EditMessage(cid=new_id(), conversation_id=talk, n=sent.n, text="yours"))
    with pytest.raises(Forbidden):
        await chat.delete(unit, DeleteMessage(cid=new_id(), conversation_id=talk, n=sent.n))
    with pytest.raises(NotFound):  # position 1 is no message, position 99 does not exist
        await chat.edit(use(ward.doctor), EditMessage(cid=new_id(), conversation_id=talk, n=1, text="x"))
    with pytest.raises(NotFound):
        await chat.delete(use(ward.doctor), DeleteMessage(cid=new_id(), conversation_id=talk, n=99))
    assert await ward.texts(ward.patient, talk) == ["mine"]


async def test_edit_then_delete_then_nothing_more(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    sent = await ward.send(ward.doctor, talk, "frist")
    chat = ward.clinic.chat
    edit = EditMessage(cid=new_id(), conversation_id=talk, n=sent.n, text="first")
    edited = await chat.edit(use(ward.doctor), edit)
    assert await ward.texts(ward.patient, talk) == ["first"]
    delete = DeleteMessage(cid=new_id(), conversation_id=talk, n=sent.n)
    deleted = await chat.delete(use(ward.doctor), delete)
    again = await chat.delete(use(elsewhere(ward.doctor)), delete.model_copy(update={"cid": new_id()}))
    assert (again.n, again.dup) == (deleted.n, True)
    with pytest.raises(NotNow):
        await chat.edit(use(ward.doctor), edit.model_copy(update={"cid": new_id()}))
    repeated = await chat.edit(use(ward.doctor), edit)
    assert (repeated.n, repeated.dup) == (edited.n, True)
    page = await chat.list_visible(use(ward.patient), ListMessages(conversation_id=talk))
    [message] = page.messages
    assert (message.text, message.edited_at is not None, message.deleted_at is not None) == ("", True, True)
    told = [event.type for event in await ward.facts(streams.conversation(talk))]
    assert told == ["conversation.opened", "chat.sent", "chat.edited", "chat.deleted"]


async def test_history_pages_both_ways(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    sent = [(await ward.send(ward.doctor, talk, f"m{i}")).n for i in range(7)]
    chat, unit = ward.clinic.chat, use(ward.patient)

    async def page(**where: int) -> tuple[list[str], bool]:
        found = await chat.list_visible(unit, ListMessages(conversation_id=talk, limit=3, **where))
        return [message.text for message in found.messages], found.more

    assert await page() == (["m4", "m5", "m6"], True)
    assert await page(before_n=sent[4]) == (["m1", "m2", "m3"], True)
    assert await page(before_n=sent[1]) == (["m0"], False)
    assert await page(after_n=0) == (["m0", "m1", "m2"], True)
    assert await page(after_n=sent[3]) == (["m4", "m5", "m6"], False)
    assert await page(after_n=sent[6]) == ([], False)
    assert await page(after_n=10_000) == ([], False)


async def test_a_reply_names_an_earlier_position(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    sent = await ward.send(ward.doctor, talk, "question")
    reply = SendMessage(cid=new_id(), conversation_id=talk, text="answer", reply_to=sent.n)
    await ward.clinic.chat.send(use(ward.patient), reply)
    assert (await ward.look(ward.doctor, talk)).messages[-1].reply_to == sent.n
    with pytest.raises(NotFound):
        ahead = SendMessage(cid=new_id(), conversation_id=talk, text="prophecy", reply_to=sent.n + 10)
        await ward.clinic.chat.send(use(ward.patient), ahead)


async def test_marks_move_forward_only_and_are_told_once(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    first, second = await ward.send(ward.doctor, talk, "one"), await ward.send(ward.doctor, talk, "two")
    stream = streams.conversation(talk)

    async def mark(**how: int) -> tuple[int, int, int]:
        wish = MarkMessages(cid=new_id(), conversation_id=talk, **how)
        await ward.clinic.chat.mark(use(ward.patient), wish)
        view = (await ward.look(ward.patient, talk)).conversation
        [mine] = [member for member in view.members if member.person.user_id == ward.patient.user_id]
        return mine.delivered_n, mine.read_n, view.unread

    assert await mark(delivered_n=0) == (0, 0, 2)
    assert await ward.facts(stream, second.n) == []
    assert await mark(delivered_n=second.n) == (second.n, 0, 2)
    assert await mark(read_n=first.n) == (second.n, first.n, 1)
    assert await mark(delivered_n=first.n) == (second.n, first.n, 1)
    assert await mark(read_n=first.n) == (second.n, first.n, 1)
    assert len(await ward.facts(stream, second.n)) == 2
    delivered, read, unread = await mark(read_n=2**53 - 1)
    assert (delivered, read, unread) == (second.n + 2, second.n + 2, 0)
    assert {event.by for event in await ward.facts(stream, second.n)} == {ward.patient.user_id}


async def test_many_marks_at_once_end_at_the_furthest(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    sent = [(await ward.send(ward.doctor, talk, f"m{i}")).n for i in range(6)]
    wishes = [MarkMessages(cid=new_id(), conversation_id=talk, read_n=n) for n in reversed(sent)]
    await asyncio.gather(*(ward.clinic.chat.mark(use(ward.patient), wish) for wish in wishes))
    told = [event.data["read_n"] for event in await ward.facts(streams.conversation(talk), sent[-1])]
    assert max(told) == sent[-1]
    assert (await ward.look(ward.patient, talk)).conversation.unread == 0


async def test_unread_counts_what_others_said_and_did_not_take_back(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    gone = await ward.send(ward.doctor, talk, "taken back")
    await ward.send(ward.doctor, talk, "stays")
    await ward.send(ward.patient, talk, "own")
    await ward.clinic.chat.delete(use(ward.doctor), DeleteMessage(cid=new_id(), conversation_id=talk, n=gone.n))
    assert (await ward.look(ward.patient, talk)).conversation.unread == 1
    assert (await ward.look(ward.doctor, talk)).conversation.unread == 1


async def test_typing_is_announced_to_the_others(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    unit = use(ward.doctor)
    await ward.clinic.chat.type(unit, Typing(conversation_id=talk))
    [told] = unit.announcements
    assert (told.room, told.skip_self, told.spec.name) == (f"conversation:{talk}", True, "chat.typed")
    assert told.data.model_dump() == {"conversation_id": talk, "user_id": ward.doctor.user_id, "typing": True}


async def test_a_closed_conversation_is_readable_but_not_writable(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    wish = SendMessage(cid=new_id(), conversation_id=talk, text="before")
    sent = await ward.clinic.chat.send(use(ward.doctor), wish)
    await ward.end(ward.patient, ward.doctor)
    for who in (ward.doctor, ward.patient):
        with pytest.raises(NotNow):
            await ward.send(who, talk, "after")
        with pytest.raises(NotNow):
            await ward.clinic.chat.type(use(who), Typing(conversation_id=talk))
        assert await ward.texts(who, talk) == ["before"]
    with pytest.raises(NotNow):
        edit = EditMessage(cid=new_id(), conversation_id=talk, n=sent.n, text="changed")
        await ward.clinic.chat.edit(use(ward.doctor), edit)
    repeated = await ward.clinic.chat.send(use(ward.doctor), wish)
    assert (repeated.n, repeated.dup) == (sent.n, True)
    assert (await ward.look(ward.patient, talk)).conversation.closed


async def test_errors_carry_no_text(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    wish = SendMessage(cid=new_id(), conversation_id=talk, text="secret words")
    with pytest.raises(HubError) as refused:
        await ward.clinic.chat.send(use(ward.stranger), wish)
    assert "secret" not in repr(refused.value) + str(refused.value.details)
