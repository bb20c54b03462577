"""Who may call whom: by membership of the conversation, the relationship behind it, and the one policy table."""

from collections.abc import Collection

from models.documents.call import Call
from models.documents.conversation import Conversation
from models.enums import Role
from models.errors import CallOver, Forbidden, NotFound, NotNow
from models.events.conversations import ConversationKind
from services.conversations.rules import stands_with
from services.membership import Membership
from services.policy import TABLE, Action, Relation, allowed
from services.ports import PeoplePort, Person
from services.relationships.links import Links
from services.unit import Actor


class Rights:
    """Every answer is read as things stand now."""

    def __init__(self, membership: Membership, people: PeoplePort, links: Links) -> None:
        self._membership = membership
        self._people = people
        self._links = links

    async def conversation(self, actor: Actor, conversation_id: str, action: Action) -> Conversation:
        """The conversation in which the actor wants to do this. NotFound, NotNow (closed), Forbidden."""
        document = await self._membership.access(actor.user_id, conversation_id)
        if document.closed:
            raise NotNow
        if not allowed(actor.role, await self._relation(actor, document), action, verified=actor.verified):
            raise Forbidden
        return document

    async def callable(self, document: Conversation, user_ids: Collection[str]) -> list[Person]:
        """Those of these members who can be called: their account is in use and verified, their role takes calls.

        NotFound if one of them is no member.
        """
        if any(document.member(user_id) is None for user_id in user_ids):
            raise NotFound
        known = await self._people.known(user_ids)
        people = [known[user_id] for user_id in user_ids if user_id in known]
        return [one for one in people if one.active and one.verified and Action.CALL in TABLE[one.role]]

    async def caller(self, actor: Actor) -> Person:
        """The actor, under their present name."""
        person = (await self._people.known([actor.user_id])).get(actor.user_id)
        if person is None:
            raise NotFound
        return person

    async def attend(self, actor: Actor, call: Call) -> None:
        """Whether somebody may (still) take part in a call that they have a place in. NotFound, CallOver (closed)."""
        party = call.party_of(actor.user_id)
        if party is None:
            raise NotFound
        if party.role is Role.GUEST:
            return
        if (await self._membership.access(actor.user_id, call.conversation_id)).closed:
            raise CallOver

    async def see(self, actor: Actor, call: Call) -> None:
        """Whether somebody may look at a call: its guests, and the members of its conversation. NotFound."""
        party = call.party_of(actor.user_id)
        if party is None or party.role is not Role.GUEST:
            await self._membership.access(actor.user_id, call.conversation_id)

    async def _relation(self, actor: Actor, document: Conversation) -> Relation:
        if document.kind is ConversationKind.DIRECT:
            other = next((one.user_id for one in document.members if one.user_id != actor.user_id), actor.user_id)
            return await self._links.relation(actor.user_id, other)
        patient_id = document.patient_id or ""
        return stands_with(patient_id, actor.user_id, await self._links.to_patient(patient_id, [actor.user_id]))
