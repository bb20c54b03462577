"""The services of chat, wired to a real log on a real database, and a few people to use them."""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.bus.feed import Feed
from hub.bus.history import History
from hub.bus.indexes import EVENTS
from hub.bus.indexes import create_indexes as create_event_indexes
from hub.bus.log import EventLog
from hub.mongo.client import Database, bind_documents, create_indexes
from models.documents.conversation import Conversation
from models.documents.follower import Follower
from models.documents.inbox_reads import InboxReads
from models.documents.indexed_message import IndexedMessage
from models.documents.mark import Mark
from models.documents.relationship import Relationship
from models.enums import RelationshipKind, Role
from models.events.relationships import EstablishRelationship, RelationshipView
from models.ids import DeviceId, SessionId, UserId, new_id
from services.chat import ChatService, Marks, Thread
from services.conversations import ConversationService, Review, Views
from services.membership import Membership
from services.notifications import NotificationService
from services.outbox import Outbox
from services.ports import Person
from services.relationships import Audience, Links, RelationshipService
from services.unit import Actor, Unit

DOCUMENTS = (Conversation, Follower, InboxReads, IndexedMessage, Mark, Relationship)
OWING = (Relationship, Conversation, Mark, InboxReads)
MEMBERSHIP_FACTS = (
    "conversation.opened", "conversation.closed", "conversation.reopened", "conversation.renamed",
    "member.joined", "member.left",
)  # fmt: skip


@dataclass
class Directory:
    """The people port, in memory: accounts themselves are tested elsewhere."""

    people: dict[str, Person] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)

    async def known(self, user_ids: Collection[str]) -> dict[str, Person]:
        """The accounts among these ids."""
        return {user_id: self.people[user_id] for user_id in user_ids if user_id in self.people}

    async def by_contact(self, contact: str, asker: str, address: str, now: datetime) -> Person | None:
        """The account with this address."""
        return self.people.get(self.contacts.get(contact, ""))

    def enrol(self, name: str, role: Role, *, verified: bool = True, active: bool = True) -> Actor:
        """A new person, signed in on one device."""
        person = Person(UserId(new_id()), name, role, verified, active)
        self.people[person.user_id] = person
        self.contacts[f"{name}@example.org"] = person.user_id
        return Actor(person.user_id, role, SessionId(new_id()), DeviceId(new_id()), verified)


class Clinic:
    """One node: its own log, feed and caches over a shared database."""

    def __init__(self, database: Database, directory: Directory | None = None) -> None:
        boot_id = new_id()
        self.database = database
        self.events = database[EVENTS]
        self.log = EventLog(self.events, boot_id)
        self.feed = Feed(self.events, boot_id, self.log.heads)
        self.log.announce_to(self.feed.appended)
        self.history = History(self.events)
        self.outbox = Outbox(self.log, OWING)
        self.directory = directory or Directory()
        self.links = Links()
        self.audience = Audience(self.links)
        self.membership = Membership(self.log, self.outbox)
        self.thread = Thread(self.history)
        self.marks = Marks(self.outbox)
        self.review = Review(self.links, self.membership, self.outbox)
        self.views = Views(self.history, self.directory, self.membership, self.thread, self.marks)
        self.relationships = RelationshipService(self.links, self.directory, self.outbox, self.audience, self.review)
        self.conversations = ConversationService(
            self.outbox, self.directory, self.links, self.membership, self.review, self.views
        )
        self.chat = ChatService(self.log, self.membership, self.thread, self.marks)
        self.notifications = NotificationService(self.log, self.history, self.outbox)
        self.feed.listen("relationship.changed", self.audience.hear)
        for name in MEMBERSHIP_FACTS:
            self.feed.listen(name, self.membership.hear)
        self.admin = self.directory.enrol("root", Role.ADMIN)

    async def join(self, first: Actor, second: Actor, kind: RelationshipKind) -> RelationshipView:
        """An administrator relates two people."""
        wish = EstablishRelationship(cid=new_id(), user_ids=[first.user_id, second.user_id], kind=kind)
        return (await self.relationships.establish(use(self.admin), wish)).relationship

    async def close(self) -> None:
        """Stop what runs in the background."""
        await self.log.close()
        await self.feed.close()


@asynccontextmanager
async def clinic_on(database: Database, *, nodes: int = 1) -> AsyncIterator[list[Clinic]]:
    """Nodes that share a database and a directory of people."""
    await bind_documents(database, DOCUMENTS)
    await asyncio.gather(create_indexes(database, DOCUMENTS), create_event_indexes(database))
    directory = Directory()
    clinics = [Clinic(database, directory) for _ in range(nodes)]
    try:
        for clinic in clinics:
            await clinic.feed.start()
        yield clinics
    finally:
        for clinic in clinics:
            await clinic.close()


_refs = itertools.count(1)


def use(actor: Actor) -> Unit:
    """One use of the system by this person, now."""
    return Unit(who=actor, now=datetime.now(UTC), ref=f"test-{next(_refs)}")


def elsewhere(actor: Actor) -> Actor:
    """The same person on another device."""
    device = hashlib.sha256(actor.device_id.encode()).hexdigest()[:32]
    return Actor(actor.user_id, actor.role, actor.session_id, DeviceId(device), actor.verified)
