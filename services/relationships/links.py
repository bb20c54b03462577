"""Reads of relationships, always as they stand now: rights are decided on them."""

from collections.abc import Collection
from typing import Final

from pymongo import DESCENDING

from models.documents.relationship import Relationship
from models.enums import RelationshipStatus
from services import state
from services.policy import Relation, relation_of

MAX_OF_PERSON: Final = 500
_LIVING: Final = [RelationshipStatus.PROPOSED.value, RelationshipStatus.ACTIVE.value]


class Links:
    """Who is related to whom."""

    async def relation(self, a: str, b: str) -> Relation:
        """How `a` and `b` stand to each other; an active relationship wins over a proposed one."""
        if a == b:
            return Relation.SELF
        found = await state.fetch_all(
            Relationship, {"parties.user_id": {"$all": [a, b]}, "status": {"$in": _LIVING}}, limit=3
        )
        best = next((link for link in found if link.active), None) or (found[0] if found else None)
        return relation_of(best.kind, best.status) if best else Relation.NONE

    async def to_patient(self, patient_id: str, user_ids: Collection[str]) -> dict[str, Relationship]:
        """The active relationships that these people have with the patient, by person."""
        found = await state.fetch_all(
            Relationship,
            {
                "patient_id": patient_id,
                "parties.user_id": {"$in": [user_id for user_id in user_ids if user_id != patient_id]},
                "status": RelationshipStatus.ACTIVE.value,
            },
            limit=MAX_OF_PERSON,
        )
        return {link.other(patient_id).user_id: link for link in found}

    async def of_person(self, user_id: str, *, active_only: bool = False) -> list[Relationship]:
        """Living relationships of a person, newest change first."""
        wanted = _LIVING[1:] if active_only else _LIVING
        return await state.fetch_all(
            Relationship,
            {"parties.user_id": user_id, "status": {"$in": wanted}},
            limit=MAX_OF_PERSON,
            sort=[("changed_at", DESCENDING)],
        )
