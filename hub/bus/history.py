"""Reads of the log by meaning: one type of event in a span of positions, and what refers to a position."""

from collections.abc import Awaitable, Collection
from datetime import UTC
from typing import Any, TypeVar

import pymongo
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, DESCENDING, ReadPreference
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from hub.bus.entry import Document, event_of, key
from hub.bus.reader import READ_S, LogReader
from models.errors import TryAgain
from models.streams import StreamId
from services.ports import Event

T = TypeVar("T")
REFS_READ = 2000
"""At most so many references are looked at when unread messages are counted (they are shown up to 999)."""


class History:
    """Implements `services.ports.HistoryPort` on the indexes `by_type` and `by_ref`."""

    def __init__(self, collection: AsyncCollection[Document]) -> None:
        self._reader = LogReader(collection)
        self._events: AsyncCollection[Document] = collection.with_options(
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )

    async def page(self, stream: StreamId, type_: str, span: range, limit: int, *, newest_first: bool) -> list[Event]:
        """Events of one type with `n` in `span`, in the order asked for."""
        order = DESCENDING if newest_first else ASCENDING
        return await self._find(_of_type(stream, type_, span), [("n", order)], limit)

    async def events(self, stream: StreamId, ns: Collection[int]) -> list[Event]:
        """The events at these positions, ascending."""
        return await self._find({"_id": {"$in": [key(stream, n) for n in ns]}}, [("_id", ASCENDING)], len(ns))

    async def referring(self, stream: StreamId, refs: Collection[int], up_to: int) -> list[Event]:
        """Events with `n <= up_to` whose `ref` is one of `refs`, ascending."""
        query = {"s": stream, "body.ref": {"$in": list(refs)}, "n": {"$lte": up_to}}
        return await self._find(query, [("n", ASCENDING)], 0)

    async def count(self, stream: StreamId, type_: str, span: range, limit: int, not_by: str = "") -> int:
        """How many events of one type stand in `span` and are not by `not_by`; counted up to `limit`."""
        query = {**_of_type(stream, type_, span), "u": {"$ne": not_by}}
        return await _confirmed(self._events.count_documents(query, limit=limit))

    async def refs(self, stream: StreamId, type_: str, span: range, not_by: str) -> set[int]:
        """The positions in `span` that events of this type, by others than `not_by`, refer to."""
        within = {"$gte": span.start, "$lt": span.stop}
        found = await self._find({"s": stream, "body.ref": within, "t": type_, "u": {"$ne": not_by}}, [], REFS_READ)
        return {int(event.data["ref"]) for event in found}

    async def heads(self, streams: Collection[StreamId]) -> dict[StreamId, int]:
        """The newest position of each stream, 0 for a stream without any."""
        heads = await _confirmed(self._reader.heads(streams))
        return {StreamId(stream): n for stream, n in heads.items()}

    async def _find(self, query: dict[str, Any], order: list[tuple[str, int]], limit: int) -> list[Event]:
        async def read() -> list[Event]:
            async with self._events.find(query, sort=order or None, limit=limit) as cursor:
                return [event_of(stored) async for stored in cursor]

        return await _confirmed(read())


def _of_type(stream: StreamId, type_: str, span: range) -> dict[str, Any]:
    return {"s": stream, "t": type_, "n": {"$gte": span.start, "$lt": span.stop}}


async def _confirmed(reading: Awaitable[T]) -> T:
    try:
        with pymongo.timeout(READ_S):
            return await reading
    except PyMongoError as error:
        raise TryAgain from error
