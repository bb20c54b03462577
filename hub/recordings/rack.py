"""Everything about recordings that a node runs: services, the door of files, the composer."""

from pathlib import Path

from aiohttp import web

from hub.dispatch import Dispatcher
from hub.engine.settings import EngineSettings
from hub.identity import Identity
from hub.recordings.composing import Composer
from hub.recordings.door import RecordingDoor
from hub.recordings.store import SealedStore
from hub.recordings.viewings import Viewings
from services.accounts.tokens import RefreshTokens
from services.calls.book import CallBook
from services.calls.ports import MediaPort
from services.chat import Thread
from services.fields import FieldCipher
from services.membership import Membership
from services.outbox import Outbox
from services.ports import AuditPort, HistoryPort, LogPort, RoomsPort
from services.recordings import RecordingServices, Surroundings


class Rack:
    """Built with the node; `mount` before the HTTP rows, `close` on the way down."""

    def __init__(
        self, folder: Path, *, node: str, book: CallBook, media: MediaPort, cipher: FieldCipher, log: LogPort,
        history: HistoryPort, thread: Thread, membership: Membership, outbox: Outbox, lossy: RoomsPort,
        audit: AuditPort,
    ) -> None:  # fmt: skip
        store = SealedStore(folder)
        self.services = RecordingServices(
            Surroundings(
                node=node, book=book, media=media, store=store, cipher=cipher, log=log, history=history,
                thread=thread, membership=membership, outbox=outbox, lossy=lossy, audit=audit,
            )
        )  # fmt: skip
        self.viewings = Viewings(store, self.services.records, self.services.review)
        self.composer = Composer(self.services.composing, store)

    def mount(
        self, app: web.Application, dispatcher: Dispatcher, identity: Identity, engine: EngineSettings,
        refresh: RefreshTokens,
    ) -> None:  # fmt: skip
        """Serve files."""
        services = self.services
        RecordingDoor(
            dispatcher, identity, engine, services.links, refresh, services.review, self.viewings
        ).mount(app)  # fmt: skip

    async def close(self) -> None:
        """Nothing runs on: the film is left to somebody else, what was watched is told."""
        await self.composer.close()
        await self.services.close()
        await self.viewings.close()
