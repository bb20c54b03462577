"""A relationship as its people see it, and the facts that tell them."""

from collections.abc import Mapping, Sequence

from models import streams
from models.documents.owing import PendingFact, pending
from models.documents.relationship import Relationship
from models.enums import NotificationCategory, RelationshipStatus
from models.events.relationships import RELATIONSHIP_CHANGED, RelationshipChanged, RelationshipView
from services.notifications import notice
from services.people import view_in
from services.ports import Person

LINK = "/relationships"


def view_of(link: Relationship, viewer: str, people: Mapping[str, Person]) -> RelationshipView:
    """As `viewer` sees it. Who proposed it learns the other side's name from their consent, not from the asking."""
    shown = [view_in(people, party.user_id, party.role) for party in link.parties]
    if link.proposed_by == viewer and not link.active:
        shown = [one if one.user_id == viewer else one.model_copy(update={"name": ""}) for one in shown]
    return RelationshipView(
        relationship_id=link.id,
        kind=link.kind,
        status=link.status,
        patient=next((person for person in shown if person.user_id == link.patient_id), None),
        people=shown,
        proposed_by=link.proposed_by,
        may_answer=link.status is RelationshipStatus.PROPOSED and link.awaits == viewer,
        label=link.label,
        created_at=link.created_at,
        changed_at=link.changed_at,
    )


def changed(link: Relationship, people: Mapping[str, Person], by: str) -> list[PendingFact]:
    """`relationship.changed` for both inboxes, each with its own view."""
    return [
        pending(
            RELATIONSHIP_CHANGED,
            RelationshipChanged(relationship=view_of(link, user_id, people)),
            streams.inbox(user_id),
            by,
        )
        for user_id in link.user_ids
    ]


def notices(
    link: Relationship, people: Mapping[str, Person], title: str, to: Sequence[str], by: str
) -> list[PendingFact]:
    """The notification `title` for each of `to`, with the name of the other side."""
    told = []
    for user_id in to:
        other = people.get(link.other(user_id).user_id)
        params = {"name": other.name if other else ""}
        told.append(notice(user_id, NotificationCategory.RELATIONSHIP, title, params=params, link=LINK, by=by))
    return told
