"""Who belongs in a group, given the relationships with its patient."""

from datetime import UTC, datetime

import pytest

from models.documents.relationship import Party, Relationship
from models.enums import RelationshipKind, RelationshipStatus, Role
from services.conversations.rules import may_sit

AT = datetime(2026, 1, 1, tzinfo=UTC)


def link(role: Role, kind: RelationshipKind, status: RelationshipStatus, *, agreed: bool) -> Relationship:
    made: Relationship = Relationship.model_construct(
        id="r", kind=kind, status=status, patient_id="patient", proposed_by="x", awaits=None, patient_agreed=agreed,
        parties=[Party(user_id="patient", role=Role.PATIENT), Party(user_id="other", role=role)],
        label="", created_at=AT, changed_at=AT, causes=[],
    )  # fmt: skip
    return made


@pytest.mark.parametrize(
    ("role", "kind", "status", "agreed", "invited_by", "may"),
    [
        (Role.DOCTOR, RelationshipKind.CARE, RelationshipStatus.ACTIVE, False, "nurse", True),
        (Role.NURSE, RelationshipKind.CARE, RelationshipStatus.ACTIVE, True, "nurse", True),
        (Role.DOCTOR, RelationshipKind.CARE, RelationshipStatus.PROPOSED, True, "patient", False),
        (Role.DOCTOR, RelationshipKind.CARE, RelationshipStatus.ENDED, True, "patient", False),
        (Role.FAMILY, RelationshipKind.FAMILY, RelationshipStatus.ACTIVE, True, "nurse", True),
        (Role.FAMILY, RelationshipKind.FAMILY, RelationshipStatus.ACTIVE, False, "patient", True),
        (Role.FAMILY, RelationshipKind.FAMILY, RelationshipStatus.ACTIVE, False, "nurse", False),
        (Role.FAMILY, RelationshipKind.FAMILY, RelationshipStatus.ENDED, True, "patient", False),
        (Role.FAMILY, RelationshipKind.FAMILY, RelationshipStatus.DECLINED, True, "patient", False),
        (Role.ADMIN, RelationshipKind.CARE, RelationshipStatus.ACTIVE, True, "patient", False),
    ],
)
def test_by_relationship(
    role: Role, kind: RelationshipKind, status: RelationshipStatus, agreed: bool, invited_by: str, may: bool
) -> None:
    links = {"other": link(role, kind, status, agreed=agreed)}
    assert may_sit("other", role, invited_by, "patient", links) is may


def test_the_patient_always_and_strangers_never() -> None:
    assert may_sit("patient", Role.PATIENT, "nurse", "patient", {})
    assert not may_sit("stranger", Role.DOCTOR, "patient", "patient", {})
    assert not may_sit("stranger", Role.PATIENT, "patient", "patient", {})
