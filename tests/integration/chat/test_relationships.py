"""Proposing, answering, establishing and ending; and what ends with it."""

import asyncio

import pytest

from models import streams
from models.enums import RelationshipKind, RelationshipStatus, Role
from models.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from models.events.relationships import (
    AnswerRelationship,
    EndRelationship,
    EstablishRelationship,
    ListAllRelationships,
    ListReachable,
    ListRelationships,
    ProposeRelationship,
)
from models.ids import new_id
from services.unit import Actor
from tests.integration.chat.ward import CARE, FAMILY, Ward
from tests.support.clinic import use

COLLEAGUE = RelationshipKind.COLLEAGUE


async def listed(ward: Ward, who: Actor) -> dict[str, RelationshipStatus]:
    found = await ward.clinic.relationships.list_visible(use(who), ListRelationships())
    return {view.relationship_id: view.status for view in found.relationships}


async def test_proposed_then_accepted(ward: Ward) -> None:
    service = ward.clinic.relationships
    wish = ProposeRelationship(cid=new_id(), with_contact="Paul@example.org", kind=CARE, label="cardiology")
    asked = await asyncio.gather(*(service.propose(use(ward.stranger), wish) for _ in range(3)))
    [key] = {answer.relationship.relationship_id for answer in asked}
    assert asked[0].relationship.may_answer is False
    assert (await listed(ward, ward.patient))[key] is RelationshipStatus.PROPOSED
    with pytest.raises(NotNow):  # nobody accepts their own proposal
        await ward.answer(ward.stranger, key)
    with pytest.raises(NotFound):
        await ward.answer(ward.nurse, key)
    answer = AnswerRelationship(cid=new_id(), relationship_id=key, accept=True)
    for _ in range(2):
        accepted = await service.answer(use(ward.patient), answer)
        assert accepted.relationship.status is RelationshipStatus.ACTIVE
    with pytest.raises(NotNow):
        await ward.answer(ward.patient, key, accept=False)
    told = [event.type for event in await ward.facts(streams.inbox(ward.stranger.user_id))]
    assert told == ["relationship.changed", "relationship.changed", "notification.raised"]


async def test_a_name_is_told_by_consent_not_by_asking(ward: Ward) -> None:
    service, asker = ward.clinic.relationships, ward.stranger

    async def told() -> list[str]:
        facts = await ward.facts(streams.inbox(asker.user_id))
        people = [f.data["relationship"]["people"] for f in facts if f.type == "relationship.changed"]
        return [one["name"] for shown in people for one in shown if one["user_id"] != asker.user_id]

    for _ in range(2):
        wish = ProposeRelationship(cid=new_id(), with_contact="Paul@example.org", kind=CARE)
        asked = (await service.propose(use(asker), wish)).relationship
        assert asked.patient is not None and asked.patient.name == ""
        assert {person.name for person in asked.people} == {"Stan", ""}
        withdrawn = EndRelationship(cid=new_id(), relationship_id=asked.relationship_id)
        await service.end(use(asker), withdrawn)
    key = await ward.propose(asker, ward.patient, CARE)
    await ward.answer(ward.patient, key, accept=False)
    assert set(await told()) == {""}
    key = await ward.propose(asker, ward.patient, CARE)
    [shown] = [
        view
        for view in (await service.list_visible(use(ward.patient), ListRelationships())).relationships
        if view.relationship_id == key
    ]
    assert {person.name for person in shown.people} == {"Stan", "Paul"}  # who is asked sees by whom
    await ward.answer(ward.patient, key)
    assert (await told())[-1] == "Paul"


async def test_declined_and_asked_again(ward: Ward) -> None:
    key = await ward.propose(ward.stranger, ward.patient, CARE)
    await ward.answer(ward.patient, key, accept=False)
    assert key not in await listed(ward, ward.stranger)
    again = await ward.propose(ward.patient, ward.stranger, CARE)
    assert again == key
    with pytest.raises(Conflict):  # it is the patient who has asked now
        await ward.propose(ward.stranger, ward.patient, CARE)
    await ward.answer(ward.stranger, key)
    assert (await listed(ward, ward.patient))[key] is RelationshipStatus.ACTIVE


async def test_who_may_not_propose_what(ward: Ward) -> None:
    for who, whom, kind, error in [
        (ward.daughter, ward.patient, CARE, Forbidden),
        (ward.doctor, ward.patient, FAMILY, Forbidden),
        (ward.patient, ward.doctor, COLLEAGUE, Forbidden),
        (ward.patient, ward.daughter, CARE, NotFound),
        (ward.doctor, ward.daughter, CARE, NotFound),
        (ward.doctor, ward.doctor, COLLEAGUE, NotFound),
        (ward.patient, ward.clinic.admin, CARE, NotFound),
        (ward.clinic.admin, ward.patient, CARE, Forbidden),
        (ward.doctor, ward.patient, CARE, Conflict),
    ]:
        with pytest.raises(error):
            await ward.propose(who, whom, kind)
    unverified = ward.clinic.directory.enrol("Una", Role.DOCTOR, verified=False)
    disabled = ward.clinic.directory.enrol("Dina", Role.DOCTOR, active=False)
    for hidden in (unverified, disabled):
        with pytest.raises(NotFound):
            await ward.propose(ward.patient, hidden, CARE)
    with pytest.raises(Forbidden):
        await ward.propose(unverified, ward.patient, CARE)
    with pytest.raises(Invalid):
        await ward.clinic.relationships.propose(use(ward.doctor), ProposeRelationship(cid=new_id(), kind=CARE))


