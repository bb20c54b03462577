"""The real parts of a trial: mongod, Valkey, two hub nodes as processes, and a ward of people with devices."""

import asyncio
import base64
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from hub.bus.indexes import EVENTS
from hub.mongo.client import Client as MongoClient
from hub.mongo.client import Database, connect
from hub.mongo.data import free_port
from hub.mongo.embedded import EmbeddedMongo
from hub.node import Node
from hub.schema import prepare
from hub.settings import read_settings
from models.enums import RelationshipKind, Role
from models.events.accounts import CreateAccount
from models.events.conversations import ConversationKind, CreateConversation
from models.events.relationships import EstablishRelationship
from models.events.sessions import ClientKind, SignIn
from models.ids import DeviceId, SessionId, UserId, new_id
from services.unit import Actor, Unit
from tests.chaos.client import Client
from tests.chaos.history import History
from tests.support.valkey import ValkeyProcess

PASSWORD: Final = "nine purple violins"
READY: Final = b"Carewire is ready"
READY_S: Final = 60.0
STARTS: Final = 3
"""A hub whose database dies under its start exits and is started again, as an orchestrator does."""


class Hub:
    """One hub process; its port stays the same over restarts."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self._environment = environment | {"PORT": str(self.port)}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start and wait for the ready line."""
        for _ in range(STARTS):
            if await self._started():
                return
        raise RuntimeError(f"the hub did not start; see {self._log}")

    async def _started(self) -> bool:
        with self._log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "hub", env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=errors
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_S):
            return READY in await self._process.stdout.readline()

    def send(self, sign: signal.Signals) -> None:
        """Send a signal, as an operator does."""
        assert self._process is not None
        self._process.send_signal(sign)

    async def ended(self) -> int:
        """Wait for the process; its exit status."""
        assert self._process is not None
        return await self._process.wait()

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """An orderly end."""
        await self._end(signal.SIGTERM)

    async def _end(self, sign: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(sign)
            async with asyncio.timeout(15):
                await self._process.wait()


class World:
    """Everything a trial needs; `open`, `settle`, `close`."""

    def __init__(self, folder: Path, seed: int, nodes: int = 2) -> None:
        self.random = Random(seed)
        self.history = History()
        self.clients: list[Client] = []
        self.mongo = EmbeddedMongo(folder / "mongo")
        self.valkey = ValkeyProcess(folder)
        self._folder = folder
        self._nodes = nodes
        self.hubs: list[Hub] = []
        self._client: MongoClient
        self.database: Database
        self._node: Node
        self.doctors: dict[str, Client] = {}

    async def open(self, wards: int, nurses: int, environment: dict[str, str] | None = None) -> None:
        """Start the parts, furnish the wards, connect everybody."""
        uri = await self.mongo.start()
        await asyncio.to_thread(self.valkey.start)
        settings = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "PYTHONPATH")
        } | {
            "ENVIRONMENT": "test", "MONGODB_URI": uri, "MONGODB_DATABASE": "chaos", "VALKEY_URL": self.valkey.url,
            "DATA_DIR": str(self._folder / "data"), "RATE_SCALE": "1000000", "BCRYPT_COST": "4", "LOG_LEVEL": "ERROR",
            "WEB_DIR": str(self._folder), "MAX_UNAUTHENTICATED_PER_ADDRESS": "500",
            "MAX_INBOUND_BYTES_PER_S": "1000000000",
        }  # fmt: skip
        keys = {name: _key(name) for name in ("INDEX_KEY", "PASSWORD_PEPPER", "AUDIT_KEY")}
        settings |= keys | {name: f"k1:{_key(name)}" for name in ("TOKEN_KEYS", "FIELD_KEYS")} | (environment or {})
        self._client = connect(uri)
        self.database = self._client["chaos"]
        await prepare(self.database)
        self._node = Node(read_settings(settings).node(), self._client, self.database)
        self.hubs = [Hub(settings, self._folder / f"hub{number}.log") for number in range(self._nodes)]
        for hub in self.hubs:
            await hub.start()
        for ward in range(wards):
            await self._furnish(ward, nurses)
        for client in self.clients:
            client.start()

    async def _furnish(self, ward: int, nurses: int) -> None:
        admin = Actor(UserId(new_id()), Role.ADMIN, SessionId(new_id()), DeviceId(new_id()))
        doctor, patient = await self.enrol(Role.DOCTOR, ward), await self.enrol(Role.PATIENT, ward)
        staff = [await self.enrol(Role.NURSE, ward) for _ in range(nurses)]
        for clinician in (doctor, *staff):
            wish = EstablishRelationship(
                cid=new_id(), user_ids=[clinician.user_id, patient.user_id], kind=RelationshipKind.CARE
            )
            await self._node.services.relationships.establish(_unit(admin), wish)
        group = CreateConversation(
            cid=new_id(), kind=ConversationKind.GROUP, title=f"Ward {ward}", patient_id=patient.user_id,
            member_ids=[patient.user_id, *(one.user_id for one in staff)],
        )  # fmt: skip
        made = await self._node.services.conversations.create(_unit(doctor), group)
        conversation_id = made.conversation.conversation_id
        for actor in (doctor, patient, *staff):
            client = Client(
                actor.user_id, actor.device_id, conversation_id, self.signer(actor),
                [hub.port for hub in self.hubs], self.history, self.random,
            )  # fmt: skip
            self.clients.append(client)
            if actor is doctor:
                self.doctors[conversation_id] = client

    async def enrol(self, role: Role, ward: int) -> Actor:
        """Somebody with an account, signed in."""
        now = datetime.now(UTC)
        email = f"{new_id()}@example.org"
        licence = f"L-{new_id()[-12:]}" if role in (Role.DOCTOR, Role.NURSE) else None
        wish = CreateAccount(
            cid=new_id(), role=role, name=f"{role} {ward}", password=PASSWORD, email=email, licence_number=licence
        )
        await self._node.accounts.creation.create(wish, verified=True, now=now)
        unit = Unit(None, now, "chaos", f"198.51.100.{self.random.randrange(250)}")
        tokens = await self._node.accounts.sign_in.sign_in(
            unit, SignIn(login=email, password=PASSWORD, client=ClientKind.MOBILE)
        )
        return Actor(UserId(tokens.user_id), role, SessionId(tokens.session_id), DeviceId(tokens.device_id))

    def signer(self, actor: Actor) -> Callable[[], str]:
        """Makes access tokens for their session."""
        return lambda: self._node.accounts.access.issue(actor, datetime.now(UTC), setup_only=False)[0]

    def talk(self, messages: int) -> None:
        """Random people say something."""
        for _ in range(messages):
            client = self.random.choice(self.clients)
            if client.member:
                client.say(f"message {len(self.history.acked)} of {client.device_id[-4:]}")

    async def shuffle_member(self) -> None:
        """A doctor takes somebody out of a ward and lets them in again, from the moment of joining."""
        conversation_id, doctor = self.random.choice(list(self.doctors.items()))
        others = [one for one in self.clients if one.conversation_id == conversation_id and one is not doctor][1:]
        leaver = self.random.choice(others)
        wish = {"conversation_id": conversation_id, "user_id": leaver.user_id}
        await doctor.command("conversation.remove_member", wish)
        self.talk(3)
        await doctor.command("conversation.add_member", wish | {"history": "joining"})
        leaver.look_again()

    async def settle(self, seconds: float) -> dict[str, tuple[str, int]]:
        """Wait until every outbox is empty and every member has everything; where each of them stands."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not await self._settled():
                    await asyncio.sleep(0.1)
        return {one.device_id: (one.stream, one.cursor) for one in self.clients}

    async def _settled(self) -> bool:
        if any(one.outbox for one in self.clients):
            return False
        with suppress(Exception):
            heads = {stream: await self._node.log.head(stream) for stream in {one.stream for one in self.clients}}  # type: ignore[arg-type]
            return all(one.cursor == heads[one.stream] for one in self.clients)
        return False

    async def log(self) -> list[dict[str, Any]]:
        """The conversations' streams as the database has them."""
        return [stored async for stored in self.database[EVENTS].find({"s": {"$regex": "^c:"}}, {"h": 0})]

    async def close(self) -> None:
        """End everything this trial started."""
        for client in self.clients:
            await client.stop()
        for hub in self.hubs:
            await hub.kill()
        self._node.accounts.close()
        await self._node.log.close()
        await self._client.close()
        await asyncio.to_thread(self.valkey.kill)
        await self.mongo.stop()


def _key(name: str) -> str:
    return base64.b64encode(name.encode().ljust(32, b".")).decode()


def _unit(actor: Actor) -> Unit:
    return Unit(actor, datetime.now(UTC), "chaos")
