"""Full-text search: soon complete, never beyond what one may see."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from models.documents.follower import Follower
from models.documents.indexed_message import IndexedMessage
from models.enums import HistoryFrom
from models.errors import NotFound
from models.events.chat import DeleteMessage, EditMessage, SearchMessages
from models.events.conversations import ListConversations
from models.ids import new_id
from services.search import Indexer, SearchService
from services.unit import Actor
from tests.integration.chat.ward import Ward
from tests.support.clinic import use
from tests.support.waiting import until


@pytest.fixture
def indexer(ward: Ward) -> Indexer:
    clinic = ward.clinic
    return Indexer(clinic.events, clinic.history, clinic.thread)


@pytest.fixture
async def following(indexer: Indexer) -> AsyncIterator[None]:
    """The index follows the log, as its job lets it."""

    async def follow() -> None:
        while True:
            await indexer.run()

    task = asyncio.create_task(follow())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def find(ward: Ward, who: Actor, query: str, conversation_id: str | None = None, limit: int = 20) -> list[str]:
    clinic = ward.clinic
    service = SearchService(clinic.history, clinic.membership, clinic.thread)
    wish = SearchMessages(query=query, conversation_id=conversation_id, limit=limit)
    return [message.text for message in (await service.find(use(who), wish)).messages]


async def found(ward: Ward, who: Actor, query: str, texts: list[str]) -> None:
    """Within a second or so (the rest is for a busy machine)."""

    async def agrees() -> bool:
        return await find(ward, who, query) == texts

    await until(agrees, 10.0, every_s=0.05, what=f"search for {query} gives {texts}")


@pytest.mark.usefixtures("following")
async def test_words_in_three_languages(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    for text in ("Your blood pressure is fine.", "La presión está más alta", "الضَّغْط مرتفع اليوم", "pressure again"):
        await ward.send(ward.doctor, talk, text)
    await found(ward, ward.patient, "PRESSURE", ["pressure again", "Your blood pressure is fine."])
    await found(ward, ward.patient, "blood pressure", ["Your blood pressure is fine."])
    await found(ward, ward.doctor, "presion mas", ["La presión está más alta"])
    await found(ward, ward.doctor, "ضغط الضغط", [])
    await found(ward, ward.doctor, "الضغط", ["الضَّغْط مرتفع اليوم"])
    assert await find(ward, ward.patient, '"fine" -blood $where {}') == []
    assert await find(ward, ward.patient, "!!") == []


@pytest.mark.usefixtures("following")
async def test_it_follows_edits_and_deletions(ward: Ward) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    sent = await ward.send(ward.doctor, talk, "asprin twice")
    await found(ward, ward.patient, "asprin", ["asprin twice"])
    edit = EditMessage(cid=new_id(), conversation_id=talk, n=sent.n, text="aspirin twice")
    await ward.clinic.chat.edit(use(ward.doctor), edit)
    assert await find(ward, ward.patient, "asprin") == []  # at once: what is shown is read from the log
    await found(ward, ward.patient, "aspirin", ["aspirin twice"])
    await ward.clinic.chat.delete(use(ward.doctor), DeleteMessage(cid=new_id(), conversation_id=talk, n=sent.n))
    assert await find(ward, ward.patient, "aspirin") == []

    async def forgotten() -> bool:
        indexed = await IndexedMessage.find_all().to_list()
        return [entry.words for entry in indexed] == [""]

    await until(forgotten, 10.0, every_s=0.05, what="no word of a deleted message is kept in the index")


@pytest.mark.usefixtures("following")
async def test_only_what_one_may_see(ward: Ward) -> None:
    talk = await ward.group(ward.doctor, ward.patient)
    await ward.send(ward.doctor, talk, "needle before")
    await ward.add(ward.doctor, talk, ward.nurse, HistoryFrom.JOINING)
    await ward.send(ward.doctor, talk, "needle after")
    await found(ward, ward.patient, "needle", ["needle after", "needle before"])
    assert await find(ward, ward.nurse, "needle") == ["needle after"]
    assert await find(ward, ward.stranger, "needle") == []
    assert await find(ward, ward.patient, "needle", limit=1) == ["needle after"]
    other = await ward.direct(ward.doctor, ward.patient)
    assert await find(ward, ward.patient, "needle", other) == []
    with pytest.raises(NotFound):
        await find(ward, ward.stranger, "needle", talk)
    await ward.end(ward.patient, ward.nurse)
    assert await find(ward, ward.nurse, "needle") == []


async def test_it_is_built_from_nothing_and_again_when_history_is_lost(ward: Ward, indexer: Indexer) -> None:
    indexer.TURN_S = 0.05  # type: ignore[misc]  # a short look is enough
    talk = await ward.direct(ward.doctor, ward.patient)
    await ward.send(ward.doctor, talk, "older words")
    await indexer.run()
    assert await find(ward, ward.patient, "older") == ["older words"]
    await ward.send(ward.doctor, talk, "newer words")
    follower = await Follower.find_one()
    assert follower is not None
    follower.token = {"_data": "00"}  # a place that the database cannot go on from
    await follower.save()
    await IndexedMessage.delete_all()

    async def rebuilt() -> bool:
        await indexer.run()
        return await find(ward, ward.patient, "words") == ["newer words", "older words"]

    await until(rebuilt, 20.0, what="everything is found again, the oldest included")


async def test_a_batch_applied_twice_changes_nothing(ward: Ward, indexer: Indexer) -> None:
    talk = await ward.direct(ward.doctor, ward.patient)
    await ward.send(ward.doctor, talk, "words")
    await asyncio.gather(indexer.rebuild(), indexer.rebuild())
    before = await IndexedMessage.find_all().to_list()
    await indexer.rebuild()
    assert await IndexedMessage.find_all().to_list() == before
    assert len(before) == 1


async def test_the_list_is_in_the_order_of_activity(ward: Ward, indexer: Indexer) -> None:
    first, second = await ward.group(ward.doctor, ward.patient), await ward.group(ward.doctor, ward.patient)
    await ward.send(ward.doctor, first, "hello")
    await indexer.rebuild()
    page = await ward.clinic.conversations.list_visible(use(ward.patient), ListConversations(limit=1))
    assert [view.conversation_id for view in page.conversations] == [first]
    await ward.send(ward.doctor, second, "hello")

    async def moved() -> bool:
        await indexer.run()
        listed = await ward.clinic.conversations.list_visible(use(ward.patient), ListConversations(limit=1))
        return [view.conversation_id for view in listed.conversations] == [second]

    indexer.TURN_S = 0.05  # type: ignore[misc]  # a short look is enough
    await until(moved, 10.0, what="the conversation spoken in last comes first")
