"""One node of the hub: bus, services and doors over a database, from which an HTTP server can be made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from aiohttp import web

from handlers.jobs import mail as mail_jobs
from handlers.jobs import outbox as outbox_jobs
from handlers.jobs import presence as presence_jobs
from handlers.jobs import search as search_jobs
from handlers.routing import Job
from hub import gauges
from hub.audit.keys import AuditKeys
from hub.audit.log import AuditLog
from hub.audit.notary import Notary
from hub.audit.row import chain_of
from hub.bus.credit import Subscriber
from hub.bus.feed import Feed
from hub.bus.history import History
from hub.bus.indexes import EVENTS, META
from hub.bus.log import EventLog
from hub.bus.lossy import Rooms
from hub.bus.meta import LogMeta
from hub.bus.retention import Retention
from hub.bus.settings import SyncSettings
from hub.bus.subscriptions import Subscriptions
from hub.bus.sync import Sync
from hub.dispatch import Dispatcher
from hub.engine.server import EngineServer
from hub.engine.settings import EngineSettings
from hub.gateway import Gateway
from hub.health import Health, Ping
from hub.identity import Identity
from hub.jobs import COLLECTION as LEASES
from hub.jobs import Clock, Leases
from hub.lifecycle import Stage, go_down
from hub.media import metrics as media_metrics
from hub.metrics import Metrics
from hub.mongo.client import Client, Database, ping
from hub.presence.memory import MemoryLeases
from hub.presence.valkey import ValkeyLeases
from hub.rates import Rates
from hub.rest import MAX_BODY_BYTES, Rest, problems
from hub.roster import Roster
from hub.schema import OWING
from hub.tables import Services, http_routes, socket_routes
from hub.telephony import Neighbours, Telephony, TelephonySettings
from models.events.accounts import ACCOUNT_DISABLED, ACCOUNT_ROLE_CHANGED
from models.events.relationships import RELATIONSHIP_CHANGED
from models.events.sessions import SESSION_REVOKED
from models.events.sync import Synced
from models.ids import new_id
from models.streams import StreamKind
from services.accounts import AccountServices, AccountSettings
from services.chat import ChatService, Marks, Thread
from services.conversations import ConversationService, Review, Views
from services.membership import Membership
from services.notifications import NotificationService
from services.outbox import Outbox
from services.ports import AuditRow, MailPort
from services.presence import PresenceService
from services.relationships import Audience, Links, Recast, RelationshipService
from services.search import Indexer, SearchService
from services.stream_gate import StreamGate

MEMBERSHIP_FACTS: Final = (
    "conversation.opened", "conversation.closed", "conversation.reopened", "conversation.renamed",
    "member.joined", "member.left",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings(TelephonySettings):
    """The slices of configuration that a node hands to its parts."""

    accounts: AccountSettings
    audit_secret: bytes
    seals: Path
    engine: EngineSettings = field(default_factory=EngineSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    rate_scale: float = 1.0
    valkey_url: str | None = None
    keep: Mapping[StreamKind, timedelta] = field(default_factory=dict)
    """How long events of a kind of stream are kept; a kind that is missing is kept for ever."""


class Bus:
    """The bus as the gateway needs it for one connection."""

    def __init__(self, sync: Sync, subscriptions: Subscriptions) -> None:
        self._sync = sync
        self.ack = subscriptions.ack
        self.close = subscriptions.close

    async def sync(self, subscriber: Subscriber, cursors: Mapping[str, int], epoch: str | None = None) -> Synced:
        """Continue streams from where the client stands."""
        return await self._sync.sync(subscriber, cursors, epoch)


class Node:
    """Build it inside a running loop over a prepared database; `start`, serve `app`, `stop`."""

    def __init__(
        self, settings: NodeSettings, client: Client, database: Database, mail: MailPort | None = None
    ) -> None:
        self.boot_id = new_id()
        self._settings = settings
        self._client = client
        self.metrics = Metrics()
        events = database[EVENTS]
        self.meta = LogMeta(database[META])
        self.log = EventLog(events, self.boot_id)
        self.feed = Feed(events, self.boot_id, self.log.heads)
        self.log.announce_to(self.feed.appended)
        keys = AuditKeys(settings.audit_secret)
        self.notary = Notary(database, keys, chain_of(self.boot_id), settings.seals)
        self.audit = AuditLog(database, keys, self.notary, self.boot_id)
        self.rooms = Rooms(self.boot_id, settings.valkey_url)
        self.outbox = Outbox(self.log, OWING)
        self.accounts = AccountServices(settings.accounts, self.outbox, mail)
        self.identity = Identity(self.accounts.access)
        history = History(events)
        self._indexer = Indexer(events, history, Thread(history))
        self._leases = MemoryLeases() if settings.valkey_url is None else ValkeyLeases(settings.valkey_url)
        self._build_services(history)
        self.roster = Roster(self.metrics)
        self.dispatcher = Dispatcher(
            self.audit, Rates(monotonic, settings.rate_scale), self.rooms, self.metrics, self.boot_id
        )
        gate = StreamGate(self.membership)
        self.subscriptions = Subscriptions(self.feed, gate, self.rooms, settings.sync)
        self.feed.deliver_to(self.subscriptions.deliver)
        self._sync = Sync(self.log.reader, self.meta, self.feed, gate, self.subscriptions)
        self._retention = Retention(events, self.meta, settings.keep)
        self.clock = Clock(self._jobs(), Leases(database[LEASES], self.boot_id), self.metrics)
        self.health = Health(self.metrics, {"mongodb": self._ping, "feed": self._feed_alive}, self._optional())
        self.gateway: Gateway
        self.engine: EngineServer

    def _build_services(self, history: History) -> None:
        people = self.accounts.directory
        links = Links()
        self.audience = Audience(links)
        self.membership = Membership(self.log, self.outbox)
        thread, marks = Thread(history), Marks(self.outbox)
        self.presence = PresenceService(self.boot_id, self._leases, self.audience, self.rooms)
        self.review = Review(links, self.membership, self.outbox)
        views = Views(history, people, self.membership, thread, marks)
        near = Neighbours(
            self.boot_id, self.accounts, self.audit, history, links, self.log, self.rooms, self.membership, self.outbox,
            self.presence, thread,
        )  # fmt: skip
        self.telephony = Telephony(self._settings, self._settings.seals.parent / "recordings", near)
        self.media, self.media_processes = self.telephony.media, self.telephony.processes
        self.calls, self.connecting, self.rack = (
            self.telephony.calls, self.telephony.connecting, self.telephony.rack
        )  # fmt: skip
        self.services = Services(
            accounts=self.accounts,
            relationships=RelationshipService(links, people, self.outbox, self.audience, self.review),
            conversations=ConversationService(self.outbox, people, links, self.membership, self.review, views),
            chat=ChatService(self.log, self.membership, thread, marks),
            search=SearchService(history, self.membership, thread),
            notifications=NotificationService(self.log, history, self.outbox),
            presence=self.presence,
            calls=self.calls,
            connecting=self.connecting,
            recordings=self.rack.services,
        )
        self.recast = Recast(self.services.relationships)

    def _jobs(self) -> list[Job]:
        gateway = (
            Job("connections.expired", self._end_expired, every_s=1),
            Job("connections.revoked", self._end_revoked, every_s=5),
        )
        return [
            *gateway,
            *outbox_jobs.jobs(self.outbox, self.services.relationships, self.review, self.recast),
            *search_jobs.jobs(self._indexer),
            *mail_jobs.jobs(self.accounts.mailroom),
            *presence_jobs.jobs(self.presence),
            *self.telephony.jobs(),
            Job("audit.seal", self.notary.seal, every_s=293),
            Job("audit.refusals", self.dispatcher.refusals.tell, every_s=59),
            *([Job("log.retention", self._retention.run, every_s=61, exclusive=True)] if self._settings.keep else []),
        ]

    async def start(self) -> web.Application:
        """Begin to follow the log and to serve; the application is ready to be run."""
        epoch = await self.meta.epoch()
        await self.feed.start()
        await self.notary.start()
        await self.rooms.start()
        await self.presence.start()
        await self.telephony.start()
        self.gateway = Gateway(
            identity=self.identity,
            dispatcher=self.dispatcher,
            bus=Bus(self._sync, self.subscriptions),
            lossy=self.rooms,
            presence=self.presence,
            seats=self.calls.sightings,
            roster=self.roster,
            metrics=self.metrics,
            routes=socket_routes(self.services),
            boot_id=self.boot_id,
            epoch=epoch,
            ping_interval_s=self._settings.engine.ping_interval_s,
        )
        self._listen()
        await self.calls.sightings.beat()
        self.engine = EngineServer(self.gateway, self._settings.engine)
        gauges.watch(self.metrics, self.engine, self.roster, self.log, self.audit, self.rooms)
        media_metrics.watch(self.metrics, self.media, self.media_processes)
        app = web.Application(middlewares=[problems], client_max_size=MAX_BODY_BYTES)
        self.engine.attach(app)
        self.health.mount(app)
        self.rack.mount(app, self.dispatcher, self.identity, self._settings.engine, self.accounts.refresh)
        Rest(self.dispatcher, self.identity, self._settings.engine).mount(app, http_routes(self.services))
        await self.audit.record(AuditRow("", "", "hub.start", "", "ok", "job", self.boot_id[-8:]))
        self.clock.start()
        self.health.ready = True
        return app

    async def stop(self) -> None:
        """Readiness first, then goodbye to clients; what was begun finishes; stores last. Within 8 seconds."""
        self.health.ready = False
        self.engine.stop_accepting()
        self.media_processes.terminate()
        await go_down(
            [
                Stage("clients", self.gateway.drain, 2.0),
                Stage("sockets", self.engine.close, 1.5),
                Stage("jobs", self.clock.stop, 1.0),
                *self.telephony.stages(),
                Stage("presence", self._leave, 1.0),
                Stage("appends", self.log.close, 1.0),
                Stage("audit", self._close_audit, 1.0),
                Stage("feed", self.feed.close, 0.5),
            ]
        )
        self.subscriptions.stop()
        self.accounts.close()

    async def _leave(self) -> None:
        await self.presence.stop()
        if isinstance(self._leases, ValkeyLeases):
            await self._leases.close()
        await self.rooms.close()

    async def _close_audit(self) -> None:
        await self.dispatcher.refusals.tell()
        await self.audit.record(AuditRow("", "", "hub.stop", "", "ok", "job", self.boot_id[-8:]))
        await self.audit.close()
        await self.notary.close()

    async def _end_expired(self) -> None:
        await self.gateway.end_expired()

    async def _end_revoked(self) -> None:
        await self.gateway.end_revoked()

    def _listen(self) -> None:
        """Facts that change what this node believes, whoever wrote them."""
        self.feed.listen(SESSION_REVOKED.name, self.gateway.on_session_revoked)
        for spec in (ACCOUNT_DISABLED, ACCOUNT_ROLE_CHANGED):
            self.feed.listen(spec.name, self.gateway.on_account_changed)
        for name in MEMBERSHIP_FACTS:
            self.feed.listen(name, self.membership.hear)
        self.feed.listen(RELATIONSHIP_CHANGED.name, self.audience.hear)
        self.feed.listen(ACCOUNT_ROLE_CHANGED.name, self.recast.hear)
        for name, listener in self.calls.listeners():
            self.feed.listen(name, listener)

    async def _ping(self) -> None:
        await ping(self._client)

    def _optional(self) -> dict[str, Ping]:
        valkey = {} if self._settings.valkey_url is None else {"valkey": self._rooms_heard}
        relays = {"media": self.media.ping} if self.telephony.relayed else {}
        return {**valkey, **relays}

    async def _rooms_heard(self) -> None:
        if not self.rooms.connected:
            raise ConnectionError

    async def _feed_alive(self) -> None:
        if not self.feed.alive:
            raise ConnectionError
