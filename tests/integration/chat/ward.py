"""A patient with a doctor, a nurse and a daughter, a group about the patient, and a stranger."""

from dataclasses import dataclass

from models.enums import HistoryFrom, RelationshipKind, Role
from models.events.chat import ListMessages, SendMessage, Sent
from models.events.conversations import (
    AddMember,
    ConversationKind,
    ConversationSnapshot,
    CreateConversation,
    GetConversation,
)
from models.events.relationships import AnswerRelationship, EndRelationship, ProposeRelationship
from models.ids import new_id
from services.ports import Event
from services.unit import Actor
from tests.support.clinic import Clinic, use

CARE, FAMILY = RelationshipKind.CARE, RelationshipKind.FAMILY
MANY = 1000


@dataclass
class Ward:
    """People and what they do most."""

    clinic: Clinic
    doctor: Actor
    nurse: Actor
    patient: Actor
    daughter: Actor
    stranger: Actor
    links: dict[str, str]
    """Relationship with the patient, by person."""

    async def direct(self, who: Actor, other: Actor) -> str:
        """Open the direct conversation."""
        wish = CreateConversation(cid=new_id(), kind=ConversationKind.DIRECT, member_ids=[other.user_id])
        return (await self.clinic.conversations.create(use(who), wish)).conversation.conversation_id

    async def group(self, who: Actor, *others: Actor) -> str:
        """Open a group about the patient."""
        wish = CreateConversation(
            cid=new_id(),
            kind=ConversationKind.GROUP,
            member_ids=[other.user_id for other in others],
            patient_id=self.patient.user_id,
            title="Care team",
        )
        return (await self.clinic.conversations.create(use(who), wish)).conversation.conversation_id

    async def send(self, who: Actor, conversation_id: str, text: str) -> Sent:
        """Say something."""
        return await self.clinic.chat.send(
            use(who), SendMessage(cid=new_id(), conversation_id=conversation_id, text=text)
        )

    async def add(
        self, who: Actor, conversation_id: str, whom: Actor, history: HistoryFrom = HistoryFrom.JOINING
    ) -> ConversationSnapshot:
        """Invite somebody."""
        wish = AddMember(cid=new_id(), conversation_id=conversation_id, user_id=whom.user_id, history=history)
        return await self.clinic.conversations.add_member(use(who), wish)

    async def look(self, who: Actor, conversation_id: str) -> ConversationSnapshot:
        """A fresh snapshot."""
        return await self.clinic.conversations.get(use(who), GetConversation(conversation_id=conversation_id))

    async def texts(self, who: Actor, conversation_id: str) -> list[str]:
        """The newest page of history."""
        page = await self.clinic.chat.list_visible(use(who), ListMessages(conversation_id=conversation_id, limit=100))
        return [message.text for message in page.messages]

    async def facts(self, stream: str, after: int = 0) -> list[Event]:
        """What the log says after a position."""
        return await self.clinic.log.read(stream, after, MANY, 1 << 24)  # type: ignore[arg-type]

    async def end(self, who: Actor, whose: Actor) -> None:
        """End the relationship between the patient and `whose`."""
        wish = EndRelationship(cid=new_id(), relationship_id=self.links[whose.user_id])
        await self.clinic.relationships.end(use(who), wish)

    async def propose(self, who: Actor, whom: Actor, kind: RelationshipKind) -> str:
        """Ask for a relationship."""
        wish = ProposeRelationship(cid=new_id(), with_user_id=whom.user_id, kind=kind)
        return (await self.clinic.relationships.propose(use(who), wish)).relationship.relationship_id

    async def answer(self, who: Actor, relationship_id: str, *, accept: bool = True) -> None:
        """Accept or decline."""
        wish = AnswerRelationship(cid=new_id(), relationship_id=relationship_id, accept=accept)
        await self.clinic.relationships.answer(use(who), wish)


async def ward_of(clinic: Clinic) -> Ward:
    """The doctor and the nurse by an administrator, the daughter with the patient's consent."""
    enrol = clinic.directory.enrol
    doctor, nurse = enrol("Dora", Role.DOCTOR), enrol("Nuria", Role.NURSE)
    patient, daughter = enrol("Paul", Role.PATIENT), enrol("Freya", Role.FAMILY)
    ward = Ward(clinic, doctor, nurse, patient, daughter, enrol("Stan", Role.DOCTOR), {})
    for clinician in (doctor, nurse):
        view = await clinic.join(clinician, patient, CARE)
        ward.links[clinician.user_id] = view.relationship_id
    ward.links[daughter.user_id] = await ward.propose(daughter, patient, FAMILY)
    await ward.answer(patient, ward.links[daughter.user_id])
    return ward
