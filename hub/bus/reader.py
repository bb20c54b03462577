"""Majority reads of the log. Everything here is a range of `_id` or a seek in the index of commands."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC
from typing import Any, Final

import pymongo
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, DESCENDING, ReadPreference
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from hub.bus.entry import Document, Name, event_of, key, size_of
from models.errors import TryAgain
from models.streams import StreamId
from services.ports import Event
from services.rounds import Rounds

READ_S: Final = 5.0
HEADS_PER_COMMAND: Final = 50

_DECODED: Final[CodecOptions[Document]] = CodecOptions(tz_aware=True, tzinfo=UTC)
_AFTER_KEYS: Final = "$"
"""The character after `#`: `<s>$` is the first key behind every `<s>#…`."""


class LogReader:
    """The log as the majority of the database's members have it, read from the primary."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._events = collection.with_options(
            codec_options=_DECODED, read_concern=ReadConcern("majority"), read_preference=ReadPreference.PRIMARY
        )
        self._rounds = Rounds(self._read_heads)

    async def head(self, stream: str) -> int:
        """The number of the newest event, 0 for a stream without any."""
        return (await self.heads([stream]))[stream]

    async def heads(self, streams: Collection[str]) -> dict[str, int]:
        """The heads of many streams, a bounded number per command; callers with few share their commands."""
        return await (self._rounds.ask(streams) if len(streams) <= HEADS_PER_COMMAND else self._read_heads(streams))

    async def _read_heads(self, streams: Collection[str]) -> dict[str, int]:
        wanted = list(streams)
        heads = dict.fromkeys(wanted, 0)
        for start in range(0, len(wanted), HEADS_PER_COMMAND):
            first, *others = [_newest(stream) for stream in wanted[start : start + HEADS_PER_COMMAND]]
            unions = [{"$unionWith": {"coll": self._events.name, "pipeline": other}} for other in others]
            with pymongo.timeout(READ_S):
                cursor = await self._events.aggregate([*first, *unions])
                async for found in cursor:
                    heads[found["s"]] = int(found["n"])
        return heads

    async def read(
        self, stream: str, after: int, limit: int, max_bytes: int, types: Collection[str] | None = None
    ) -> list[Event]:
        """Events with `n > after`, ascending; at least one when there is one, within both bounds otherwise."""
        events: list[Event] = []
        size = 0
        query = _range(stream, key(stream, after + 1), f"{stream}{_AFTER_KEYS}", types)
        with pymongo.timeout(READ_S):
            async with self._events.find(query, limit=limit, sort=[("_id", ASCENDING)]) as cursor:
                async for stored in cursor:
                    event = event_of(stored)
                    size += size_of(event)
                    if events and size > max_bytes:
                        break
                    events.append(event)
        return events

    async def read_back(
        self, stream: str, before: int, limit: int, types: Collection[str] | None = None
    ) -> list[Event]:
        """Events with `n < before`, descending."""
        query = _range(stream, key(stream, 0), key(stream, before), types)
        with pymongo.timeout(READ_S):
            async with self._events.find(query, limit=limit, sort=[("_id", DESCENDING)]) as cursor:
                return [event_of(stored) async for stored in cursor]

    async def named(self, stream: str, names: Sequence[Name]) -> dict[Name, Document]:
        """Which of the named entries stand in the stream, as stored."""
        clauses = [{"s": stream, "u": by, "dev": dev, "cid": cid} for by, dev, cid in names]
        found: dict[Name, Document] = {}
        with pymongo.timeout(READ_S):
            async with self._events.find({"$or": clauses}) as cursor:
                async for stored in cursor:
                    found[stored["u"], stored["dev"], stored["cid"]] = stored
        return found


class PublicReads:
    """The reading half of the log port: a database that does not answer is told to the caller as `TryAgain`."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader

    async def head(self, stream: StreamId) -> int:
        """The number of the newest event, 0 for a stream without any."""
        try:
            return await self._reader.head(stream)
        except PyMongoError as error:
            raise TryAgain from error

    async def read(
        self, stream: StreamId, after: int, limit: int, max_bytes: int, types: Collection[str] | None = None
    ) -> list[Event]:
        """Events with `n > after`, ascending; at least one when there is one, then as many as both bounds allow."""
        try:
            return await self._reader.read(stream, after, limit, max_bytes, types)
        except PyMongoError as error:
            raise TryAgain from error

    async def read_back(
        self, stream: StreamId, before: int, limit: int, types: Collection[str] | None = None
    ) -> list[Event]:
        """Events with `n < before`, descending: one page of history."""
        try:
            return await self._reader.read_back(stream, before, limit, types)
        except PyMongoError as error:
            raise TryAgain from error

    async def find(self, stream: StreamId, by: str, dev: str, cid: str) -> Event | None:
        """The event that the named command caused, if it is in the log."""
        name = (by, dev, cid)
        try:
            stored = (await self._reader.named(stream, [name])).get(name)
        except PyMongoError as error:
            raise TryAgain from error
        return None if stored is None else event_of(stored)


def _newest(stream: str) -> list[dict[str, Any]]:
    keys = {"$gte": key(stream, 0), "$lt": f"{stream}{_AFTER_KEYS}"}
    return [{"$match": {"_id": keys}}, {"$sort": {"_id": -1}}, {"$limit": 1}, {"$project": {"_id": 0, "s": 1, "n": 1}}]


def _range(stream: str, first: str, end: str, types: Iterable[str] | None) -> dict[str, Any]:
    query: dict[str, Any] = {"_id": {"$gte": first, "$lt": end}}
    if types is not None:
        query["t"] = {"$in": list(types)}
    return query
