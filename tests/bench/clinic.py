"""The people of the benchmark: written as documents in bulk on both sides, and the tokens with which they sign in."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from beanie import Document
from pymongo import AsyncMongoClient

from hub.mongo.client import bind_documents, connect, create_indexes
from models.documents.account import Account
from models.documents.conversation import Conversation, Member
from models.documents.relationship import Party, Relationship, relationship_id
from models.documents.session import Session
from models.enums import AccountStatus, RelationshipKind, RelationshipStatus, Role
from models.events.conversations import ConversationKind
from models.events.sessions import ClientKind
from models.ids import DeviceId, SessionId, UserId, derived_id, new_id
from services.accounts.settings import TokenSettings
from services.accounts.tokens import AccessTokens
from services.unit import Actor
from tests.bench.rig import DATABASE, Keys, Rig
from tests.bench.scenarios import Person

PEOPLE: Final = 5_000
PAIRS: Final = 100
STORM_ROOMS: Final = 100
STORM_SEATS: Final = 20
ROOMS: Final = (100, 1_000)
"""Everybody but the one who speaks."""
BATCH: Final = 1_000
DOCUMENTS: Final = (Account, Session, Relationship, Conversation)


def _id(*parts: object) -> str:
    return derived_id("bench", *map(str, parts))


class Clinic:
    """Person `i` is the same on both sides, and so is every conversation."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._tokens = AccessTokens(TokenSettings(keys.token_ring, b""))
        self.user_ids = [_id("person", number) for number in range(PEOPLE)]
        self.pairs = {_id("pair", number): [2 * number, 2 * number + 1] for number in range(PAIRS)}
        self.rooms = {size: _id("room", size) for size in ROOMS}
        self.storm = {
            _id("storm", number): list(range(number * STORM_SEATS, (number + 1) * STORM_SEATS))
            for number in range(STORM_ROOMS)
        }

    async def seed(self, rig: Rig) -> None:
        """Write everybody into both databases."""
        await asyncio.gather(self._seed_hub(rig.hub_uri), self._seed_peer(rig.peer_uri))

    def in_pairs(self, *, hub: bool, first: int = 0, pairs: int = PAIRS) -> list[Person]:
        """Two people in each direct conversation."""
        chosen = list(self.pairs.items())[first : first + pairs]
        return [self._person(number, key, hub=hub) for key, numbers in chosen for number in numbers]

    def in_room(self, size: int, *, hub: bool) -> list[Person]:
        """Who speaks, and `size` others."""
        return [self._person(number, self.rooms[size], hub=hub) for number in range(size + 1)]

    def in_storm(self, *, hub: bool) -> list[Person]:
        """Twenty in each of a hundred conversations."""
        return [self._person(number, key, hub=hub) for key, numbers in self.storm.items() for number in numbers]

    def idle(self, count: int, *, hub: bool) -> list[Person]:
        """People who follow their inbox only."""
        return [self._person(number, "", hub=hub) for number in range(count)]

    def _person(self, number: int, conversation_id: str, *, hub: bool) -> Person:
        user_id, device_id = self.user_ids[number], _id("device", number)
        now = datetime.now(UTC)
        if hub:
            actor = Actor(UserId(user_id), _role(number), SessionId(_id("session", number)), DeviceId(device_id))
            token, _ = self._tokens.issue(actor, now, setup_only=False)
        else:
            claims = {"sub": user_id, "device": device_id, "iat": now, "exp": now + timedelta(minutes=10)}
            token = jwt.encode(claims, self._keys.jwt_secret, "HS256")
        return Person({"token": token, "device_id": device_id}, user_id, conversation_id)

    def _seats(self) -> Iterable[tuple[str, Sequence[int]]]:
        yield from self.pairs.items()
        yield from self.storm.items()
        for size, key in self.rooms.items():
            yield key, range(size + 1)

    async def _seed_hub(self, uri: str) -> None:
        client = connect(uri)
        try:
            database = client[DATABASE]
            await bind_documents(database, DOCUMENTS)
            await create_indexes(database, DOCUMENTS)
            now = datetime.now(UTC)
            people = range(PEOPLE)
            await _store(client, [self._account(number, now) for number in people])
            await _store(client, [self._session(number, now) for number in people])
            await _store(client, [self._relationship(number, now) for number in people[::2]])
            await _store(client, [self._conversation(key, seats, now) for key, seats in self._seats()])
        finally:
            await client.close()

    async def _seed_peer(self, uri: str) -> None:
        client = connect(uri)
        try:
            rows = [
                {"conversation": key, "user": self.user_ids[number]} for key, seats in self._seats() for number in seats
            ]
            await client[DATABASE]["members"].insert_many(rows)
        finally:
            await client.close()

    def _account(self, number: int, now: datetime) -> Account:
        return Account(
            id=self.user_ids[number], role=_role(number), status=AccountStatus.ACTIVE, verified=True,
            name=f"Person {number}", name_words=["person", str(number)], password_hash="none", created_at=now,
        )  # fmt: skip

    def _session(self, number: int, now: datetime) -> Session:
        later = now + timedelta(days=30)
        return Session(
            id=_id("session", number), user_id=self.user_ids[number], generation=0, device_id=_id("device", number),
            device_name="bench", client=ClientKind.MOBILE, token_hash=hashlib.sha256(b"none").hexdigest(),
            rotated_at=now, started_at=now, last_seen_at=now, expires_at=later, ends_at=later, purge_at=later,
        )  # fmt: skip

    def _relationship(self, number: int, now: datetime) -> Relationship:
        """Each even person is the patient of the next one."""
        patient, doctor = self.user_ids[number], self.user_ids[number + 1]
        return Relationship(
            id=relationship_id(RelationshipKind.CARE, patient, doctor), kind=RelationshipKind.CARE,
            status=RelationshipStatus.ACTIVE, patient_id=patient, proposed_by=doctor, awaits=None, patient_agreed=True,
            parties=[Party(user_id=patient, role=Role.PATIENT), Party(user_id=doctor, role=Role.DOCTOR)],
            label="", created_at=now, changed_at=now, causes=[],
        )  # fmt: skip

    def _conversation(self, key: str, seats: Sequence[int], now: datetime) -> Conversation:
        first = self.user_ids[seats[0]]
        members = [
            Member(user_id=self.user_ids[number], role=_role(number), joined_at=now, invited_by=first)
            for number in seats
        ]
        kind = ConversationKind.DIRECT if len(seats) == 2 else ConversationKind.GROUP
        return Conversation(
            id=key, kind=kind, title="", patient_id=first, members=members, created_at=now, created_by=first,
            fingerprint=new_id(), active_at=now,
        )  # fmt: skip


def _role(number: int) -> Role:
    return Role.DOCTOR if number % 2 else Role.PATIENT


async def _store(client: AsyncMongoClient[dict[str, Any]], documents: Sequence[Document]) -> None:
    raw = [{"_id": one.id, **one.model_dump(exclude={"id", "revision_id"})} for one in documents]
    collection = client[DATABASE][documents[0].get_collection_name()]
    for start in range(0, len(raw), BATCH):
        await collection.insert_many(raw[start : start + BATCH])
