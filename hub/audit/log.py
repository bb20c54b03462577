"""Appends audit rows to this node's chain: compare-and-append with group commit, one insert in flight."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import pymongo
import structlog
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from hub.audit.ending import end
from hub.audit.keys import AuditKeys
from hub.audit.notary import Notary
from hub.audit.row import GENESIS, ROWS, Document, Fields, chain_of, chained, within
from hub.audit.settings import AuditSettings
from models.errors import TryAgain
from services.audit import ACTIONS, DOORS, OK, OUTCOMES
from services.ports import AuditRow

RETRY_AFTER_MS: Final = 500
STRANGERS_SHARE: Final = 4
"""Refusals before sign-in may fill one part in so many of the queue; the rest is kept for people at work."""
_FIRST_BACKOFF_S: Final = 0.005
_LAST_BACKOFF_S: Final = 0.5

T = TypeVar("T")

log = structlog.get_logger(__name__)

Waiting = tuple[Fields, "asyncio.Future[None]", float]
"""A row, who waits for it, and until when on the loop's clock."""


class AuditLog:
    """Implements `services.ports.AuditPort`.

    A row's number is settled by the unique `_id`. Whatever an insert leaves unclear is read back under majority:
    rows found with our hash are ours, the others are chained again behind the new end. Chaining is a function of
    position, predecessor and content, so an insert that the database finishes late writes the very row we retry.
    """

    def __init__(
        self,
        database: AsyncDatabase[Document],
        keys: AuditKeys,
        notary: Notary,
        boot_id: str,
        settings: AuditSettings | None = None,
        chain: str | None = None,
    ) -> None:
        self._settings = settings or AuditSettings()
        self._rows = database.get_collection(
            ROWS,
            read_preference=ReadPreference.PRIMARY,
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern("majority", j=True, wtimeout=int(self._settings.attempt_s * 1000)),
        )
        self._keys = keys
        self._notary = notary
        self._node = boot_id
        self.chain: Final = chain or chain_of(boot_id)
        self._end: tuple[int, bytes] | None = None
        """Number and hash of the last row of the chain, as far as we know; None when it must be read."""
        self._waiting: deque[Waiting] = deque()
        self._in_flight = 0
        self._strangers = 0
        """Of the rows not yet durable: refusals of people who have not signed in."""
        self._pump: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def waiting(self) -> int:
        """Rows accepted and not yet durable."""
        return len(self._waiting) + self._in_flight

    def record(self, row: AuditRow) -> "asyncio.Future[None]":
        """Resolves when the row is majority-durable; raises TryAgain, or ValueError outside the vocabulary."""
        if row.action not in ACTIONS or row.outcome not in OUTCOMES or row.door not in DOORS:
            raise ValueError("not in the audit vocabulary")
        if self._closed or self.waiting >= self._settings.waiting_rows:
            raise TryAgain(after_ms=RETRY_AFTER_MS)
        stranger = not row.actor and row.outcome != OK
        if stranger and self._strangers >= self._settings.waiting_rows // STRANGERS_SHARE:
            raise TryAgain(after_ms=RETRY_AFTER_MS)
        self._strangers += stranger
        pseudonym = self._keys.pseudonym
        fields: Fields = {
            "ts": int(time.time() * 1000),
            "node": self._node,
            "actor": pseudonym(row.actor),
            "session": pseudonym(row.session),
            "action": row.action,
            "resource": pseudonym(row.resource),
            "outcome": row.outcome,
            "door": row.door,
            "ref": row.ref,
        }
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._waiting.append((fields, future, loop.time() + self._settings.wait_s))
        if self._pump is None:
            self._pump = loop.create_task(self._run(), name="audit-append")
        return future

    async def close(self, timeout_s: float = 5.0) -> None:
        """Accept nothing more, let what waits become durable, then stop. The notary is closed by its owner."""
        self._closed = True
        pump = self._pump
        if pump is None:
            return
        await asyncio.wait((pump,), timeout=timeout_s)
        if not pump.done():
            log.error("audit rows not written at shutdown", rows=self.waiting)
            await end(pump)
        for _, future, _ in self._waiting:
            _give_up(future)

    async def _run(self) -> None:
        """Write batch after batch until nothing waits."""
        # Rows recorded in the same turn of the loop travel together.
        await asyncio.sleep(0)
        batch: list[Waiting] = []
        try:
            while self._waiting:
                size = min(len(self._waiting), self._settings.batch_rows)
                batch = [self._waiting.popleft() for _ in range(size)]
                self._in_flight = size
                await self._write(batch)
                self._in_flight = 0
        finally:
            self._in_flight = 0
            self._pump = None
            for _, future, _ in batch:
                _give_up(future)

    async def _write(self, batch: list[Waiting]) -> None:
        """Chain and insert until every row of the batch is durable."""
        while batch:
            if self._end is None:
                self._end = await self._settled(self._read_end, batch)
            documents = self._chained(batch, *self._end)
            try:
                with pymongo.timeout(self._settings.attempt_s):
                    await self._rows.insert_many(documents)
                durable = len(documents)
                self._end = (documents[-1]["n"], documents[-1]["hash"])
            except PyMongoError as error:
                log.warning("audit rows not confirmed", error=type(error).__name__, rows=len(batch))
                durable, self._end = await self._settled(partial(self._look_for, documents), batch)
            if durable:
                self._notary.note(documents[durable - 1]["n"], documents[durable - 1]["hash"], durable)
                for fields, future, _ in batch[:durable]:
                    self._strangers -= not fields["actor"] and fields["outcome"] != OK
                    if not future.done():
                        future.set_result(None)
                del batch[:durable]

    async def _settled(self, read: Callable[[], Awaitable[T]], batch: list[Waiting]) -> T:
        """Read until the database answers; meanwhile callers who have waited too long are told to try again."""
        troubles = 0
        while True:
            # Nodes that compete for one chain must not march in step.
            await asyncio.sleep(random.random() * min(_FIRST_BACKOFF_S * 2**troubles, _LAST_BACKOFF_S))
            self._release_overdue(batch)
            try:
                with pymongo.timeout(self._settings.attempt_s):
                    return await read()
            except PyMongoError as error:
                log.warning("audit chain not readable", error=type(error).__name__)
            troubles = min(troubles + 1, 10)

    def _chained(self, batch: list[Waiting], n: int, prev: bytes) -> list[Document]:
        documents = []
        for fields, _, _ in batch:
            n += 1
            document = chained(fields, self.chain, n, prev)
            prev = document["hash"]
            documents.append(document)
        return documents

    async def _read_end(self) -> tuple[int, bytes]:
        last = await self._rows.find_one(within(self.chain), {"n": 1, "hash": 1}, sort=[("_id", -1)])
        return (0, GENESIS) if last is None else (int(last["n"]), bytes(last["hash"]))

    async def _look_for(self, documents: list[Document]) -> tuple[int, tuple[int, bytes]]:
        """How many of the documents, from the first on, are in the chain, and where the chain ends.

        Both come from one majority read: an insert that is still under way in the database cannot slip in between.
        """
        span = {"_id": within(self.chain)["_id"] | {"$gte": documents[0]["_id"]}}
        rows = await self._rows.find(span, {"n": 1, "hash": 1}, sort=[("_id", 1)]).to_list()
        durable = 0
        for row, document in zip(rows, documents, strict=False):
            if row["_id"] != document["_id"] or row["hash"] != document["hash"]:
                break
            durable += 1
        if rows:
            return durable, (int(rows[-1]["n"]), bytes(rows[-1]["hash"]))
        return 0, (documents[0]["n"] - 1, documents[0]["prev"])

    def _release_overdue(self, batch: list[Waiting]) -> None:
        """Tell callers who have waited too long to try again; their rows stay, since the commands did run."""
        if not batch:
            return
        now = asyncio.get_running_loop().time()
        for waiting in (batch, self._waiting):
            for _, future, deadline in waiting:
                if deadline > now:
                    break
                _give_up(future)


def _give_up(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_exception(TryAgain(after_ms=RETRY_AFTER_MS))
