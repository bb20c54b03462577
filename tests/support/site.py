"""A whole node on a free port inside the test's process: the same wiring as the product's, over a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import socketio
from aiohttp import web

from hub.engine.settings import EngineSettings
from hub.mongo.client import Client, Database
from hub.node import Node, NodeSettings
from models.enums import RelationshipKind, Role
from models.events.accounts import CreateAccount
from models.events.conversations import ConversationKind, CreateConversation
from models.events.relationships import EstablishRelationship
from models.events.sessions import ClientKind, SignIn
from models.ids import DeviceId, SessionId, UserId, new_id
from services.unit import Actor, Unit
from tests.support.accounts import settings as account_settings

PASSWORD = "nine purple violins"
CONNECT_S = 20
"""A stock client's own second is little for a busy machine."""


@dataclass
class Person:
    """Somebody with an account, signed in on one device."""

    actor: Actor
    name: str
    email: str
    token: str
    refresh_token: str

    @property
    def user_id(self) -> UserId:
        """Whose account it is."""
        return self.actor.user_id

    @property
    def auth(self) -> dict[str, str]:
        """For the Socket.IO handshake."""
        return {"token": self.token}

    @property
    def bearer(self) -> dict[str, str]:
        """For HTTP."""
        return {"Authorization": f"Bearer {self.token}"}


class Site:
    """A running node and shortcuts to furnish it."""

    def __init__(self, node: Node, url: str) -> None:
        self.node = node
        self.url = url

    def unit(self, actor: Actor | None = None) -> Unit:
        """One use of the system."""
        return Unit(actor, datetime.now(UTC), "test", "192.0.2.10")

    async def enrol(self, name: str, role: Role, *, verified: bool = True) -> Person:
        """A new account, signed in."""
        licence = f"L-{new_id()[-12:]}" if role in (Role.DOCTOR, Role.NURSE) else None
        email = f"{new_id()}@example.org"
        wish = CreateAccount(cid=new_id(), role=role, name=name, password=PASSWORD, email=email, licence_number=licence)
        await self.node.accounts.creation.create(wish, verified=verified, now=datetime.now(UTC))
        return await self.sign_in(name, email)

    async def sign_in(self, name: str, email: str) -> Person:
        """One more device of an account."""
        tokens = await self.node.accounts.sign_in.sign_in(
            self.unit(), SignIn(login=email, password=PASSWORD, client=ClientKind.MOBILE, device_id=new_id())
        )
        actor = Actor(
            UserId(tokens.user_id), tokens.role, SessionId(tokens.session_id), DeviceId(tokens.device_id),
            tokens.verified,
        )  # fmt: skip
        assert tokens.refresh_token is not None
        return Person(actor, name, email, tokens.access_token, tokens.refresh_token)

    async def relate(self, first: Person, second: Person, kind: RelationshipKind) -> None:
        """An administrator relates two people."""
        admin = Actor(UserId(new_id()), Role.ADMIN, SessionId(new_id()), DeviceId(new_id()))
        wish = EstablishRelationship(cid=new_id(), user_ids=[first.user_id, second.user_id], kind=kind)
        await self.node.services.relationships.establish(self.unit(admin), wish)

    async def converse(self, first: Person, second: Person) -> str:
        """A direct conversation between two related people."""
        wish = CreateConversation(cid=new_id(), kind=ConversationKind.DIRECT, member_ids=[second.user_id])
        made = await self.node.services.conversations.create(self.unit(first.actor), wish)
        return made.conversation.conversation_id

    async def connect(self, person: Person, **options: Any) -> socketio.AsyncClient:
        """A stock client, connected; reconnection off so that a cut is seen as one."""
        client = socketio.AsyncClient(reconnection=False, **options)
        await client.connect(self.url, auth=person.auth, transports=options.get("transports"), wait_timeout=CONNECT_S)
        return client


@asynccontextmanager
async def running_site(
    client: Client, database: Database, folder: Path, *, valkey_url: str | None = None,
    engine: EngineSettings | None = None, port: int = 0, **changed: Any,
) -> AsyncIterator[Site]:  # fmt: skip
    """A node over a prepared database, served on a loopback port; `changed` are fields of its settings."""
    settings = NodeSettings(
        accounts=replace(account_settings()),
        audit_secret=b"a" * 32,
        seals=folder / f"seals-{new_id()}.jsonl",
        engine=engine or EngineSettings(max_unauthenticated_per_address=200),
        valkey_url=valkey_url,
        rate_scale=100.0,
    )
    node = Node(replace(settings, **changed), client, database)
    runner = web.AppRunner(await node.start(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield Site(node, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        if node.health.ready:
            await node.stop()
        await runner.cleanup()
