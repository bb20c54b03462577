"""Nodes of a hub as far as connecting calls goes: a real database and log; media processes and sockets are ports."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.bus.indexes import EVENTS
from hub.bus.indexes import create_indexes as create_event_indexes
from hub.bus.log import EventLog
from hub.mongo.client import Database, bind_documents, create_indexes
from models import streams
from models.documents.call import Call, Party
from models.enums import Role
from models.errors import MediaUnavailable, NotNow
from models.events.call_views import CallKind, CallState, MediaPath, PartyState
from models.events.guests import ServerCheck
from models.events.signaling import NameLeg, PathState, ReportPath
from models.ids import DeviceId, SessionId, UserId, new_id
from models.media import (
    Answer,
    AnswerLeg,
    Empty,
    Event,
    JoinLeg,
    LegConnected,
    LegOffer,
    Load,
    MeasureLeg,
    Quality,
    Shape,
)
from services.calls.book import CallBook, milliseconds
from services.calls.connecting import Connecting, PathSettings
from services.calls.paths import PathPolicy
from services.calls.ports import OnEvent, OnLost
from services.calls.turn import TurnServers, TurnSettings
from services.outbox import Outbox
from services.ports import Event as Told
from services.unit import Actor, Unit

QUIET = Quality(
    connected=False, packets=0, loss_up=0, loss_down=0, rtt_ms=0, jitter_ms=0, kbps_up=0, kbps_down=0
)  # fmt: skip


@dataclass
class Relays:
    """Media processes as every node of a test sees them: a port, which notes what it is asked."""

    processes: list[str] = field(default_factory=lambda: ["unix:/one", "unix:/two"])
    asked: list[tuple[str, Shape]] = field(default_factory=list)
    connected: set[str] = field(default_factory=set)
    """Legs with media, for those who measure."""
    refuses: set[str] = field(default_factory=set)
    """Processes that answer nothing but take no leg."""

    def place(self, avoid: str | None = None) -> str | None:
        return next((process for process in self.processes if process != avoid), None)

    async def ask(self, process: str, request: Shape) -> Answer:
        if process not in self.processes:
            raise MediaUnavailable
        self.asked.append((process, request))
        if isinstance(request, JoinLeg):
            if process in self.refuses:
                raise MediaUnavailable
            return LegOffer(offer_id=new_id(), sdp=f"v=0\r\n{request.leg_id}")
        if isinstance(request, MeasureLeg):
            return QUIET.model_copy(update={"connected": request.leg_id in self.connected, "packets": 7})
        if isinstance(request, AnswerLeg) and "stale" in request.offer_id:
            raise NotNow
        if getattr(request, "op", "") == "stats":
            return Load(calls=0, legs=0, packets_per_s=0, cpu=0, lag_ms=0, recordings=0, draining=False, port=1)
        return Empty()

    def listen(self, on_event: OnEvent, on_lost: OnLost) -> None:
        """Tests tell the nodes themselves."""

    def of(self, kind: type[Shape]) -> list[Any]:
        """What was asked, of one kind."""
        return [request for _, request in self.asked if isinstance(request, kind)]


@dataclass
class Rooms:
    """What lossy facts were told, by all nodes."""

    told: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def publish(self, room: str, name: str, data: Mapping[str, Any], skip: object | None = None) -> None:
        self.told.append((room, name, data))

    def join(self, room: str, member: Any) -> None:
        """Nobody is connected here."""

    def of(self, name: str) -> list[Mapping[str, Any]]:
        """The facts of one name."""
        return [data for _, told, data in self.told if told == name]


class Probe:
    """All is well on the hub's side."""

    async def turn(self) -> ServerCheck:
        return ServerCheck.OK

    async def relay(self, process: str) -> ServerCheck:
        return ServerCheck.OK


