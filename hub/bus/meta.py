"""Facts about the log itself: its epoch, and how far each stream's oldest prefix has been removed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pymongo
from pymongo import ReadPreference
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from hub.bus.entry import Document
from models.ids import new_id
from services.rounds import Rounds

_EPOCH: Final = "epoch"
_FLOOR: Final = "floor:"
_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """The epoch, and the retention floors of the streams asked for (absent ones are 0)."""

    epoch: str
    floors: dict[str, int]


class LogMeta:
    """The collection `meta`, read and written under majority."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._meta = collection.with_options(
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern(w="majority", j=True, wtimeout=5000),
        )
        self._rounds = Rounds(self._read)

    async def epoch(self) -> str:
        """The log's epoch; made when the log is new. Cursors of another epoch mean nothing."""
        with pymongo.timeout(_TIMEOUT_S):
            await self._meta.update_one({"_id": _EPOCH}, {"$setOnInsert": {"value": new_id()}}, upsert=True)
        return (await self.bounds(())).epoch

    async def bounds(self, streams: Collection[str]) -> Bounds:
        """Epoch and floors in one read."""
        stored = await self._rounds.ask([_EPOCH, *(_FLOOR + stream for stream in streams)])
        epoch = str(stored.pop(_EPOCH)["value"]) if _EPOCH in stored else ""
        return Bounds(epoch, {key.removeprefix(_FLOOR): int(floor["n"]) for key, floor in stored.items()})

    async def _read(self, keys: list[str]) -> dict[str, Document]:
        with pymongo.timeout(_TIMEOUT_S):
            async with self._meta.find({"_id": {"$in": keys}}) as cursor:
                return {stored["_id"]: stored async for stored in cursor}

    async def raise_floor(self, stream: str, n: int) -> None:
        """From now on nobody is given numbers up to `n`. Never lowers a floor."""
        with pymongo.timeout(_TIMEOUT_S):
            await self._meta.update_one({"_id": _FLOOR + stream}, {"$max": {"n": n}}, upsert=True)

    async def renew_epoch(self) -> str:
        """Part of a restore or repair: every client discards what it has."""
        epoch = new_id()
        with pymongo.timeout(_TIMEOUT_S):
            await self._meta.update_one({"_id": _EPOCH}, {"$set": {"value": epoch}}, upsert=True)
        return epoch
