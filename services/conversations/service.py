"""Opening conversations, changing who is in them, and looking at them."""

import hashlib
from typing import Any, Final

import orjson

from models.documents.conversation import MAX_MEMBERS, Conversation, Member, direct_id
from models.documents.owing import PendingFact, dumped
from models.enums import HistoryFrom, Role
from models.errors import CidConflict, Forbidden, Invalid, NotFound, NotNow
from models.events.base import Done, WritingCommand
from models.events.conversations import (
    AddMember,
    ConversationKind,
    Conversations,
    ConversationSnapshot,
    CreateConversation,
    GetConversation,
    LeaveConversation,
    ListConversations,
    RemoveMember,
    RenameConversation,
)
from models.ids import derived_id
from services import state
from services.conversations import facts
from services.conversations.review import Review
from services.conversations.rules import may_sit, stands_with
from services.conversations.views import Views
from services.membership import Membership
from services.outbox import Outbox
from services.people import view_of
from services.policy import Action, Relation, allowed
from services.ports import PeoplePort, Person
from services.relationships.links import Links
from services.unit import Unit

_GROUP: Final = ConversationKind.GROUP.value


class ConversationService:
    """Every change is one atomic update of the conversation, followed by a second look at the relationships."""

    def __init__(
        self,
        outbox: Outbox,
        people: PeoplePort,
        links: Links,
        membership: Membership,
        review: Review,
        views: Views,
    ) -> None:
        self._outbox = outbox
        self._people = people
        self._links = links
        self._membership = membership
        self._review = review
        self._views = views

    async def list_visible(self, unit: Unit, cmd: ListConversations) -> Conversations:
        """The actor's conversations, the most recently active first."""
        return await self._views.listed(unit.actor.user_id, cmd.before, cmd.limit)

    async def get(self, unit: Unit, cmd: GetConversation) -> ConversationSnapshot:
        """The snapshot from which a client goes on by stream."""
        unit.resource = cmd.conversation_id
        return await self._views.snapshot(unit.actor.user_id, cmd.conversation_id)

    async def create(self, unit: Unit, cmd: CreateConversation) -> ConversationSnapshot:
        """Open a conversation; a direct one that exists is found again."""
        if cmd.kind is ConversationKind.DIRECT:
            wanted, people = await self._direct(unit, cmd)
        else:
            wanted, people = await self._group(unit, cmd)
        unit.resource = wanted.id
        shown = [view_of(people[member.user_id]) for member in wanted.members]
        wanted.outbox = facts.opened(wanted, shown)
        if await state.insert(wanted):
            standing = wanted
        else:
            found = await state.fetch(Conversation, wanted.id)
            if found is None or (found.kind is ConversationKind.GROUP and found.fingerprint != wanted.fingerprint):
                raise CidConflict
            standing = found
        await self._outbox.settle(standing)
        await self._review.review(standing.id)
        return await self._views.snapshot(unit.actor.user_id, standing.id)

    async def add_member(self, unit: Unit, cmd: AddMember) -> ConversationSnapshot:
        """Invite somebody whom a relationship with the patient supports. Who is in already stays as they are."""
        actor = unit.actor
        document = await self._managed(unit, cmd.conversation_id, Action.ADD_MEMBER)
        if document.member(cmd.user_id) is None:
            person = (await self._people.known([cmd.user_id, actor.user_id])).get(cmd.user_id)
            patient_id = document.patient_id or ""
            links = await self._links.to_patient(patient_id, [cmd.user_id])
            if (
                person is None
                or not _welcome(person)
                or not may_sit(person.user_id, person.role, actor.user_id, patient_id, links)
            ):
                raise Forbidden
            if len(document.members) >= MAX_MEMBERS:
                raise NotNow
            await self._seat(unit, document, person, cmd)
        await self._review.review(document.id)
        return await self._views.snapshot(actor.user_id, document.id)

    async def remove_member(self, unit: Unit, cmd: RemoveMember) -> ConversationSnapshot:
        """Take somebody out of a group; not its patient, who can only leave by themself."""
        actor = unit.actor
        document = await self._managed(unit, cmd.conversation_id, Action.REMOVE_MEMBER)
        if cmd.user_id in (document.patient_id, actor.user_id):
            raise Forbidden
        member = document.member(cmd.user_id)
        cause = _cause(unit, cmd)
        if member is not None and not _was(document, cmd.user_id, cause):
            await self._review.remove(document, member, actor.user_id, cause)
        else:
            await self._outbox.settle(document)
        return await self._views.snapshot(actor.user_id, document.id)

    async def leave(self, unit: Unit, cmd: LeaveConversation) -> Done:
        """Nothing more arrives from here on. Direct conversations end with their relationship, not by leaving."""
        actor = unit.actor
        unit.resource = cmd.conversation_id
        document = await state.fetch(Conversation, cmd.conversation_id)
        cause = _cause(unit, cmd)
        if document is not None and _was(document, actor.user_id, cause):
            await self._outbox.settle(document)
            return Done()
        member = document.member(actor.user_id) if document else None
        if document is None or member is None:
            raise NotFound
        if document.kind is ConversationKind.DIRECT:
            raise Forbidden
        await self._review.remove(document, member, actor.user_id, cause)
        return Done()

    async def rename(self, unit: Unit, cmd: RenameConversation) -> ConversationSnapshot:
        """Give a group another title; the same title again tells nobody."""
        actor = unit.actor
        document = await self._managed(unit, cmd.conversation_id, Action.RENAME)
        title = cmd.title.strip()
        if not title:
            raise Invalid(fields=["title"])
        fact = facts.renamed(document.id, title, actor.user_id)
        after = await state.change(
            Conversation,
            {"_id": document.id, "title": {"$ne": title}, "members.user_id": actor.user_id},
            {"$set": {"title": title}, "$push": _owed([fact])},
        )
        await self._outbox.settle(after or document)
        return await self._views.snapshot(actor.user_id, document.id)

    async def _direct(self, unit: Unit, cmd: CreateConversation) -> tuple[Conversation, dict[str, Person]]:
        actor = unit.actor
        if len(cmd.member_ids) != 1 or cmd.patient_id is not None:
            raise Invalid(fields=["member_ids", "patient_id"])
        other_id = cmd.member_ids[0]
        people = await self._people.known([actor.user_id, other_id])
        relation = await self._links.relation(actor.user_id, other_id)
        other = people.get(other_id)
        may = allowed(actor.role, relation, Action.START_DIRECT, verified=actor.verified)
        if other is None or not _welcome(other) or not may:
            raise NotFound
        pair = [people[actor.user_id], other]
        return _document(unit, cmd, direct_id(actor.user_id, other_id), pair), people

    async def _group(self, unit: Unit, cmd: CreateConversation) -> tuple[Conversation, dict[str, Person]]:
        actor = unit.actor
        ids = list(dict.fromkeys([actor.user_id, *cmd.member_ids]))
        if cmd.patient_id is None or cmd.patient_id not in ids:
            raise Invalid(fields=["patient_id"])
        people = await self._people.known(ids)
        links = await self._links.to_patient(cmd.patient_id, ids)
        relation = stands_with(cmd.patient_id, actor.user_id, links)
        if relation is Relation.NONE or actor.user_id not in people:
            raise NotFound
        if not allowed(actor.role, relation, Action.CREATE_GROUP, verified=actor.verified):
            raise Forbidden
        for user_id in ids:
            person = people.get(user_id)
            if (
                person is None
                or not _welcome(person)
                or not may_sit(user_id, person.role, actor.user_id, cmd.patient_id, links)
            ):
                raise Forbidden
        key = derived_id("conversation", actor.user_id, actor.device_id, cmd.cid)
        return _document(unit, cmd, key, [people[user_id] for user_id in ids]), people

    async def _managed(self, unit: Unit, conversation_id: str, action: Action) -> Conversation:
        """A group of which the actor is a member and which their standing with its patient lets them change."""
        actor = unit.actor
        unit.resource = conversation_id
        document = await self._membership.access(actor.user_id, conversation_id)
        if document.kind is ConversationKind.DIRECT or document.patient_id is None:
            raise Forbidden
        links = await self._links.to_patient(document.patient_id, [actor.user_id])
        relation = stands_with(document.patient_id, actor.user_id, links)
        if not allowed(actor.role, relation, action, verified=actor.verified):
            raise Forbidden
        return document

    async def _seat(self, unit: Unit, document: Conversation, person: Person, cmd: AddMember) -> None:
        actor_id = unit.actor.user_id
        inviter = (await self._people.known([actor_id])).get(actor_id)
        owed = facts.joined(document, view_of(person), cmd.history, actor_id, inviter.name if inviter else "")
        # Named by the command: a late repetition of it does not bring back somebody who has been removed since.
        owed[0].id = derived_id("joined", actor_id, unit.actor.device_id, cmd.cid)
        member = _member(unit, person, cmd.history)
        member.joined_fact = owed[0].cid
        after = await state.change(
            Conversation,
            {
                "_id": document.id,
                "members.user_id": {"$ne": person.user_id, "$eq": actor_id},
                "former.joined_fact": {"$ne": member.joined_fact},
                f"members.{MAX_MEMBERS - 1}": {"$exists": False},
            },
            {"$push": {"members": member.model_dump(), **_owed(owed)}, "$set": {"unvetted": owed[0].id}},
        )
        if after is None:
            return
        self._membership.forget(document.id)
        told = zip(after.outbox, await self._outbox.settle(after), strict=True)
        n = next(position.n for fact, position in told if fact.cid == member.joined_fact)
        await state.change(
            Conversation,
            {"_id": document.id, "members.joined_fact": member.joined_fact},
            {"$set": {"members.$.joined_n": n}},
        )


