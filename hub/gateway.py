"""The socket door: admits signed-in clients, runs their commands in lanes, and ends them when their right ends."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from time import monotonic, time
from typing import Any, Final, Protocol

from pydantic import ValidationError

from handlers.routing import Route
from hub.connection import Connection
from hub.dispatch import Dispatcher, encode
from hub.engine.door import Refused, Reply
from hub.engine.frames import event_frame
from hub.engine.peer import Peer
from hub.identity import Identity
from hub.metrics import Metrics
from hub.roster import Roster
from hub.translate import ack_body, as_hub_error
from models import rooms, streams
from models.errors import Busy, GoodbyeCode, SessionEnded, TooFast, Unauthenticated, UnknownEvent
from models.events.sync import (
    AUTH_REFRESH,
    HS_ACK,
    HS_SYNC,
    HUB_WELCOME,
    PROTOCOL,
    Acknowledge,
    RefreshToken,
    Sync,
    Synced,
    TokenAccepted,
    Welcome,
)
from models.ids import SessionId, UserId
from services.ports import Event
from services.unit import Unit

MAX_SOCKETS_PER_USER: Final = 10
MAX_TOKEN_CHARS: Final = 4096
FULL_LANES_BEFORE_CUT: Final = 3
FULL_LANES_WINDOW_S: Final = 10.0
EXPIRY_GRACE_S: Final = 5.0
"""A client refreshes before its token runs out; this covers clocks and a slow answer."""

UNKNOWN_ACTION: Final = "command.unknown"


class SyncPort(Protocol):
    """What the gateway needs of the bus for one connection."""

    async def sync(self, subscriber: Any, cursors: Mapping[str, int], epoch: str | None = None) -> Synced: ...
    def ack(self, subscriber: Any, cursors: Mapping[str, int]) -> None: ...
    def close(self, subscriber: Any) -> None: ...


class RoomsPort(Protocol):
    """Lossy rooms of this node."""

    def join(self, room: str, member: Any) -> None: ...
    def leave_all(self, member: Any) -> None: ...


class PresenceHook(Protocol):
    """Told about connections coming and going; both only enqueue."""

    def connected(self, connection_id: str, user_id: UserId) -> None: ...
    def disconnected(self, connection_id: str) -> None: ...


class SeatsHook(Protocol):
    """Told that a connection is gone that may sit in a call; only enqueues."""

    def connection_gone(self, connection: Any) -> None: ...


class Gateway:
    """Implements the engine's `Door`."""

    def __init__(
        self,
        *,
        identity: Identity,
        dispatcher: Dispatcher,
        bus: SyncPort,
        lossy: RoomsPort,
        presence: PresenceHook,
        seats: SeatsHook,
        roster: Roster,
        metrics: Metrics,
        routes: Iterable[Route[Any, Any]],
        boot_id: str,
        epoch: str,
        ping_interval_s: float,
    ) -> None:
        self._identity = identity
        self._dispatcher = dispatcher
        self._bus = bus
        self._lossy = lossy
        self._presence = presence
        self._seats = seats
        self._roster = roster
        self._metrics = metrics
        self._routes: dict[str, Route[Any, Any]] = {route.spec.name: route for route in (*routes, *self._own_routes())}
        self._boot_id = boot_id
        self._epoch = epoch
        self._ping_interval_ms = int(ping_interval_s * 1000)
        self.open = True
        """False while the node goes down: nobody is admitted any more."""

    # -- the engine's door ------------------------------------------------------------------------------------------

    async def admit(self, peer: Peer, auth: object) -> None:
        """Let in whoever presents a living access token, up to ten sockets a person."""
        try:
            if not self.open:
                raise Busy(after_ms=1000)
            verified = self._identity.verify(_token(auth))
            if not await self._identity.sessions_alive([verified.actor.session_id]):
                raise SessionEnded
            if len(self._roster.of(verified.actor.user_id)) >= MAX_SOCKETS_PER_USER:
                raise TooFast(after_ms=5000)
        except Exception as error:  # noqa: BLE001  every refusal is told to the client as a code
            refused = as_hub_error(error)
            self._metrics.refused_connections.labels(refused.code.value).inc()
            await self._dispatcher.refuse("socket.connect", self._dispatcher.unit(None, peer.address), refused)
            raise Refused(refused.code.value, refused.text, {"retryable": refused.retryable}) from None
        connection = Connection(peer, verified.actor, verified.expires_at.timestamp())
        peer.context = connection
        self._roster.add(connection)
        self._lossy.join(rooms.user(connection.user_id), connection)
        self._presence.connected(connection.id, connection.user_id)
        peer.send(event_frame(HUB_WELCOME.name, encode(self._welcome(connection))))

    def receive(self, peer: Peer, name: str, payload: bytes, reply: Reply | None) -> None:
        """Queue one command in its lane; everything is answered, if an answer was asked for."""
        connection: Connection = peer.context
        if name == HS_ACK.name:
            self._acknowledge(connection, payload, reply)
            return
        route = self._routes.get(name)
        work = partial(self._perform, connection, route, payload, reply)
        if route is not None and route.spec.signal:
            queued = connection.lane(route.spec.lane).run(work, "lane")
        else:
            queued = connection.lane(HS_SYNC.lane if route is None else route.spec.lane).offer(work, "lane")
        if not queued:
            self._overfull(connection, reply)

    def gone(self, peer: Peer, reason: str) -> None:
        """Forget the connection. Commands already begun finish, since they may be durable already."""
        connection: Connection = peer.context
        for lane in connection.lanes():
            lane.close()
        self._roster.remove(connection)
        self._bus.close(connection)
        self._lossy.leave_all(connection)
        self._presence.disconnected(connection.id)
        self._seats.connection_gone(connection)

    # -- commands ---------------------------------------------------------------------------------------------------

    async def _perform(
        self, connection: Connection, route: Route[Any, Any] | None, payload: bytes, reply: Reply | None
    ) -> None:
        peer = connection.peer
        unit = self._dispatcher.unit(connection.actor, peer.address, peer.user_agent)
        unit.origin = connection
        try:
            if route is None:
                refused = UnknownEvent()
                await self._dispatcher.refuse(UNKNOWN_ACTION, unit, refused)
                raise refused
            spec = route.spec
            validator = spec.payload.__pydantic_validator__
            answer = await self._dispatcher.run(
                spec, route.method, unit, partial(validator.validate_json, payload or b"{}"), "socket"
            )
            body = b'{"ok":true,"data":' + encode(answer) + b"}"
        except Exception as error:  # noqa: BLE001  silence is a bug: whatever happened, the client is told a code
            body = ack_body(as_hub_error(error), unit.ref)
        if reply is not None:
            reply(body)

    def _own_routes(self) -> tuple[Route[Any, Any], ...]:
        return (Route(HS_SYNC, self._sync), Route(AUTH_REFRESH, self._refresh))

    async def _sync(self, unit: Unit, command: Sync) -> Synced:
        return await self._bus.sync(unit.origin, command.cur, command.epoch)

    async def _refresh(self, unit: Unit, command: RefreshToken) -> TokenAccepted:
        connection: Connection = unit.origin
        verified = await self._identity.refresh(connection.actor, command.token)
        connection.actor = verified.actor
        connection.expires_at = verified.expires_at.timestamp()
        return TokenAccepted(expires_at=verified.expires_at)

    def _acknowledge(self, connection: Connection, payload: bytes, reply: Reply | None) -> None:
        try:
            told: Acknowledge = Acknowledge.__pydantic_validator__.validate_json(payload or b"{}")
        except ValidationError as error:
            if reply is not None:
                reply(ack_body(as_hub_error(error), ""))
            connection.peer.malformed()  # no command, hence under no rate of one
            return
        self._bus.ack(connection, told.cur)
        if reply is not None:
            reply(b'{"ok":true,"data":{}}')

    def _overfull(self, connection: Connection, reply: Reply | None) -> None:
        if reply is not None:
            reply(ack_body(Busy(after_ms=500), ""))
        now = monotonic()
        recent = [moment for moment in connection.full_at or () if now - moment < FULL_LANES_WINDOW_S]
        recent.append(now)
        connection.full_at = recent[-FULL_LANES_BEFORE_CUT:]
        if len(recent) >= FULL_LANES_BEFORE_CUT and recent[-1] - recent[0] > 0:
            self._roster.end(connection, GoodbyeCode.TOO_FAST)

    def _welcome(self, connection: Connection) -> Welcome:
        return Welcome(
            protocol=PROTOCOL,
            epoch=self._epoch,
            user_id=connection.user_id,
            session_id=connection.actor.session_id,
            node=self._boot_id,
            server_time=datetime.now(UTC),
            expires_at=datetime.fromtimestamp(connection.expires_at, UTC),
            ping_interval_ms=self._ping_interval_ms,
        )

    # -- rights that end ----------------------------------------------------------------------------------------------

    def on_session_revoked(self, event: Event) -> None:
        """Log listener: a session was revoked, on any node."""
        self._identity.forget(SessionId(event.data["session_id"]))
        self._roster.end_session(UserId(_owner(event)), SessionId(event.data["session_id"]))

    def on_account_changed(self, event: Event) -> None:
        """Log listener: an account was disabled or has another role; its tokens say what is no longer true."""
        user_id = UserId(_owner(event))
        for connection in self._roster.of(user_id):
            self._identity.forget(connection.actor.session_id)
        self._roster.end_user(user_id)

    async def end_expired(self) -> None:
        """Each second: connections whose token ran out without a refresh."""
        limit = time() - EXPIRY_GRACE_S
        for connection in [found for found in self._roster if found.expires_at < limit]:
            self._roster.end(connection, GoodbyeCode.TOKEN_EXPIRED)

    async def end_revoked(self) -> None:
        """Each five seconds: the safety net under `on_session_revoked`, in one query."""
        connected = self._roster.sessions()
        alive = await self._identity.sessions_alive(connected) if connected else set()
        for connection in [found for found in self._roster if found.actor.session_id not in alive]:
            if connection.actor.session_id in connected:
                self._roster.end(connection, GoodbyeCode.SESSION_ENDED)

    async def drain(self) -> None:
        """Going down: nobody new, goodbye to everybody, and what has begun finishes."""
        self.open = False
        working = [lane.task for found in self._roster for lane in found.lanes() if lane.task is not None]
        self._roster.end_all()
        if working:
            await asyncio.wait(working)


def _token(auth: object) -> str:
    token = auth.get("token") if isinstance(auth, Mapping) else None
    if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_CHARS:
        raise Unauthenticated
    return token


def _owner(event: Event) -> str:
    return streams.parse(event.stream)[1]
