"""Proposing, answering, establishing and ending relationships."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from pymongo import DESCENDING

from models.documents.owing import dumped
from models.documents.relationship import CAUSES_KEPT, Party, Relationship, relationship_id
from models.enums import ADMINS, RelationshipKind, RelationshipStatus, Role
from models.errors import Conflict, Forbidden, Invalid, NotFound, NotNow
from models.events.base import WritingCommand
from models.events.relationships import (
    AnswerRelationship,
    EndRelationship,
    EstablishRelationship,
    ListAllRelationships,
    ListReachable,
    ListRelationships,
    ProposeRelationship,
    Reachable,
    RelationshipChange,
    Relationships,
)
from models.ids import SYSTEM
from services import state
from services.outbox import Outbox
from services.people import view_of as person_view
from services.policy import PROPOSAL, Action, Relation, allowed, fits, relation_of
from services.ports import PeoplePort, Person
from services.relationships import views
from services.relationships.audience import Audience
from services.relationships.links import Links
from services.unit import Unit

SWEEP_BATCH: Final = 100
UNFIT_ROUNDS: Final = 8
_RECAST: Final = f"{SYSTEM}:role_changed"
_OVER: Final = [RelationshipStatus.DECLINED.value, RelationshipStatus.ENDED.value]
_PROPOSED: Final = RelationshipStatus.PROPOSED.value


class Consequences(Protocol):
    """What a relationship carries: brought into line after every change of one."""

    async def follow(self, link: Relationship) -> None:
        """Close, reopen and empty the conversations that rest on it. Safe to repeat."""
        ...


class RelationshipService:
    """One document per pair and kind; every change is one atomic update in the expected state."""

    def __init__(
        self, links: Links, people: PeoplePort, outbox: Outbox, audience: Audience, consequences: Consequences
    ) -> None:
        self._links = links
        self._people = people
        self._outbox = outbox
        self._audience = audience
        self._consequences = consequences

    async def list_visible(self, unit: Unit, cmd: ListRelationships) -> Relationships:
        """Active ones and open proposals, newest change first."""
        user_id = unit.actor.user_id
        return await self._shown(await self._links.of_person(user_id), user_id)

    async def list_all(self, unit: Unit, cmd: ListAllRelationships) -> Relationships:
        """For administrators: in every state."""
        query: dict[str, Any] = {"parties.user_id": cmd.user_id} if cmd.user_id else {}
        found = await state.fetch_all(Relationship, query, limit=cmd.limit, sort=[("changed_at", DESCENDING)])
        return await self._shown(found, unit.actor.user_id)

    async def reachable(self, unit: Unit, cmd: ListReachable) -> Reachable:
        """People with whom a direct conversation may be started now, by name."""
        actor = unit.actor
        others = [
            link.other(actor.user_id).user_id
            for link in await self._links.of_person(actor.user_id, active_only=True)
            if allowed(actor.role, relation_of(link.kind, link.status), Action.START_DIRECT, verified=actor.verified)
        ]
        people = (await self._people.known(others)).values() if others else []
        wanted = cmd.query.strip().casefold()
        matching = [p for p in people if p.active and p.verified and wanted in p.name.casefold()]
        matching.sort(key=lambda person: (person.name.casefold(), person.user_id))
        return Reachable(people=[person_view(person) for person in matching[: cmd.limit]])

    async def propose(self, unit: Unit, cmd: ProposeRelationship) -> RelationshipChange:
        """Ask for a relationship; the other side answers. The same open proposal is not made twice."""
        actor = unit.actor
        if not allowed(actor.role, Relation.NONE, PROPOSAL[cmd.kind], verified=actor.verified):
            raise Forbidden
        other = await self._named(unit, cmd)
        if other.user_id == actor.user_id or not fits(cmd.kind, actor.role, other.role):
            raise NotFound
        sides = {actor.user_id: actor.role, other.user_id: other.role}
        wanted = _document(cmd, cmd.kind, sides, unit, RelationshipStatus.PROPOSED)
        wanted.awaits = other.user_id
        wanted.patient_agreed = wanted.patient_id == actor.user_id
        return await self._make(unit, wanted, _OVER, "relationship.proposed", [other.user_id])

    async def establish(self, unit: Unit, cmd: EstablishRelationship) -> RelationshipChange:
        """An administrator joins two people; an open proposal between them is settled by it."""
        people = await self._people.known(cmd.user_ids)
        if len(people) < 2 or not all(person.active for person in people.values()):
            raise NotFound
        first, second = (people[user_id] for user_id in cmd.user_ids)
        if not fits(cmd.kind, first.role, second.role) or not (first.verified and second.verified):
            raise Conflict
        sides = {first.user_id: first.role, second.user_id: second.role}
        wanted = _document(cmd, cmd.kind, sides, unit, RelationshipStatus.ACTIVE)
        wanted.review = True
        told = [first.user_id, second.user_id]
        return await self._make(unit, wanted, [*_OVER, _PROPOSED], "relationship.established", told)

    async def answer(self, unit: Unit, cmd: AnswerRelationship) -> RelationshipChange:
        """Accept or decline; only the side that was asked."""
        actor = unit.actor
        link = await self._access(unit, cmd.relationship_id)
        cause = _cause(unit, cmd)
        if cause in link.causes:
            return await self._done(unit, link)
        relation = relation_of(link.kind, link.status)
        if link.awaits != actor.user_id or not allowed(actor.role, relation, Action.ANSWER, verified=actor.verified):
            raise NotNow
        link.status = RelationshipStatus.ACTIVE if cmd.accept else RelationshipStatus.DECLINED
        link.patient_agreed = cmd.accept and link.patient_id is not None
        link.review, link.awaits = cmd.accept, None
        told = [link.proposed_by] if cmd.accept else []
        asked = {"status": _PROPOSED, "changed_at": link.changed_at}
        after = await self._change(unit, link, cause, asked, "relationship.accepted", told)
        if after is None:
            raise NotNow
        return await self._done(unit, after)

    async def end(self, unit: Unit, cmd: EndRelationship) -> RelationshipChange:
        """End it, or withdraw a proposal. What rests on it ends before the answer is given."""
        actor = unit.actor
        link = await self._access(unit, cmd.relationship_id)
        relation = relation_of(link.kind, link.status)
        cause = _cause(unit, cmd)
        if relation is Relation.NONE or cause in link.causes:
            return await self._done(unit, link)
        if not allowed(actor.role, relation, Action.END, verified=actor.verified):
            raise Forbidden
        told = [user_id for user_id in link.user_ids if user_id != actor.user_id] if link.active else []
        link.status, link.awaits, link.review = RelationshipStatus.ENDED, None, True
        living = {"status": {"$in": [_PROPOSED, RelationshipStatus.ACTIVE.value]}}
        after = await self._change(unit, link, cause, living, "relationship.ended", told)
        return await self._done(unit, after or await self._access(unit, cmd.relationship_id))

    async def finish(self) -> int:
        """Carry out what a crash left undone after relationships changed; returns how many there were."""
        left = await state.fetch_all(Relationship, {"review": True}, limit=SWEEP_BATCH)
        for link in left:
            await self._follow(link)
        return len(left)

    async def end_unfit(self, user_id: str) -> int:
        """End what cannot exist any more between the roles that people have now; returns how many there were."""
        ended = 0
        for _ in range(UNFIT_ROUNDS):
            unfit = await self.end_unfit_of(await self._links.of_person(user_id))
            if not unfit:
                break
            ended += unfit
        return ended

    async def end_unfit_of(self, links: Sequence[Relationship]) -> int:
        """Likewise, of these. One that changed since it was read is left for the next look."""
        people = await self._people.known({user_id for link in links for user_id in link.user_ids})
        unfit = [link for link in links if _living(link) and not _still_fits(link, people)]
        for link in unfit:
            told = link.user_ids if link.active else []
            expected = {"status": link.status.value, "changed_at": link.changed_at}
            link.status, link.awaits, link.review = RelationshipStatus.ENDED, None, True
            after = await self._store(link, _RECAST, expected, "relationship.ended", told, SYSTEM, datetime.now(UTC))
            if after is not None:
                await self._carry_out(after)
        return len(unfit)

    async def _named(self, unit: Unit, cmd: ProposeRelationship) -> Person:
        if (cmd.with_user_id is None) == (cmd.with_contact is None):
            raise Invalid(fields=["with_user_id", "with_contact"])
        if cmd.with_user_id is not None:
            person = (await self._people.known([cmd.with_user_id])).get(cmd.with_user_id)
        else:
            contact = cmd.with_contact or ""
            person = await self._people.by_contact(contact, unit.actor.user_id, unit.address, unit.now)
        if person is None or not person.active or not person.verified:
            raise NotFound
        return person

    async def _access(self, unit: Unit, key: str) -> Relationship:
        """A relationship that the actor is part of; administrators get any. Outsiders: not found."""
        actor = unit.actor
        link = await state.fetch(Relationship, key)
        if link is None or (actor.user_id not in link.user_ids and actor.role not in ADMINS):
            raise NotFound
        unit.resource = link.id
        return link

    async def _make(
        self, unit: Unit, wanted: Relationship, expected: list[str], title: str, told: Sequence[str]
    ) -> RelationshipChange:
        """Store `wanted`, new or over one that is in an expected state."""
        unit.resource = wanted.id
        people = await self._people.known(wanted.user_ids)
        facts = [*views.changed(wanted, people, unit.actor.user_id)]
        facts += views.notices(wanted, people, title, told, unit.actor.user_id)
        wanted.outbox = facts
        if await state.insert(wanted):
            return await self._done(unit, wanted)
        standing = await state.fetch(Relationship, wanted.id)
        if standing is None:
            raise Conflict
        [cause] = wanted.causes
        repeated = cause in standing.causes
        if repeated or (standing.status is wanted.status and standing.proposed_by == wanted.proposed_by):
            return await self._done(unit, standing)
        wanted.created_at = standing.created_at
        after = await self._change(unit, wanted, cause, {"status": {"$in": expected}}, title, told)
        if after is None:
            raise Conflict
        return await self._done(unit, after)

    async def _change(
        self, unit: Unit, wanted: Relationship, cause: str, expected: dict[str, Any], title: str, told: Sequence[str]
    ) -> Relationship | None:
        return await self._store(wanted, cause, expected, title, told, unit.actor.user_id, unit.now)

    async def _store(
        self,
        wanted: Relationship,
        cause: str,
        expected: dict[str, Any],
        title: str,
        told: Sequence[str],
        by: str,
        at: datetime,
    ) -> Relationship | None:
        """Write `wanted` over the stored document if that is as expected; the facts go with it."""
        wanted.changed_at = _tick(at)
        people = await self._people.known(wanted.user_ids)
        facts = views.changed(wanted, people, by) + views.notices(wanted, people, title, told, by)
        fields = wanted.model_dump(exclude={"id", "revision_id", "outbox", "causes"})
        return await state.change(
            Relationship,
            {"_id": wanted.id, **expected},
            {
                "$set": fields,
                "$push": {
                    "causes": {"$each": [cause], "$slice": -CAUSES_KEPT},
                    "outbox": {"$each": dumped(*facts)},
                },
            },
        )

    async def _done(self, unit: Unit, link: Relationship) -> RelationshipChange:
        """Carried out first, then answered."""
        await self._carry_out(link)
        people = await self._people.known(link.user_ids)
        return RelationshipChange(relationship=views.view_of(link, unit.actor.user_id, people))

    async def _carry_out(self, link: Relationship) -> None:
        """Rights first, then the news of them."""
        self._audience.changed(link)
        await self._follow(link)
        await self._outbox.settle(link)

    async def _follow(self, link: Relationship) -> None:
        if link.review:
            await self._consequences.follow(link)
            seen = {"_id": link.id, "review": True, "changed_at": link.changed_at, "status": link.status}
            await state.change(Relationship, seen, {"$set": {"review": False}})

    async def _shown(self, found: Sequence[Relationship], viewer: str) -> Relationships:
        people = await self._people.known({user_id for link in found for user_id in link.user_ids})
        return Relationships(relationships=[views.view_of(link, viewer, people) for link in found])


def _document(
    cmd: WritingCommand, kind: RelationshipKind, sides: dict[Any, Role], unit: Unit, status: RelationshipStatus
) -> Relationship:
    at = _tick(unit.now)
    patient = next((user_id for user_id, role in sides.items() if role is Role.PATIENT), None)
    return Relationship(
        id=relationship_id(kind, *sides),
        kind=kind,
        status=status,
        parties=[Party(user_id=user_id, role=sides[user_id]) for user_id in sorted(sides)],
        patient_id=patient,
        proposed_by=unit.actor.user_id,
        awaits=None,
        patient_agreed=False,
        label=getattr(cmd, "label", ""),
        created_at=at,
        changed_at=at,
        causes=[_cause(unit, cmd)],
    )


def _living(link: Relationship) -> bool:
    return link.status.value not in _OVER


def _still_fits(link: Relationship, people: Mapping[str, Person]) -> bool:
    """Whether it could be made today. People without an account any more are not judged."""
    if not all(user_id in people for user_id in link.user_ids):
        return True
    first, second = (people[user_id].role for user_id in link.user_ids)
    same_patient = link.patient_id is None or people[link.patient_id].role is Role.PATIENT
    return same_patient and fits(link.kind, first, second)


def _cause(unit: Unit, cmd: WritingCommand) -> str:
    return f"{unit.actor.user_id}:{unit.actor.device_id}:{cmd.cid}"


def _tick(moment: datetime) -> datetime:
    """At the resolution of the database, so that what was written equals what is read."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
