"""Removes the oldest prefix of streams, when an operator wants streams to end at an age. Off unless configured."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final

import pymongo
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, ReadPreference
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from hub.bus.entry import Document, key, now
from hub.bus.meta import LogMeta
from models.streams import StreamKind

STREAMS_A_RUN: Final = 500
EVENTS_A_STREAM: Final = 1000
"""At most so many events of one stream go in one run; the next round takes more."""
_TIMEOUT_S: Final = 5.0


class Retention:
    """A job: walks round all streams, a bounded number per run.

    The floor is raised, durably, before anything is deleted: a client behind it is told to start anew instead of
    being given a stream with a hole. The newest event of a stream always stays, since the next number comes from it.
    """

    def __init__(
        self,
        collection: AsyncCollection[Document],
        meta: LogMeta,
        keep: Mapping[StreamKind, timedelta],
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._events: AsyncCollection[Document] = collection.with_options(
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern(w="majority", j=True, wtimeout=5000),
        )
        self._meta = meta
        self._keep = keep
        self._clock = clock
        self._positions: dict[StreamKind, str] = {}

    async def run(self) -> int:
        """Go on from where the last run stopped; returns how many events were removed."""
        removed = 0
        for kind, age in self._keep.items():
            before = self._clock() - age
            for _ in range(STREAMS_A_RUN):
                oldest = await self._next_stream(kind)
                if oldest is None:
                    break
                if oldest["at"] < before:
                    removed += await self._shorten(oldest["s"], before)
        return removed

    async def _next_stream(self, kind: StreamKind) -> Document | None:
        """The oldest event of the stream behind the one visited last; None at the end of the round."""
        start = self._positions.get(kind, f"{kind.value}:")
        with pymongo.timeout(_TIMEOUT_S):
            oldest = await self._events.find_one(
                {"_id": {"$gte": start, "$lt": f"{kind.value};"}}, {"s": 1, "at": 1}, sort=[("_id", ASCENDING)]
            )
        if oldest is None:
            self._positions.pop(kind, None)
        else:
            self._positions[kind] = f"{oldest['s']}$"  # the first key behind every `<s>#…`
        return oldest

    async def _shorten(self, stream: str, before: datetime) -> int:
        keys = {"$gte": key(stream, 0), "$lt": f"{stream}$"}
        with pymongo.timeout(_TIMEOUT_S):
            eldest = await self._events.find(
                {"_id": keys}, {"n": 1, "at": 1}, sort=[("_id", ASCENDING)], limit=EVENTS_A_STREAM + 1
            ).to_list()
        # The last one read may be the newest of all: it stays.
        old = list(takewhile(lambda stored: stored["at"] < before, eldest[:-1]))
        if not old:
            return 0
        last = int(old[-1]["n"])
        await self._meta.raise_floor(stream, last)
        with pymongo.timeout(_TIMEOUT_S):
            deleted = await self._events.delete_many({"_id": {"$gte": key(stream, 0), "$lte": key(stream, last)}})
        return deleted.deleted_count
