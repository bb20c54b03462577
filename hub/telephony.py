"""Everything of a node that is about calls: media processes, the call engine, paths, recordings."""

from dataclasses import dataclass, field
from pathlib import Path

import structlog

from handlers.jobs import calls as call_jobs
from handlers.jobs import paths as path_jobs
from handlers.jobs import recordings as recording_jobs
from handlers.routing import Job
from hub.bus.history import History
from hub.bus.lossy import Rooms
from hub.lifecycle import Stage
from hub.machine import machine
from hub.media.pool import Pool
from hub.media.settings import MediaSettings
from hub.media.supervisor import Supervisor
from hub.recordings.rack import Rack
from hub.turn.probe import Probe
from models.media import Event
from services.accounts import AccountServices
from services.calls.assembly import CallServices
from services.calls.connecting import Connecting, PathSettings
from services.calls.heartbeats import Heartbeats
from services.calls.rights import Rights
from services.calls.settings import CallSettings
from services.calls.turn import TurnServers, TurnSettings
from services.chat import Thread
from services.membership import Membership
from services.outbox import Outbox
from services.ports import AuditPort, LogPort
from services.presence import PresenceService
from services.relationships import Links

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TelephonySettings:
    """Slices of configuration."""

    media: MediaSettings | None = None
    recordings: Path | None = None
    """Folder that media processes write recordings to; without one, beside the seals."""
    calls: CallSettings = field(default_factory=CallSettings)
    turn: TurnSettings = field(default_factory=TurnSettings)
    paths: PathSettings = field(default_factory=PathSettings)
    machine: str = field(default_factory=machine)
    """Where this node runs."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The parts of the node that calls rest on."""

    boot_id: str
    accounts: AccountServices
    audit: AuditPort
    history: History
    links: Links
    log: LogPort
    lossy: Rooms
    membership: Membership
    outbox: Outbox
    presence: PresenceService
    thread: Thread


class Telephony:
    """Built with the node; `start` and the stages of its end belong to the node's."""

    def __init__(self, settings: TelephonySettings, recordings: Path, near: Neighbours) -> None:
        media = settings.media or MediaSettings(secret=b"")
        self.relayed = bool(media.processes or media.urls)
        """Whether there should be media processes."""
        self._by_socket = bool(media.processes) or any(url.startswith("unix:") for url in media.urls)
        self._heartbeats = Heartbeats(near.boot_id, settings.machine)
        self.media = Pool(media, self._heartbeats.is_elsewhere)
        self.processes = Supervisor(media, self.media, near.boot_id)
        turn = TurnServers(settings.turn)
        rights = Rights(near.membership, near.accounts.directory, near.links)
        self.calls = CallServices(
            near.boot_id, self._heartbeats, settings.calls, near.outbox, near.lossy, near.presence, rights,
            near.accounts.guests, turn,
        )  # fmt: skip
        self.connecting = Connecting(
            near.boot_id, settings.paths, self.calls.book, near.lossy, self.media, turn, Probe(self.media, turn)
        )
        self.rack = Rack(
            settings.recordings or recordings, node=near.boot_id, book=self.calls.book, media=self.media,
            cipher=near.accounts.cipher, log=near.log, history=near.history, thread=near.thread,
            membership=near.membership, outbox=near.outbox, lossy=near.lossy, audit=near.audit,
        )  # fmt: skip

    def jobs(self) -> list[Job]:
        """What the clock does for calls."""
        return [
            *call_jobs.jobs(self.calls),
            *recording_jobs.jobs(self.rack.services, self.rack.composer.tick, self.rack.viewings.tell),
            *path_jobs.jobs(self.connecting.steering, self.connecting.tests),
            Job("media.machines", self.look_around, every_s=7),
        ]

    async def start(self) -> None:
        """Link to media processes and start our own."""
        self.media.listen(self._told, self._lost)
        self.media.start()
        await self.processes.start()

    async def look_around(self) -> None:
        """Find out whether there are nodes that cannot reach media processes of this one, and say so once."""
        divided = await self._heartbeats.has_others_elsewhere()
        if divided and not self.media.divided and self._by_socket:
            log.error("nodes run on several machines and cannot reach each other's media processes: set MEDIA_URLS")
        self.media.divided = divided

    def stages(self) -> list[Stage]:
        """The way down: seats are given up, paths and recordings rest, media processes end."""
        return [
            Stage("calls", self.calls.sightings.stop, 1.0),
            Stage("paths", self.connecting.close, 0.5),
            Stage("recordings", self.rack.close, 1.0),
            Stage("media", self.processes.stop, 1.5),
            Stage("media links", self.media.close, 0.5),
        ]

    async def _told(self, process: str, event: Event) -> None:
        await self.connecting.news.on_event(process, event)
        await self.rack.services.recorder.on_event(process, event)

    async def _lost(self, process: str) -> None:
        await self.connecting.steering.on_lost(process)
        await self.rack.services.recorder.on_lost(process)
