"""A relationship: one document per pair of people and kind, a state machine for its whole life."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.documents.owing import OUTBOX_INDEX, Owing
from models.enums import RelationshipKind, RelationshipStatus, Role
from models.ids import derived_id

CAUSES_KEPT = 32


class Party(BaseModel):
    """One side. The role is the one they had when the relationship was made."""

    user_id: str
    role: Role


class Relationship(Owing):
    """Why two people may reach each other. Only `active` opens anything."""

    id: str  # type: ignore[assignment]
    kind: RelationshipKind
    status: RelationshipStatus
    parties: list[Party]
    patient_id: str | None
    proposed_by: str
    awaits: str | None
    """Who accepts or declines; None unless proposed."""
    patient_agreed: bool
    """The patient proposed or accepted it; false when an admin made it without asking."""
    label: str
    created_at: datetime
    changed_at: datetime
    causes: list[str]
    """Names of the commands behind the latest `CAUSES_KEPT` changes, so that a late repetition changes nothing."""
    review: bool = False
    """Conversations have not been brought into line with the latest change yet."""

    class Settings:
        """Read by person, newest change first."""

        name = "relationships"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("parties.user_id", ASCENDING), ("changed_at", DESCENDING)], name="of_person"),
            IndexModel([("changed_at", DESCENDING)], name="newest"),
            IndexModel([("review", ASCENDING)], name="to_review", partialFilterExpression={"review": True}),
            OUTBOX_INDEX,
        ]

    @property
    def active(self) -> bool:
        """Whether it opens anything."""
        return self.status is RelationshipStatus.ACTIVE

    @property
    def user_ids(self) -> list[str]:
        """Both people."""
        return [party.user_id for party in self.parties]

    def other(self, user_id: str) -> Party:
        """The side that is not `user_id`."""
        first, second = self.parties
        return second if first.user_id == user_id else first


def relationship_id(kind: RelationshipKind, a: str, b: str) -> str:
    """The one document of this kind between two people, whoever comes first."""
    return derived_id("relationship", kind.value, *sorted((a, b)))
