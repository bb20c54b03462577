"""Appends the facts that state documents owe the log (`models.documents.owing`).

`settle` does it right after the write that caused them; a sweeper does the same for what a crash left behind. The
fact's client id is derived from the outbox entry, so doing it twice appends it once.
"""

from typing import Any, Final

import pymongo
import structlog
from pymongo.errors import PyMongoError

from models.documents.owing import OUTBOX_INDEX, Owing, PendingFact, dumped, pending
from models.streams import StreamId
from services import state
from services.ports import Entry, LogPort, Position

__all__ = ["OUTBOX_DEVICE", "OUTBOX_INDEX", "Outbox", "Owing", "PendingFact", "dumped", "pending"]

OUTBOX_DEVICE: Final = "outbox"
SWEEP_BATCH: Final = 200

log = structlog.get_logger(__name__)


class Outbox:
    """Appends what state documents owe, in the order they owe it."""

    def __init__(self, log: LogPort, owing: tuple[type[Owing], ...]) -> None:
        self._log = log
        self._owing = owing

    async def settle(self, document: Owing) -> list[Position]:
        """Append everything `document` (as read after its update) still owes, then forget it.

        Raises `TryAgain` when the log does not confirm; the state is safe by then and the sweeper will finish.
        """
        return await self._settle(type(document), document.id, document.outbox)

    async def _settle(self, kind: type[Owing], key: Any, facts: list[PendingFact]) -> list[Position]:
        positions = []
        for owed in facts:
            entry = Entry(
                StreamId(owed.stream), owed.type, owed.by, OUTBOX_DEVICE, owed.cid, owed.data, owed.expires_at
            )
            positions.append(await self._log.append(entry))
        if facts:
            await self._forget(kind, key, [owed.id for owed in facts])
        return positions

    async def _forget(self, kind: type[Owing], key: Any, ids: list[str]) -> None:
        told = {"$pull": {"outbox": {"id": {"$in": ids}}}}
        try:
            with pymongo.timeout(state.WAIT_S):
                await state.collection_of(kind).update_one({"_id": key}, told)
        except PyMongoError as error:
            # The facts are in the log, which is what was promised; the sweeper will find them there and forget them.
            log.warning("told facts stay in an outbox for now", error=type(error).__name__)

    async def sweep(self) -> int:
        """Settle what crashes left behind; returns how many documents owed something."""
        found = 0
        for kind in self._owing:
            with pymongo.timeout(state.WAIT_S):
                owing = {"outbox.id": {"$exists": True}}
                async with state.collection_of(kind).find(owing, {"outbox": 1}, limit=SWEEP_BATCH) as cursor:
                    left = [raw async for raw in cursor]
            for raw in left:
                found += 1
                try:
                    facts = [PendingFact.model_validate(owed) for owed in raw["outbox"]]
                    await self._settle(kind, raw["_id"], facts)
                except Exception as error:  # noqa: BLE001  one that cannot be told must not silence the others
                    log.error("a document could not tell what it owes", kind=kind.__name__, error=type(error).__name__)
        return found
