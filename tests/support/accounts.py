"""The services of accounts on a real log and a real database, with a clock that tests move."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hub.bus.indexes import EVENTS
from hub.bus.indexes import create_indexes as create_event_indexes
from hub.bus.log import EventLog
from hub.identity import Identity
from hub.mongo.client import Database, bind_documents, create_indexes
from models import streams
from models.documents.recording import Recording
from models.enums import Role
from models.events.accounts import CreateAccount, Register
from models.events.sessions import ClientKind, SessionTokens, SignIn
from models.ids import DeviceId, SessionId, UserId, new_id
from services.accounts import DOCUMENTS, OWING, AccountServices, AccountSettings
from services.accounts.settings import PasswordSettings, ResetSettings, SecondFactorSettings, TokenSettings
from services.keyring import KeyRing
from services.outbox import Outbox
from services.ports import Event, MailPort
from services.unit import Actor, Unit

PASSWORD = "nine purple violins"
OTHER_PASSWORD = "seven amber trombones"
ADDRESS = "203.0.113.7"
_refs = itertools.count(1)


def ring(*kids: str) -> KeyRing:
    """Keys that are the same in every run; the first is current."""
    return KeyRing(kids[0], {kid: kid.encode().ljust(32, b"k") for kid in kids})


def settings(**changed: object) -> AccountSettings:
    """Cheap hashing; everything else as in production."""
    base = AccountSettings(
        tokens=TokenSettings(ring("t1"), b"r" * 32),
        passwords=PasswordSettings(b"p" * 32, cost=4),
        reset=ResetSettings("https://clinic.test/reset"),
        field_ring=ring("f1"),
        index_key=b"i" * 32,
    )
    return replace(base, **changed)  # type: ignore[arg-type]


def required(*roles: Role) -> SecondFactorSettings:
    """Roles that must have a second factor."""
    return SecondFactorSettings(required_roles=frozenset(roles))


@dataclass
class Office:
    """One node's accounts."""

    services: AccountServices
    identity: Identity
    log: EventLog
    outbox: Outbox
    database: Database
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def later(self, **span: float) -> None:
        """Move the clock."""
        self.now += timedelta(**span)

    def unit(self, who: Actor | None = None, *, address: str = ADDRESS, cookie: str | None = None) -> Unit:
        """One use of the system."""
        return Unit(who, self.now, f"test-{next(_refs)}", address, cookie=cookie)

    async def patient(self, email: str = "ana@example.org", **more: object) -> str:
        """Register a patient; returns the user id."""
        fields = {"role": Role.PATIENT, "name": "Ana Núñez", "password": PASSWORD, "email": email} | more
        cmd = Register(cid=new_id(), **fields)  # type: ignore[arg-type]
        return (await self.services.registration.register(self.unit(), cmd)).user_id

    async def admin(self, email: str = "root@example.org") -> Actor:
        """An administrator who is signed in."""
        cmd = CreateAccount(cid=new_id(), role=Role.ADMIN, name="Root", password=PASSWORD, email=email)
        account = await self.services.creation.create(cmd, verified=True, now=self.now)
        return Actor(UserId(account.id), Role.ADMIN, SessionId(new_id()), DeviceId(new_id()))

    async def sign_in(self, login: str = "ana@example.org", password: str = PASSWORD, **more: object) -> SessionTokens:
        """Open a session as a mobile app does."""
        fields = {"login": login, "password": password, "client": ClientKind.MOBILE} | more
        return await self.services.sign_in.sign_in(self.unit(), SignIn(**fields))  # type: ignore[arg-type]

    def actor(self, tokens: SessionTokens) -> Actor:
        """Who holds these tokens."""
        return self.identity.verify(tokens.access_token, setup=True).actor

    async def inbox(self, user_id: str) -> list[Event]:
        """Everything that was told to a person."""
        return await self.log.read(streams.inbox(user_id), 0, 200, 1 << 20)

    async def told(self, user_id: str) -> list[str]:
        """The names of it."""
        return [event.type for event in await self.inbox(user_id)]


@asynccontextmanager
async def office_on(
    database: Database, chosen: AccountSettings | None = None, mail: MailPort | None = None
) -> AsyncIterator[Office]:
    """Accounts over this database."""
    documents = (*DOCUMENTS, Recording)  # keys of recordings are wrapped by the same ring, and rotated with it
    await bind_documents(database, documents)
    await create_indexes(database, documents)
    await create_event_indexes(database)
    log = EventLog(database[EVENTS], new_id())
    outbox = Outbox(log, OWING)
    services = AccountServices(chosen or settings(), outbox, mail)
    try:
        yield Office(services, Identity(services.access), log, outbox, database)
    finally:
        services.close()
        await log.close()
