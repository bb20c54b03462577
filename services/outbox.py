"""Facts that a state document still owes the log.

A document that changes and must tell about it is written once: the new state and the facts it causes go into one
atomic single-document update. `settle` then appends the facts and removes them; a sweeper does the same for what a
crash left behind. The fact's client id is derived from the outbox entry, so doing it twice appends it once.
"""

from typing import Any

from beanie import Document
from pydantic import BaseModel, Field
from pymongo import IndexModel

from models.events.base import F, FactSpec
from models.ids import SYSTEM, new_id
from models.streams import StreamId
from services.ports import Entry, LogPort, Position

OUTBOX_DEVICE = "outbox"
OUTBOX_INDEX = IndexModel([("outbox.id", 1)], name="outbox_pending", sparse=True)
SWEEP_BATCH = 200


class PendingFact(BaseModel):
    """One fact that is owed to a stream."""

    id: str = Field(default_factory=new_id)
    stream: str
    type: str
    by: str = SYSTEM
    data: dict[str, Any]

    @property
    def cid(self) -> str:
        """The client id under which the log knows this fact."""
        return f"ob:{self.id}"


def pending(spec: FactSpec[F], data: F, stream: StreamId, by: str = SYSTEM) -> PendingFact:
    """A fact to be stored with the state that causes it."""
    return PendingFact(stream=stream, type=spec.name, by=by, data=data.model_dump(mode="json"))


def dumped(*facts: PendingFact) -> list[dict[str, Any]]:
    """The facts as they stand inside an update document, for `{"$push": {"outbox": {"$each": …}}}`."""
    return [fact.model_dump() for fact in facts]


class Owing(Document):
    """A state document with an outbox. Add `OUTBOX_INDEX` to its indexes and register it with the `Outbox`."""

    outbox: list[PendingFact] = Field(default_factory=list)


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