async def test_admins_establish_and_list(ward: Ward) -> None:
    service = ward.clinic.relationships
    key = await ward.propose(ward.stranger, ward.patient, CARE)
    established = await ward.clinic.join(ward.stranger, ward.patient, CARE)
    assert (established.relationship_id, established.status) == (key, RelationshipStatus.ACTIVE)
    assert (await ward.clinic.join(ward.stranger, ward.patient, CARE)).relationship_id == key
    wish = EstablishRelationship(cid=new_id(), user_ids=[ward.patient.user_id, ward.daughter.user_id], kind=CARE)
    with pytest.raises(Conflict):
        await service.establish(use(ward.clinic.admin), wish)
    with pytest.raises(NotFound):
        missing = wish.model_copy(update={"user_ids": [ward.patient.user_id, new_id()]})
        await service.establish(use(ward.clinic.admin), missing)
    of_stranger = ListAllRelationships(user_id=ward.stranger.user_id)
    found = await service.list_all(use(ward.clinic.admin), of_stranger)
    assert [view.relationship_id for view in found.relationships] == [key]


async def test_reachable_are_those_with_an_active_relationship(ward: Ward) -> None:
    async def names(who: Actor, query: str = "") -> list[str]:
        found = await ward.clinic.relationships.reachable(use(who), ListReachable(query=query))
        return [person.name for person in found.people]

    assert await names(ward.patient) == ["Dora", "Freya", "Nuria"]
    assert await names(ward.patient, " NUR ") == ["Nuria"]
    assert await names(ward.stranger) == []
    assert await names(ward.doctor) == ["Paul"]
    await ward.clinic.join(ward.doctor, ward.stranger, COLLEAGUE)
    assert await names(ward.doctor) == ["Paul", "Stan"]
    await ward.end(ward.patient, ward.doctor)
    assert await names(ward.doctor) == ["Stan"]


async def test_ending_closes_the_direct_conversation_and_empties_the_seat(ward: Ward) -> None:
    direct = await ward.direct(ward.doctor, ward.patient)
    group = await ward.group(ward.doctor, ward.patient, ward.nurse)
    await ward.end(ward.doctor, ward.doctor)
    told = [event.type for event in await ward.facts(streams.conversation(direct))]
    assert told == ["conversation.opened", "conversation.closed"]
    with pytest.raises(NotFound):
        await ward.look(ward.doctor, group)
    people = {m.person.user_id for m in (await ward.look(ward.patient, group)).conversation.members}
    assert people == {ward.patient.user_id, ward.nurse.user_id}
    await ward.end(ward.doctor, ward.doctor)  # twice is once
    assert [event.type for event in await ward.facts(streams.conversation(direct))] == told
    await ward.clinic.join(ward.doctor, ward.patient, CARE)
    assert not (await ward.look(ward.patient, direct)).conversation.closed
    await ward.send(ward.doctor, direct, "back")
    with pytest.raises(NotFound):  # groups are not entered again by themselves
        await ward.look(ward.doctor, group)


async def test_strangers_cannot_end_anything(ward: Ward) -> None:
    for key in (ward.links[ward.doctor.user_id], new_id()):
        with pytest.raises(NotFound):
            wish = EndRelationship(cid=new_id(), relationship_id=key)
            await ward.clinic.relationships.end(use(ward.stranger), wish)
    await ward.end(ward.clinic.admin, ward.doctor)
    assert ward.links[ward.doctor.user_id] not in await listed(ward, ward.patient)


async def test_audience_follows_relationships(ward: Ward) -> None:
    audience, changes = ward.clinic.audience, []
    audience.on_change(lambda a, b: changes.append({a, b}))
    doctor, patient = ward.doctor.user_id, ward.patient.user_id
    everyone = {doctor, ward.nurse.user_id, ward.daughter.user_id}
    assert (await audience.audience_of(patient), await audience.seen_by(patient)) == (everyone, everyone)
    await ward.end(ward.patient, ward.doctor)
    assert await audience.audience_of(patient) == everyone - {doctor}
    assert await audience.seen_by(doctor) == set()
    assert {doctor, patient} in changes
    await ward.propose(ward.stranger, ward.patient, CARE)
    assert ward.stranger.user_id not in await audience.audience_of(patient)


async def test_answering_and_ending_at_once_leaves_one_story(ward: Ward) -> None:
    key = await ward.propose(ward.stranger, ward.patient, CARE)
    end = EndRelationship(cid=new_id(), relationship_id=key)
    results = await asyncio.gather(
        ward.answer(ward.patient, key),
        ward.clinic.relationships.end(use(ward.stranger), end),
        return_exceptions=True,
    )
    assert all(result is None or isinstance(result, NotNow) or not isinstance(result, Exception) for result in results)
    assert key not in await listed(ward, ward.patient)
    with pytest.raises(NotFound):
        await ward.direct(ward.stranger, ward.patient)


async def test_late_repetitions_change_nothing(ward: Ward) -> None:
    service, key = ward.clinic.relationships, ward.links[ward.doctor.user_id]
    ending = EndRelationship(cid=new_id(), relationship_id=key)
    await service.end(use(ward.patient), ending)
    people: list[str] = [ward.doctor.user_id, ward.patient.user_id]
    making = EstablishRelationship(cid=new_id(), user_ids=people, kind=CARE)
    await service.establish(use(ward.clinic.admin), making)
    repeated = await service.end(use(ward.patient), ending)
    assert repeated.relationship.status is RelationshipStatus.ACTIVE
    await service.end(use(ward.patient), ending.model_copy(update={"cid": new_id()}))
    repeated = await service.establish(use(ward.clinic.admin), making)
    assert repeated.relationship.status is RelationshipStatus.ENDED
    with pytest.raises(NotFound):
        await ward.direct(ward.doctor, ward.patient)
