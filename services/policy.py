"""Who may do what with whom: role x relationship x action, in one table. Pure; nothing else decides."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.enums import CLINICIANS, RelationshipKind, RelationshipStatus, Role


class Relation(StrEnum):
    """How the actor stands to the person an action concerns (for groups: to the patient it is about)."""

    NONE = "none"
    PROPOSED = "proposed"
    CARE = "care"
    FAMILY = "family"
    COLLEAGUE = "colleague"
    SELF = "self"


class Action(StrEnum):
    """What a relationship opens or closes."""

    SEE_PRESENCE = "see_presence"
    START_DIRECT = "start_direct"
    SEND = "send"
    """Take part: with the other person, or in a conversation about that patient."""
    CALL = "call"
    """Start a call, be called, and invite others into it."""
    INVITE_GUEST = "invite_guest"
    """Bring somebody without an account into a call."""
    TRANSFER_CALL = "transfer_call"
    """Hand a call to another clinician."""
    CREATE_GROUP = "create_group"
    ADD_MEMBER = "add_member"
    REMOVE_MEMBER = "remove_member"
    RENAME = "rename"
    PROPOSE_CARE = "propose_care"
    PROPOSE_FAMILY = "propose_family"
    PROPOSE_COLLEAGUE = "propose_colleague"
    ANSWER = "answer"
    END = "end"
    ESTABLISH = "establish"


_NONE, _PROPOSED, _SELF = frozenset({Relation.NONE}), frozenset({Relation.PROPOSED}), frozenset({Relation.SELF})
_CARE, _FAMILY, _COLLEAGUE = (
    frozenset({Relation.CARE}),
    frozenset({Relation.FAMILY}),
    frozenset({Relation.COLLEAGUE}),
)
_NEVER: frozenset[Relation] = frozenset()

_CLINICIAN: Final[Mapping[Action, frozenset[Relation]]] = {
    Action.SEE_PRESENCE: _CARE | _COLLEAGUE | _SELF,
    Action.START_DIRECT: _CARE | _COLLEAGUE,
    Action.SEND: _CARE | _COLLEAGUE,
    Action.CALL: _CARE | _COLLEAGUE,
    Action.INVITE_GUEST: _CARE,
    Action.TRANSFER_CALL: _CARE | _COLLEAGUE,
    Action.CREATE_GROUP: _CARE,
    Action.ADD_MEMBER: _CARE,
    Action.REMOVE_MEMBER: _CARE,
    Action.RENAME: _CARE,
    Action.PROPOSE_CARE: _NONE,
    Action.PROPOSE_COLLEAGUE: _NONE,
    Action.ANSWER: _PROPOSED,
    Action.END: _PROPOSED | _CARE | _COLLEAGUE,
}

TABLE: Final[Mapping[Role, Mapping[Action, frozenset[Relation]]]] = MappingProxyType(
    {
        Role.PATIENT: {
            Action.SEE_PRESENCE: _CARE | _FAMILY | _SELF,
            Action.START_DIRECT: _CARE | _FAMILY,
            Action.SEND: _CARE | _FAMILY | _SELF,
            Action.CALL: _CARE | _FAMILY | _SELF,
            Action.INVITE_GUEST: _CARE | _FAMILY | _SELF,
            Action.CREATE_GROUP: _SELF,
            Action.ADD_MEMBER: _SELF,
            Action.REMOVE_MEMBER: _SELF,
            Action.RENAME: _SELF,
            Action.PROPOSE_CARE: _NONE,
            Action.PROPOSE_FAMILY: _NONE,
            Action.ANSWER: _PROPOSED,
            Action.END: _PROPOSED | _CARE | _FAMILY,
        },
        Role.DOCTOR: _CLINICIAN,
        Role.NURSE: _CLINICIAN,
        Role.FAMILY: {
            Action.SEE_PRESENCE: _FAMILY | _SELF,
            Action.START_DIRECT: _FAMILY,
            Action.SEND: _FAMILY,
            Action.CALL: _FAMILY,
            Action.PROPOSE_FAMILY: _NONE,
            Action.ANSWER: _PROPOSED,
            Action.END: _PROPOSED | _FAMILY,
        },
        Role.GUEST: {},
        Role.ADMIN: {
            Action.SEE_PRESENCE: _SELF,
            # For an admin the relation is the one between the two people concerned.
            Action.ESTABLISH: _NONE | _PROPOSED,
            Action.END: _PROPOSED | _CARE | _FAMILY | _COLLEAGUE,
        },
    }
)

PROPOSAL: Final[Mapping[RelationshipKind, Action]] = MappingProxyType(
    {
        RelationshipKind.CARE: Action.PROPOSE_CARE,
        RelationshipKind.FAMILY: Action.PROPOSE_FAMILY,
        RelationshipKind.COLLEAGUE: Action.PROPOSE_COLLEAGUE,
    }
)
"""The action that asks for a relationship of this kind."""


def allowed(role: Role, relation: Relation, action: Action, *, verified: bool = True) -> bool:
    """Whether somebody of this role may, given the relation. Unverified clinicians reach nobody but themselves."""
    if role in CLINICIANS and not verified and relation is not Relation.SELF:
        return False
    return relation in TABLE[role].get(action, _NEVER)


def relation_of(kind: RelationshipKind, status: RelationshipStatus) -> Relation:
    """What a relationship document amounts to: declined and ended ones are none."""
    if status is RelationshipStatus.ACTIVE:
        return Relation(kind.value)
    return Relation.PROPOSED if status is RelationshipStatus.PROPOSED else Relation.NONE


def fits(kind: RelationshipKind, first: Role, second: Role) -> bool:
    """Whether a relationship of this kind can exist between these roles. At most one kind fits any pair of roles."""
    roles = {first, second}
    if kind is RelationshipKind.CARE:
        return Role.PATIENT in roles and bool(roles & CLINICIANS)
    if kind is RelationshipKind.FAMILY:
        return roles == {Role.PATIENT, Role.FAMILY}
    return roles <= CLINICIANS
