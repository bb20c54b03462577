"""Brings conversations into line with relationships after either has changed.

Whoever changes a relationship looks at the conversations after the write; whoever changes members looks at the
relationships after the write. Of two such changes at once, at least one therefore sees the other.
"""

from typing import Final

from models.documents.conversation import FORMER_KEPT, Conversation, Member, direct_id
from models.documents.owing import dumped
from models.documents.relationship import Relationship
from models.errors import TryAgain
from models.events.conversations import ConversationKind
from models.ids import SYSTEM
from services import state
from services.conversations import facts
from services.conversations.rules import may_talk, misplaced
from services.membership import Membership
from services.outbox import Outbox
from services.relationships.links import Links

ROUNDS: Final = 8
SWEEP_BATCH: Final = 100
GROUPS_OF_PAIR: Final = 500


class Review:
    """Closes and reopens direct conversations, and takes people out of groups."""

    def __init__(self, links: Links, membership: Membership, outbox: Outbox) -> None:
        self._links = links
        self._membership = membership
        self._outbox = outbox

    async def follow(self, link: Relationship) -> None:
        """A relationship has changed: everything that rests on it."""
        await self.review(direct_id(*link.user_ids))
        if link.patient_id is None:
            return
        other = link.other(link.patient_id).user_id
        groups = await state.fetch_all(
            Conversation, {"patient_id": link.patient_id, "members.user_id": other}, limit=GROUPS_OF_PAIR
        )
        for group in groups:
            await self.review(group.id)

    async def review(self, conversation_id: str) -> Conversation | None:
        """Change it until it agrees with the relationships, and return it as it then stands."""
        for _ in range(ROUNDS):
            document = await state.fetch(Conversation, conversation_id)
            if document is None:
                return None
            if not await self._correct(document):
                return await self._vetted(document)
        raise TryAgain

    async def remove(self, document: Conversation, member: Member, by: str, cause: str) -> Conversation | None:
        """Take one member out and tell it; None when they were out already."""
        former = {"user_id": member.user_id, "joined_fact": member.joined_fact, "cause": cause}
        after = await state.change(
            Conversation,
            {"_id": document.id, "members": {"$elemMatch": _seat(member)}},
            {
                "$pull": {"members": _seat(member)},
                "$push": {
                    "former": {"$each": [former], "$slice": -FORMER_KEPT},
                    "outbox": {"$each": dumped(*facts.left(document.id, member, by))},
                },
            },
        )
        self._membership.forget(document.id)
        if after is not None:
            await self._outbox.settle(after)
        return after

    async def finish(self) -> int:
        """Review what a crash left unreviewed; returns how many conversations there were."""
        left = await state.fetch_all(Conversation, {"unvetted": {"$gt": ""}}, limit=SWEEP_BATCH)
        for document in left:
            await self.review(document.id)
        return len(left)

    async def _correct(self, document: Conversation) -> bool:
        """Make the changes that the relationships ask for; whether there were any."""
        if document.kind is ConversationKind.DIRECT:
            first, second = document.members
            closed = not may_talk(document.members, await self._links.relation(first.user_id, second.user_id))
            if closed != document.closed:
                await self._close(document, closed=closed)
            return closed != document.closed
        people = [member.user_id for member in document.members]
        links = await self._links.to_patient(document.patient_id or "", people)
        wrong = misplaced(document, links)
        for member in wrong:
            await self.remove(document, member, SYSTEM, "review")
        return bool(wrong)

    async def _close(self, document: Conversation, *, closed: bool) -> None:
        after = await state.change(
            Conversation,
            {"_id": document.id, "closed": not closed},
            {
                "$set": {"closed": closed},
                "$push": {"outbox": {"$each": dumped(facts.closing(document.id, closed=closed))}},
            },
        )
        self._membership.forget(document.id)
        if after is not None:
            await self._outbox.settle(after)

    async def _vetted(self, document: Conversation) -> Conversation:
        if not document.unvetted:
            return document
        seen = {"_id": document.id, "unvetted": document.unvetted}
        return await state.change(Conversation, seen, {"$set": {"unvetted": ""}}) or document


def _seat(member: Member) -> dict[str, str]:
    """This stay of the person, not a later one after being invited again."""
    return {"user_id": member.user_id, "joined_fact": member.joined_fact}
