"""A doctor, a patient, and who else is needed, on one node."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.mongo.client import Client, Database
from hub.schema import prepare
from models.enums import RelationshipKind, Role
from models.events.conversations import ConversationKind, CreateConversation
from models.ids import new_id
from tests.integration.calls.phone import Phone
from tests.support.site import Person, Site, running_site

Pick = Callable[..., Awaitable[Phone]]


@dataclass
class Ward:
    """People who may call each other: in twos, and all in one group about the patient."""

    site: Site
    doctor: Person
    patient: Person
    nurse: Person
    family: Person
    pair: str
    """Direct conversation of doctor and patient."""
    group: str


@pytest.fixture
async def site(mongo: Client, database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    await prepare(database)
    async with running_site(mongo, database, tmp_path) as site:
        yield site


@pytest.fixture
async def ward(site: Site) -> Ward:
    return await furnished(site)


@pytest.fixture
async def pick() -> AsyncIterator[Pick]:
    """`await pick(site, person, *conversations)`: a device, connected until the test ends."""
    async with AsyncExitStack() as stack:

        async def connect(site: Site, person: Person, *conversations: str) -> Phone:
            phone = await Phone.of(site, person, *conversations)
            stack.push_async_callback(phone.close)
            return phone

        yield connect


async def furnished(site: Site) -> Ward:
    doctor, nurse = await site.enrol("Dr Ito", Role.DOCTOR), await site.enrol("Nurse Ruiz", Role.NURSE)
    patient, family = await site.enrol("Ana Núñez", Role.PATIENT), await site.enrol("Leo Núñez", Role.FAMILY)
    for clinician in (doctor, nurse):
        await site.relate(clinician, patient, RelationshipKind.CARE)
    await site.relate(doctor, nurse, RelationshipKind.COLLEAGUE)
    await site.relate(family, patient, RelationshipKind.FAMILY)
    wish = CreateConversation(
        cid=new_id(), kind=ConversationKind.GROUP, title="Round", patient_id=patient.user_id,
        member_ids=[doctor.user_id, nurse.user_id, family.user_id],
    )  # fmt: skip
    made = await site.node.services.conversations.create(site.unit(patient.actor), wish)
    return Ward(
        site, doctor, patient, nurse, family, await site.converse(doctor, patient), made.conversation.conversation_id
    )
