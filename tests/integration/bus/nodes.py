"""Nodes of the bus without doors: an event log and a feed over one database."""

import asyncio
from collections.abc import Callable
from typing import Any

from hub.bus.entry import document, now, prepare
from hub.bus.feed import Feed
from hub.bus.indexes import EVENTS, META
from hub.bus.log import EventLog
from hub.bus.meta import LogMeta
from hub.bus.settings import FeedSettings, LogSettings
from hub.mongo.client import Database
from models.errors import TryAgain
from models.ids import new_id
from models.streams import StreamId, conversation
from services.ports import Entry, Event, Position

STREAM = conversation("ward-3")

QUICK = FeedSettings(watch_task_s=0.1, verify_heads_s=0.2, reopen_max_s=0.2)


class Node:
    """One boot of a hub, as far as the bus goes."""

    def __init__(
        self, database: Database, boot_id: str, log: LogSettings | None = None, feed: FeedSettings = QUICK
    ) -> None:
        self.boot_id = boot_id
        self.events = database[EVENTS]
        self.log = EventLog(self.events, boot_id, log)
        self.feed = Feed(self.events, boot_id, self.log.heads, feed)
        self.meta = LogMeta(database[META])
        self.log.announce_to(self.feed.appended)
        self.seen: list[Event] = []
        self.feed.deliver_to(self.seen.append)

    def numbers(self, stream: StreamId = STREAM) -> list[int]:
        """What the feed has delivered of a stream, in the order of delivery."""
        return [event.n for event in self.seen if event.stream == stream]

    def has(self, stream: StreamId, count: int) -> bool:
        """Whether at least so many events of a stream have been delivered."""
        return len(self.numbers(stream)) >= count

    async def start(self) -> "Node":
        await self.feed.start()
        return self

    async def close(self) -> None:
        await self.log.close(0.5)
        await self.feed.close()


def entry(
    number: int = 0, stream: StreamId = STREAM, *, cid: str | None = None, type_: str = "chat.sent", **data: Any
) -> Entry:
    """A fact with a fresh client id, unless one is given."""
    return Entry(stream, type_, "ann", "phone", cid or new_id(), {"number": number, **data})


def stored_event(stream: StreamId, n: int, boot_id: str, cid: str | None = None) -> dict[str, Any]:
    """A document as some node may have written it."""
    return document(prepare(entry(n, stream, cid=cid)), n, now(), boot_id)


async def stored_numbers(database: Database, stream: StreamId = STREAM) -> list[int]:
    """The numbers of a stream as they stand in the database."""
    return [stored["n"] async for stored in database[EVENTS].find({"s": stream}, {"n": 1}, sort=[("_id", 1)])]


async def append_until_confirmed(node: Node, fact: Entry) -> Position:
    """As a client does: the same entry again until the hub confirms it."""
    while True:
        try:
            return await node.log.append(fact)
        except TryAgain:
            await asyncio.sleep(0.01)


MakeNode = Callable[..., Node]
