"""Another role ends the relationships that it does not fit, and what rests on them."""

from dataclasses import replace

import pytest

from models import streams
from models.documents.relationship import Relationship
from models.enums import RelationshipKind, RelationshipStatus, Role
from models.errors import NotFound, NotNow, TryAgain
from models.events.accounts import ACCOUNT_ROLE_CHANGED
from models.ids import new_id
from services import state
from services.ports import Entry
from services.relationships import Recast
from services.unit import Actor
from tests.integration.chat.ward import CARE, Ward
from tests.support.waiting import until


def cast(ward: Ward, who: Actor, role: Role) -> None:
    people = ward.clinic.directory.people
    people[who.user_id] = replace(people[who.user_id], role=role)


async def status(key: str) -> RelationshipStatus:
    link = await state.fetch(Relationship, key)
    assert link is not None
    return link.status


async def announce(ward: Ward, who: Actor) -> None:
    stream = streams.inbox(who.user_id)
    told = Entry(stream, ACCOUNT_ROLE_CHANGED.name, ward.clinic.admin.user_id, "outbox", new_id(), {"role": "admin"})
    await ward.clinic.log.append(told)


async def test_a_new_role_takes_groups_direct_conversations_and_presence_away(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    recast = Recast(ward.clinic.relationships)
    ward.clinic.feed.listen(ACCOUNT_ROLE_CHANGED.name, recast.hear)
    direct, group = await ward.direct(ward.doctor, ward.patient), await ward.group(ward.doctor, ward.patient)
    colleague = (await ward.clinic.join(ward.doctor, ward.nurse, RelationshipKind.COLLEAGUE)).relationship_id
    patient_id = ward.patient.user_id
    assert ward.doctor.user_id in await ward.clinic.audience.audience_of(patient_id)
    cast(ward, ward.doctor, Role.ADMIN)
    await announce(ward, ward.doctor)

    with monkeypatch.context() as broken:
        broken.setattr(ward.clinic.relationships, "end_unfit", _refuse)
        assert await recast.act() == 0  # tried again
    found = 0

    async def acted() -> bool:
        nonlocal found
        found += await recast.act()
        return found > 0

    await until(acted, 5.0, what="the fact is heard")
    assert found == 2
    assert await status(colleague) is RelationshipStatus.ENDED
    with pytest.raises(NotFound):
        await ward.look(ward.doctor, group)
    with pytest.raises(NotNow):
        await ward.send(ward.doctor, direct, "still a doctor?")
    assert ward.doctor.user_id not in await ward.clinic.audience.audience_of(patient_id)
    told = [event.type for event in await ward.facts(streams.inbox(patient_id))]
    assert told[-2:] == ["relationship.changed", "notification.raised"]
    assert await recast.act() == 0


async def _refuse(user_id: str) -> int:
    raise TryAgain


async def test_the_walk_finds_what_nobody_heard(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.relationships.recast.WALK_BATCH", 2)
    proposal = await ward.propose(ward.stranger, ward.patient, CARE)
    cast(ward, ward.stranger, Role.ADMIN)
    cast(ward, ward.nurse, Role.FAMILY)
    cast(ward, ward.doctor, Role.NURSE)  # still one who cares
    recast = Recast(ward.clinic.relationships)
    assert sum([await recast.walk() for _ in range(3)]) == 2
    assert await status(proposal) is RelationshipStatus.ENDED
    assert await status(ward.links[ward.nurse.user_id]) is RelationshipStatus.ENDED
    assert await status(ward.links[ward.doctor.user_id]) is RelationshipStatus.ACTIVE
    assert await status(ward.links[ward.daughter.user_id]) is RelationshipStatus.ACTIVE
    assert sum([await recast.walk() for _ in range(3)]) == 0


async def test_a_patient_and_a_clinician_who_changed_places_are_not_related_any_more(ward: Ward) -> None:
    cast(ward, ward.doctor, Role.PATIENT)
    cast(ward, ward.patient, Role.DOCTOR)
    assert await ward.clinic.relationships.end_unfit(ward.doctor.user_id) == 1
    assert await status(ward.links[ward.doctor.user_id]) is RelationshipStatus.ENDED
