"""A clinic of a few people with as many nodes as a test wants, on a clock that tests move."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from models.enums import Availability, Role
from models.events.presence import PresenceView, WatchPresence
from models.ids import DeviceId, SessionId, UserId
from services.presence import Leases, PresenceService
from services.unit import Actor, Unit

EPOCH = 1_800_000_000.0


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> float:
        return self.now


class Circle:
    """Who is related to whom; implements `AudiencePort` for all nodes."""

    def __init__(self) -> None:
        self.pairs: set[frozenset[str]] = set()
        self.listeners: list[Callable[[UserId, UserId], None]] = []
        self.broken = False

    async def audience_of(self, user_id: UserId) -> set[UserId]:
        if self.broken:
            raise TimeoutError
        return {UserId(other) for pair in self.pairs if user_id in pair for other in pair if other != user_id}

    seen_by = audience_of

    def on_change(self, listener: Callable[[UserId, UserId], None]) -> None:
        self.listeners.append(listener)

    def join(self, one: str, other: str) -> None:
        self.pairs.add(frozenset({one, other}))
        self._tell(one, other)

    def part(self, one: str, other: str) -> None:
        self.pairs.discard(frozenset({one, other}))
        self._tell(one, other)

    def _tell(self, one: str, other: str) -> None:
        for listener in self.listeners:
            listener(UserId(one), UserId(other))


@dataclass
class Screen:
    """What a client shows: snapshots replace everything, of facts the higher version counts."""

    shown: dict[str, PresenceView] = field(default_factory=dict)
    facts: list[PresenceView] = field(default_factory=list)

    def load(self, people: list[PresenceView]) -> None:
        self.shown = {view.user_id: view for view in people}

    def hear(self, view: PresenceView) -> None:
        self.facts.append(view)
        known = self.shown.get(view.user_id)
        if known is None or known.version < view.version:
            self.shown[view.user_id] = view

    def status(self, user_id: str) -> Availability:
        view = self.shown.get(user_id)
        return Availability.OFFLINE if view is None else view.status


@dataclass(eq=False)
class Origin:
    """A connection, as services see it."""

    id: str
    screen: Screen


class SharedRooms:
    """Rooms of all nodes at once; implements `RoomsPort`."""

    def __init__(self) -> None:
        self.members: dict[str, set[Origin]] = defaultdict(set)
        self.sent = 0

    def join(self, room: str, member: Any) -> None:
        self.members[room].add(member)

    def leave_all(self, member: Origin) -> None:
        for members in self.members.values():
            members.discard(member)

    def publish(self, room: str, name: str, data: Mapping[str, Any], skip: object | None = None) -> None:
        assert name == "presence.changed"
        self.sent += 1
        view = PresenceView.model_validate_json(
            PresenceView.model_validate(data["presence"], strict=False).model_dump_json()
        )
        for member in self.members[room]:
            member.screen.hear(view)


class Stage:
    """Nodes, people, and their screens."""

    def __init__(self) -> None:
        self.clock, self.circle, self.rooms = Clock(), Circle(), SharedRooms()
        self.nodes: list[PresenceService] = []
        self.origins: dict[str, Origin] = {}

    def node(self, leases: Leases, boot_id: str = "") -> PresenceService:
        service = PresenceService(boot_id or f"boot-{len(self.nodes)}", leases, self.circle, self.rooms, self.clock)
        self.nodes.append(service)
        return service

    async def step(self, seconds: float = 0.0) -> None:
        """Move the clock second by second, and let every node do what is due."""
        ends_at = self.clock.now + seconds
        while True:
            for service in self.nodes:
                await service.step()
            if self.clock.now >= ends_at:
                return
            self.clock.now = min(self.clock.now + 1.0, ends_at)

    def connect(self, service: PresenceService, user_id: str, connection_id: str) -> Origin:
        origin = self.origins[connection_id] = Origin(connection_id, Screen())
        service.connected(connection_id, UserId(user_id))
        return origin

    def disconnect(self, service: PresenceService, origin: Origin) -> None:
        self.rooms.leave_all(origin)
        service.disconnected(origin.id)

    def unit(self, user_id: str, origin: Origin | None = None) -> Unit:
        actor = Actor(UserId(user_id), Role.DOCTOR, SessionId("s"), DeviceId("d"))
        return Unit(actor, datetime.fromtimestamp(self.clock.now, UTC), "ref", origin=origin)

    async def watch(self, service: PresenceService, user_id: str, connection_id: str) -> Screen:
        """Connect somebody who watches; what they see."""
        origin = self.connect(service, user_id, connection_id)
        await self.look(service, user_id, origin)
        return origin.screen

    async def look(self, service: PresenceService, user_id: str, origin: Origin) -> None:
        origin.screen.load((await service.watch(self.unit(user_id, origin), WatchPresence())).people)