class Node:
    """One of them."""

    def __init__(self, database: Database, relays: Relays, rooms: Rooms, policy: PathPolicy) -> None:
        self.boot_id = new_id()
        self.log = EventLog(database[EVENTS], self.boot_id)
        self.book = CallBook(Outbox(self.log, (Call,)), rooms)
        self.rooms, self.relays = rooms, relays
        self.now = milliseconds(datetime.now(UTC))
        servers = TurnServers(
            TurnSettings(b"p" * 32, ("turn:t.example",), ("s" * 32,), relay_only=policy is PathPolicy.TURN)
        )
        self.connecting = Connecting(
            self.boot_id, PathSettings(policy), self.book, rooms, relays, servers, Probe()
        )  # fmt: skip
        self.steering, self.news = self.connecting.steering, self.connecting.news

    def unit(self, user_id: str) -> Unit:
        """One use by a person."""
        who = Actor(UserId(user_id), Role.PATIENT, SessionId(new_id()), DeviceId(new_id()))
        return Unit(who, datetime.now(UTC), "test")

    async def call(self, number: int, **fields: Any) -> Call:
        """A call of `number` people, who all sit at this node and have connected directly."""
        people = [self.party(connected_n=1) for _ in range(number)]
        given: dict[str, Any] = {
            "id": new_id(), "conversation_id": new_id(), "kind": CallKind.VIDEO, "state": CallState.ACTIVE,
            "host_id": people[0].user_id, "started_by": people[0].user_id, "fingerprint": "", "started_at": self.now,
            "ring_expires_at": self.now, "answered_at": self.now, "parties": people,
        } | fields  # fmt: skip
        return await self.book.open(Call(**given))

    def party(self, **fields: Any) -> Party:
        """Somebody who is there."""
        given: dict[str, Any] = {
            "party_id": new_id(), "user_id": new_id(), "name": "Ana", "role": Role.PATIENT,
            "state": PartyState.PRESENT, "leg_id": new_id(), "leg_at": self.now, "node": self.boot_id,
            "invited_at": self.now, "joined_at": self.now,
        } | fields  # fmt: skip
        return Party(**given)

    async def seat(self, call: Call, *parties: Party) -> Call:
        """More people come in."""

        def change(newest: Call) -> list[Any]:
            newest.parties.extend(parties)
            return []

        return await self.book.change(call.id, change)

    async def alter(self, call: Call, **fields: Any) -> Call:
        """As other parts of the hub do."""

        def change(newest: Call) -> list[Any]:
            for name, value in fields.items():
                setattr(newest, name, value)
            return []

        return await self.book.change(call.id, change)

    async def report(self, call: Call, party: Party, state: PathState, n: int | None = None) -> None:
        """`call.report_path` of the direct path."""
        assert party.leg_id
        wish = ReportPath(
            call_id=call.id, leg_id=party.leg_id, path=MediaPath.DIRECT, path_n=n or call.path_n, state=state
        )
        await self.connecting.relay.report(self.unit(party.user_id), wish)

    async def join(self, call: Call, party: Party) -> Any:
        """`call.join_relay`."""
        assert party.leg_id
        return await self.connecting.relay.join(
            self.unit(party.user_id), NameLeg(call_id=call.id, leg_id=party.leg_id)
        )  # fmt: skip

    async def facts(self, call: Call, type_: str = "call.path_changed") -> list[Told]:
        """What the conversation was told."""
        stream = streams.conversation(call.conversation_id)
        return [event for event in await self.log.read(stream, 0, 200, 1 << 20) if event.type == type_]


async def hear(nodes: list[Node], process: str, *events: Event) -> None:
    """Every node hears the process."""
    for event in events:
        for node in nodes:
            await node.news.on_event(process, event)


def connected(call: Call) -> list[Event]:
    """Every leg has media on the relay."""
    return [
        LegConnected(call_id=call.id, party_id=party.party_id, leg_id=party.leg_id, path_n=call.path_n)
        for party in call.parties
        if party.leg_id is not None
    ]


@asynccontextmanager
async def nodes_on(
    database: Database, number: int = 1, policy: PathPolicy = PathPolicy.AUTO
) -> AsyncIterator[list[Node]]:
    """Nodes over one database, one set of media processes and one set of rooms."""
    await bind_documents(database, (Call,))
    await create_event_indexes(database)
    await create_indexes(database, (Call,))
    relays, rooms = Relays(), Rooms()
    nodes = [Node(database, relays, rooms, policy) for _ in range(number)]
    try:
        yield nodes
    finally:
        for node in nodes:
            await node.connecting.close()
            await node.log.close()


async def later(node: Node, seconds: float) -> None:
    """The clock's review, so much later."""
    at = milliseconds(datetime.now(UTC)) + timedelta(seconds=seconds)
    node.steering._clock = lambda: at
    await node.steering.review()
