"""Appends the facts that state documents owe the log (`models.documents.owing`).

`settle` does it right after the write that caused them; a sweeper does the same for what a crash left behind. The
fact's client id is derived from the outbox entry, so doing it twice appends it once.
"""

from typing import Any

from models.documents.owing import OUTBOX_INDEX, Owing, PendingFact, dumped, pending
from models.streams import StreamId
from services.ports import Entry, LogPort, Position

__all__ = ["OUTBOX_DEVICE", "OUTBOX_INDEX", "Outbox", "Owing", "PendingFact", "dumped", "pending"]

OUTBOX_DEVICE = "outbox"
SWEEP_BATCH = 200


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
            entry = Entry(StreamId(owed.stream), owed.type, owed.by, OUTBOX_DEVICE, owed.cid, owed.data)
            positions.append(await self._log.append(entry))
        if facts:
            ids = [owed.id for owed in facts]
            await kind.get_pymongo_collection().update_one({"_id": key}, {"$pull": {"outbox": {"id": {"$in": ids}}}})
        return positions

    async def sweep(self) -> int:
        """Settle what crashes left behind; returns how many documents owed something."""
        found = 0
        for kind in self._owing:
            cursor = kind.get_pymongo_collection().find(
                {"outbox.id": {"$exists": True}}, {"outbox": 1}, limit=SWEEP_BATCH
            )
            async for raw in cursor:
                found += 1
                facts = [PendingFact.model_validate(owed) for owed in raw["outbox"]]
                await self._settle(kind, raw["_id"], facts)
        return found