def _document(unit: Unit, cmd: CreateConversation, key: str, people: list[Person]) -> Conversation:
    at = unit.now.replace(microsecond=unit.now.microsecond // 1000 * 1000)
    wish = orjson.dumps(cmd.model_dump(mode="json", exclude={"cid"}), option=orjson.OPT_SORT_KEYS)
    group = cmd.kind is ConversationKind.GROUP
    return Conversation(
        id=key,
        kind=cmd.kind,
        title=cmd.title.strip() if group else "",
        patient_id=cmd.patient_id if group else _patient_of(people),
        members=[_member(unit, person, HistoryFrom.START) for person in people],
        created_at=at,
        created_by=unit.actor.user_id,
        fingerprint=hashlib.sha256(wish).hexdigest(),
        unvetted=cmd.cid,
        active_at=at,
    )


def _member(unit: Unit, person: Person, history: HistoryFrom) -> Member:
    at = unit.now.replace(microsecond=unit.now.microsecond // 1000 * 1000)
    return Member(
        user_id=person.user_id, role=person.role, joined_at=at, invited_by=unit.actor.user_id, history=history
    )


def _patient_of(people: list[Person]) -> str | None:
    return next((person.user_id for person in people if person.role is Role.PATIENT), None)


def _welcome(person: Person) -> bool:
    """Whether somebody can be newly brought into a conversation."""
    return person.active and person.verified


def _was(document: Conversation, user_id: str, cause: str) -> bool:
    """Whether this very command has already taken that person out."""
    return any(former.user_id == user_id and former.cause == cause for former in document.former)


def _cause(unit: Unit, cmd: WritingCommand) -> str:
    return f"{unit.actor.user_id}:{unit.actor.device_id}:{cmd.cid}"


def _owed(owed: list[PendingFact]) -> dict[str, Any]:
    """The part of a `$push` that puts facts into the outbox."""
    return {"outbox": {"$each": dumped(*owed)}}
