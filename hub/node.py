"""One node of the hub: bus, services and doors over a database, from which an HTTP server can be made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

from aiohttp import web
from beanie import Document

from handlers.jobs import calls as call_jobs
from handlers.jobs import mail as mail_jobs
from handlers.jobs import outbox as outbox_jobs
from handlers.jobs import paths as path_jobs
from handlers.jobs import presence as presence_jobs
from handlers.jobs import recordings as recording_jobs
from handlers.jobs import search as search_jobs
from handlers.routing import Job
from hub.audit.keys import AuditKeys
from hub.audit.log import AuditLog
from hub.audit.notary import Notary
from hub.audit.row import chain_of
from hub.bus.credit import Subscriber
from hub.bus.feed import Feed
from hub.bus.history import History
from hub.bus.indexes import EVENTS, META
from hub.bus.indexes import create_indexes as create_event_indexes
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
from hub.media.pool import Pool
from hub.media.settings import MediaSettings
from hub.media.supervisor import Supervisor
from hub.metrics import Metrics
from hub.mongo.client import Client, Database, bind_documents, create_indexes, ping
from hub.presence.memory import MemoryLeases
from hub.presence.valkey import ValkeyLeases
from hub.rates import Rates
from hub.recordings.rack import Rack
from hub.rest import MAX_BODY_BYTES, Rest, problems
from hub.roster import Roster
from hub.tables import Services, http_routes, socket_routes
from hub.turn.probe import Probe
from models.documents.conversation import Conversation
from models.documents.follower import Follower
from models.documents.inbox_reads import InboxReads
from models.documents.indexed_message import IndexedMessage
from models.documents.mark import Mark
from models.documents.presence import PresenceRecord
from models.documents.relationship import Relationship
from models.events.accounts import ACCOUNT_DISABLED, ACCOUNT_ROLE_CHANGED
from models.events.relationships import RELATIONSHIP_CHANGED
from models.events.sessions import SESSION_REVOKED
from models.events.sync import Synced
from models.ids import new_id
from models.media import Event as MediaEvent
from models.streams import StreamKind
from services.accounts import DOCUMENTS as ACCOUNT_DOCUMENTS
from services.accounts import OWING as ACCOUNT_OWING
from services.accounts import AccountServices, AccountSettings
from services.calls.assembly import DOCUMENTS as CALL_DOCUMENTS
from services.calls.assembly import OWING as CALL_OWING
from services.calls.assembly import CallServices
from services.calls.connecting import Connecting, PathSettings
from services.calls.rights import Rights
from services.calls.settings import CallSettings
from services.calls.turn import TurnServers, TurnSettings
from services.chat import ChatService, Marks, Thread
from services.conversations import ConversationService, Review, Views
from services.membership import Membership
from services.notifications import NotificationService
from services.outbox import Outbox
from services.ports import AuditRow, MailPort
from services.presence import PresenceService
from services.recordings import DOCUMENTS as RECORDING_DOCUMENTS
from services.recordings import OWING as RECORDING_OWING
from services.relationships import Audience, Links, Recast, RelationshipService
from services.search import Indexer, SearchService
from services.stream_gate import StreamGate

DOCUMENTS: Final[tuple[type[Document], ...]] = (
    *ACCOUNT_DOCUMENTS, *CALL_DOCUMENTS, Conversation, Follower, InboxReads, IndexedMessage, Mark, PresenceRecord,
    Relationship, *RECORDING_DOCUMENTS,
)  # fmt: skip
OWING: Final = (*ACCOUNT_OWING, *CALL_OWING, *RECORDING_OWING, Relationship, Conversation, Mark, InboxReads)
MEMBERSHIP_FACTS: Final = (
    "conversation.opened", "conversation.closed", "conversation.reopened", "conversation.renamed",
    "member.joined", "member.left",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NodeSettings:
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
    media: MediaSettings | None = None
    recordings: Path | None = None
    """Folder that media processes write recordings to; without one, beside the seals."""
    calls: CallSettings = field(default_factory=CallSettings)
    turn: TurnSettings = field(default_factory=TurnSettings)
    paths: PathSettings = field(default_factory=PathSettings)


class Bus:
    """The bus as the gateway needs it for one connection."""

    def __init__(self, sync: Sync, subscriptions: Subscriptions) -> None:
        self._sync = sync
        self.ack = subscriptions.ack
        self.close = subscriptions.close

    async def sync(self, subscriber: Subscriber, cursors: Mapping[str, int], epoch: str | None = None) -> Synced:
        """Continue streams from where the client stands."""
        return await self._sync.sync(subscriber, cursors, epoch)


async def prepare(database: Database) -> None:
    """Bind the documents and make every index; before the first node on this database starts."""
    await bind_documents(database, DOCUMENTS)
    await create_event_indexes(database)
    await create_indexes(database, DOCUMENTS)


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
        media = settings.media or MediaSettings(secret=b"")
        self.media = Pool(media)
        self.media_processes = Supervisor(media, self.media)
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
        turn = TurnServers(self._settings.turn)
        self.calls = CallServices(
            self.boot_id, self._settings.calls, self.outbox, self.rooms, self.presence,
            Rights(self.membership, people, links), self.accounts.guests, turn,
        )  # fmt: skip
        self.connecting = Connecting(
            self.boot_id, self._settings.paths, self.calls.book, self.rooms, self.media, turn, Probe(self.media, turn)
        )
        self.rack = Rack(
            self._settings.recordings or self._settings.seals.parent / "recordings", node=self.boot_id,
            book=self.calls.book, media=self.media, cipher=self.accounts.cipher, log=self.log, history=history,
            thread=thread, membership=self.membership, outbox=self.outbox, lossy=self.rooms, audit=self.audit,
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
            *call_jobs.jobs(self.calls),
            *recording_jobs.jobs(self.rack.services, self.rack.composer.tick, self.rack.viewings.tell),
            *path_jobs.jobs(self.connecting.steering, self.connecting.tests),
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
        self.media.listen(self._media_told, self._media_lost)
        self.media.start()
        await self.media_processes.start()
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
        self._watch()
        app = web.Application(middlewares=[problems], client_max_size=MAX_BODY_BYTES)
        self.engine.attach(app)
        self.health.mount(app)
        self.rack.mount(app, self.dispatcher, self.identity, self._settings.engine)
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
                Stage("calls", self.calls.sightings.stop, 1.0),
                Stage("paths", self.connecting.close, 0.5),
                Stage("recordings", self.rack.close, 1.0),
                Stage("media", self.media_processes.stop, 1.5),
                Stage("media links", self.media.close, 0.5),
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

    async def _media_told(self, process: str, event: MediaEvent) -> None:
        await self.connecting.news.on_event(process, event)
        await self.rack.services.recorder.on_event(process, event)

    async def _media_lost(self, process: str) -> None:
        await self.connecting.steering.on_lost(process)
        await self.rack.services.recorder.on_lost(process)

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

    def _watch(self) -> None:
        """Gauges that are read when somebody looks."""
        metrics, engine = self.metrics, self.engine
        metrics.watch_family(
            "carewire_sockets", "Open sockets.", "transport",
            lambda: {name: float(number) for name, number in engine.sockets_by_transport.items()},
        )  # fmt: skip
        metrics.watch("carewire_connections", "Signed-in connections.", lambda: float(len(self.roster)))
        metrics.watch("carewire_appends_waiting", "Facts accepted and not yet durable.", lambda: self.log.unanswered)
        metrics.watch("carewire_audit_waiting", "Audit rows not yet durable.", lambda: self.audit.waiting)
        metrics.watch("carewire_rooms_connected", "1 while other nodes are heard.", lambda: float(self.rooms.connected))
        metrics.watch_total(
            "carewire_rooms_dropped", "Lossy facts not told to other nodes.", lambda: self.rooms.dropped
        )
        media_metrics.watch(metrics, self.media, self.media_processes)
        counters = engine.counters
        metrics.watch_total("carewire_frames_in", "Packets received.", lambda: counters.frames_in)
        metrics.watch_total("carewire_frames_out", "Packets sent.", lambda: counters.frames_out)
        metrics.watch_total("carewire_malformed", "Packets no stock client sends.", lambda: counters.malformed)
        metrics.watch_total("carewire_engine_faults", "Exceptions out of the door.", lambda: counters.faults)
        metrics.watch_totals("carewire_sockets_ended", "Sockets ended.", "reason", lambda: counters.ended)
        metrics.watch_totals("carewire_engine_refused", "Requests and joins refused.", "code", lambda: counters.refused)

    async def _ping(self) -> None:
        await ping(self._client)

    def _optional(self) -> dict[str, Ping]:
        valkey = {} if self._settings.valkey_url is None else {"valkey": self._rooms_heard}
        media = self._settings.media
        relays = {"media": self.media.ping} if media is not None and (media.processes or media.urls) else {}
        return {**valkey, **relays}

    async def _rooms_heard(self) -> None:
        if not self.rooms.connected:
            raise ConnectionError

    async def _feed_alive(self) -> None:
        if not self.feed.alive:
            raise ConnectionError
