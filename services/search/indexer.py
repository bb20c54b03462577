"""The search index follows the log: what is said becomes searchable within about a second.

A message is written as it was sent; one that is edited or taken back later is folded anew from the log. Either way it
is written with the position it reflects, so that applying a batch twice, or by two nodes at once, ends in the same
index. The cursor is kept after the batch: a crash repeats it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, NamedTuple

import pymongo
from pymongo import UpdateOne
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, OperationFailure

from models import streams
from models.documents.conversation import Conversation
from models.documents.follower import Follower
from models.documents.indexed_message import IndexedMessage, indexed_id
from models.events.chat import CHAT_DELETED, CHAT_EDITED, CHAT_SENT
from models.events.conversations import MessageView
from models.streams import StreamId
from services import state
from services.chat.thread import Thread
from services.ports import HistoryPort
from services.search.words import normalised

NAME: Final = "search"
TOUCHING: Final = [CHAT_SENT.name, CHAT_EDITED.name, CHAT_DELETED.name]
BATCH: Final = 200
AWAIT_MS: Final = 500
UNUSABLE_TOKEN: Final = frozenset({9, 260, 280, 286, 50811})
"""FailedToParse, InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost, malformed KeyString."""

DUPLICATE_KEY: Final = 11000

Touched = dict[str, set[int]]
"""Positions of messages by conversation."""


class Row(NamedTuple):
    """A message as it stands at position `rev` of its conversation."""

    conversation_id: str
    n: int
    rev: int
    text: str
    sent_at: datetime


class Indexer:
    """Held by one node at a time through the lease of its job; harmless when two hold it for a moment."""

    TURN_S: ClassVar[float] = 8.0
    """How long one turn follows the log. The lease of a node that died ends not long after."""

    def __init__(self, events: AsyncCollection[dict[str, Any]], history: HistoryPort, thread: Thread) -> None:
        self._events = events
        self._history = history
        self._thread = thread

    async def run(self) -> int:
        """Follow the log for one turn; returns how many events were applied."""
        follower = await state.fetch(Follower, NAME)
        try:
            return await self._follow(follower.token if follower else None)
        except OperationFailure as error:
            if error.code not in UNUSABLE_TOKEN:
                raise
            # What happened meanwhile can no longer be told apart: the next turn builds everything again.
            await self._keep(None)
            return 0

    async def _follow(self, token: Mapping[str, Any] | None) -> int:
        pipeline: list[dict[str, Any]] = [
            {"$match": {"operationType": "insert", "fullDocument.t": {"$in": TOUCHING}}},
            {"$project": {f"fullDocument.{name}": 1 for name in ("s", "n", "t", "at", "body.ref", "body.text")}},
        ]
        ends_at = asyncio.get_running_loop().time() + self.TURN_S
        applied = 0
        with pymongo.timeout(state.WAIT_S):
            watching = await self._events.watch(pipeline, resume_after=token, max_await_time_ms=AWAIT_MS)
        async with watching as stream:
            if token is None:
                await self.rebuild()
                await self._keep(stream.resume_token)
            while asyncio.get_running_loop().time() < ends_at:
                batch = await _batch(stream)
                if batch:
                    await self._apply(batch)
                    applied += len(batch)
                if stream.resume_token != token:
                    token = stream.resume_token
                    await self._keep(token)
        return applied

    async def rebuild(self) -> None:
        """Index every message that is in the log now."""
        with pymongo.timeout(None):
            conversations = [raw["_id"] async for raw in state.collection_of(Conversation).find({}, {"_id": 1})]
        for key in conversations:
            stream = streams.conversation(key)
            head = (await self._history.heads([stream]))[stream]
            first, more = 1, True
            while more:
                page = await self._thread.oldest(key, range(first, head + 1), BATCH, up_to=head)
                await self._write(_rows(page.messages, head))
                if page.messages:
                    await self._note_activity({key: page.messages[-1].sent_at})
                more = page.more
                first = page.messages[-1].n + 1 if page.messages else head + 1

    async def _apply(self, batch: list[dict[str, Any]]) -> None:
        said: list[Row] = []
        touched: Touched = {}
        active: dict[str, Any] = {}
        for change in batch:
            stored = change["fullDocument"]
            key, n, body = streams.parse(stored["s"])[1], int(stored["n"]), stored["body"]
            if stored["t"] == CHAT_SENT.name:
                said.append(Row(key, n, n, body["text"], stored["at"]))
                active[key] = stored["at"]
            else:
                touched.setdefault(key, set()).add(int(body["ref"]))
        await self._write(said)
        heads = await self._history.heads([streams.conversation(key) for key in touched]) if touched else {}
        for key, ns in touched.items():
            head = heads[StreamId(streams.conversation(key))]
            await self._write(_rows((await self._thread.at(key, ns, head)).values(), head))
        await self._note_activity(active)

    async def _note_activity(self, active: Mapping[str, Any]) -> None:
        """When each conversation was last active: the order of everybody's list."""
        moves = [UpdateOne({"_id": key}, {"$max": {"active_at": at}}) for key, at in active.items()]
        if moves:
            with pymongo.timeout(state.WAIT_S):
                await state.collection_of(Conversation).bulk_write(moves, ordered=False)

    async def _write(self, rows: list[Row]) -> None:
        """Write messages as they stand at their `rev`, unless the index has them at a later position already."""
        if not rows:
            return
        index = state.collection_of(IndexedMessage)
        try:
            with pymongo.timeout(state.WAIT_S):
                await index.bulk_write([_write_of(row, upsert=True) for row in rows], ordered=False)
        except BulkWriteError as error:
            if any(failed["code"] != DUPLICATE_KEY for failed in error.details["writeErrors"]):
                raise
            # Entries that exist: at `rev` or later, or made at this moment from an earlier state.
            with pymongo.timeout(state.WAIT_S):
                await index.bulk_write([_write_of(row, upsert=False) for row in rows], ordered=False)

    async def _keep(self, token: Mapping[str, Any] | None) -> None:
        await state.change(Follower, {"_id": NAME}, {"$set": {"token": token}}, upsert=True)


def _rows(messages: Iterable[MessageView], rev: int) -> list[Row]:
    return [Row(message.conversation_id, message.n, rev, message.text, message.sent_at) for message in messages]


def _write_of(row: Row, *, upsert: bool) -> UpdateOne:
    fields = {
        "conversation_id": row.conversation_id, "n": row.n, "rev": row.rev, "words": normalised(row.text),
        "sent_at": row.sent_at,
    }  # fmt: skip
    where = {"_id": indexed_id(row.conversation_id, row.n), "rev": {"$lt": row.rev}}
    return UpdateOne(where, {"$set": fields}, upsert=upsert)


async def _batch(stream: AsyncChangeStream[dict[str, Any]]) -> list[dict[str, Any]]:
    """What has happened since, at most `BATCH`; waits up to `AWAIT_MS` for the first."""
    batch: list[dict[str, Any]] = []
    while len(batch) < BATCH:
        change = await stream.try_next()
        if change is None:
            break
        batch.append(change)
    return batch
