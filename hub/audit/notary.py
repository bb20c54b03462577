"""Witnesses the end of this node's chain: its head soon after each batch, a seal now and then."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import pymongo
import structlog
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.write_concern import WriteConcern

from hub.audit.ending import end
from hub.audit.estate import unsealed
from hub.audit.keys import AuditKeys
from hub.audit.row import HEADS, SEALS, Document
from hub.audit.seal import Head, Seal
from hub.audit.settings import AuditSettings
from hub.audit.store import SealStore

MAX_UNSTORED: Final = 1000

log = structlog.get_logger(__name__)


class Notary:
    """Writes heads and seals behind the appends, so that no caller ever waits for it."""

    def __init__(
        self,
        database: AsyncDatabase[Document],
        keys: AuditKeys,
        chain: str,
        seals: Path,
        settings: AuditSettings | None = None,
    ) -> None:
        self._settings = settings or AuditSettings()
        concern = WriteConcern("majority", wtimeout=int(self._settings.attempt_s * 1000))
        self._heads = database.get_collection(HEADS, write_concern=concern)
        self._seals = database.get_collection(SEALS, write_concern=concern)
        self._database = database
        self._keys = keys
        self._chain = chain
        self._store = SealStore(seals)
        self._end: tuple[int, bytes] | None = None
        self._unsealed = 0
        self._unstored: list[Seal] = []
        """Seals that are in the file and not yet in the database."""
        self._noted = asyncio.Event()
        self._sealing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the file, bring to the database what a crash kept from it, seal what killed nodes left, and watch."""
        await asyncio.to_thread(self._store.open)
        self._unstored = [seal for seal in self._store.recent if seal.genuine(self._keys)]
        await self._store_seals()
        for left in await unsealed(self._database, self._keys):
            async with self._sealing:
                await self._add(left.chain, left.n, left.hash)
        self._task = asyncio.create_task(self._watch(), name="audit-notary")

    def note(self, n: int, digest: bytes, rows: int) -> None:
        """`rows` more rows are durable, and the last of them is number `n` with this hash."""
        self._end = (n, digest)
        self._unsealed += rows
        self._noted.set()

    async def seal(self) -> None:
        """Seal the end of the chain if anything was added since the last seal."""
        async with self._sealing:
            if self._end is not None and self._unsealed:
                n, digest = self._end
                rows, self._unsealed = self._unsealed, 0
                if not await self._add(self._chain, n, digest):
                    self._unsealed += rows
                    return
            await self._store_seals()

    async def _add(self, chain: str, n: int, digest: bytes) -> bool:
        """Sign one more seal, write it to the file and then to the database; False if the file cannot be written."""
        seal = Seal(chain, n, digest, _now_ms(), self._store.store, self._store.next_q).signed(self._keys)
        try:
            await asyncio.to_thread(self._store.add, seal)
        except OSError as error:
            log.error("audit seal not written to its file", error=type(error).__name__)
            return False
        self._unstored.append(seal)
        await self._store_seals()
        return True

    async def close(self) -> None:
        """Write the last head and the last seal, then stop."""
        if self._task is not None:
            await end(self._task)
            self._task = None
            await self._write_head()
            await self.seal()

    async def _watch(self) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            await self._write_head()
            if self._unsealed >= self._settings.seal_rows:
                await self.seal()
            await asyncio.sleep(self._settings.head_every_s)

    async def _write_head(self) -> None:
        if self._end is None:
            return
        head = Head(self._chain, *self._end, _now_ms())
        try:
            # Another node on this chain may have written a later head: then the upsert meets it and there is nothing
            # to do.
            with suppress(DuplicateKeyError), pymongo.timeout(self._settings.attempt_s):
                await self._heads.update_one(
                    {"_id": self._chain, "n": {"$lt": head.n}}, {"$set": head.document(self._keys)}, upsert=True
                )
        except PyMongoError as error:
            self._noted.set()
            log.warning("audit head not written", error=type(error).__name__)

    async def _store_seals(self) -> None:
        """Bring seals to the database; those it does not take now wait for the next time."""
        while self._unstored:
            try:
                with suppress(DuplicateKeyError), pymongo.timeout(self._settings.attempt_s):
                    await self._seals.insert_one(self._unstored[0].document())
            except PyMongoError as error:
                log.warning("audit seal not stored", error=type(error).__name__, seals=len(self._unstored))
                # Older ones are read back from the file at the next start.
                del self._unstored[:-MAX_UNSTORED]
                return
            del self._unstored[0]


def _now_ms() -> int:
    return int(time.time() * 1000)
