"""Who belongs in a conversation, given the relationships as they are. Pure."""

from collections.abc import Iterable, Mapping

from models.documents.conversation import Conversation, Member
from models.documents.relationship import Relationship
from models.enums import Role
from services.policy import Action, Relation, allowed, relation_of


def stands_with(patient_id: str, user_id: str, links: Mapping[str, Relationship]) -> Relation:
    """How a person stands to the patient, given the active relationships by person."""
    if user_id == patient_id:
        return Relation.SELF
    link = links.get(user_id)
    return relation_of(link.kind, link.status) if link else Relation.NONE


def may_sit(user_id: str, role: Role, invited_by: str, patient_id: str, links: Mapping[str, Relationship]) -> bool:
    """Whether this person belongs in a group about this patient.

    Family sits there only by the patient's will: invited by the patient, or by a relationship the patient agreed to.
    """
    relation = stands_with(patient_id, user_id, links)
    if not allowed(role, relation, Action.SEND):
        return False
    if relation is Relation.FAMILY:
        return links[user_id].patient_agreed or invited_by == patient_id
    return True


def misplaced(document: Conversation, links: Mapping[str, Relationship]) -> list[Member]:
    """Members of a group whom no relationship supports (any more)."""
    patient_id = document.patient_id or ""
    return [
        member
        for member in document.members
        if not may_sit(member.user_id, member.role, member.invited_by, patient_id, links)
    ]


def may_talk(members: Iterable[Member], relation: Relation) -> bool:
    """Whether the two of a direct conversation may, given how they stand to each other."""
    return all(allowed(member.role, relation, Action.SEND) for member in members)
