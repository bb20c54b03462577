"""`hs.sync`: continue streams from where a client stands, without a gap and without a race."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from pymongo.errors import PyMongoError

from hub.bus.credit import Follow, Phase, Subscriber
from hub.bus.envelope import page_frame, page_item, reset_frame
from hub.bus.meta import Bounds, LogMeta
from hub.bus.reader import LogReader
from hub.bus.subscriptions import StreamGate, Subscriptions
from models.errors import TooLarge, TryAgain
from models.events.sync import StreamState, Synced, SyncStatus
from models.streams import StreamId, is_stream
from services.ports import Event

log = structlog.get_logger(__name__)


class Streams(Protocol):
    """The feed, as seen from here."""

    async def watch_all(self, streams: list[StreamId]) -> None:
        """Deliver these streams from now on."""
        ...

    def unwatch(self, stream: StreamId) -> None:
        """Nobody follows the stream any more."""
        ...


@dataclass(slots=True)
class _Call:
    """One call under way."""

    subscriber: Subscriber
    follows: dict[StreamId, Follow]
    heads: dict[str, int]
    floors: dict[StreamId, int | None]
    bounds: Bounds
    foreign_epoch: bool
    budget: int
    """Bytes of pages that may still be sent."""


class Sync:
    """Subscribes first, authorises and reads afterwards: what happens meanwhile is kept, not missed."""

    def __init__(
        self, reader: LogReader, meta: LogMeta, feed: Streams, gate: StreamGate, subscriptions: Subscriptions
    ) -> None:
        self._reader = reader
        self._meta = meta
        self._feed = feed
        self._gate = gate
        self._subscriptions = subscriptions
        self._settings = subscriptions.settings
        self._epoch: str | None = None

    async def sync(self, subscriber: Subscriber, cursors: Mapping[str, int], epoch: str | None = None) -> Synced:
        """Per stream one page at most, then live if that was all. TryAgain when the database does not answer."""
        follower = self._subscriptions.follower(subscriber)
        wanted = {StreamId(stream): n for stream, n in cursors.items() if is_stream(stream)}
        if len(follower.follows.keys() | wanted.keys()) > self._settings.streams_per_socket:
            raise TooLarge
        if follower.closed:
            raise TryAgain
        follows = {stream: self._subscriptions.begin(follower, stream, n) for stream, n in wanted.items()}
        states = dict.fromkeys(cursors, _GONE)
        try:
            call = await self._prepare(subscriber, follows, epoch)
            for stream in follows:
                states[stream] = await self._continue(call, stream)
        except PyMongoError as error:
            raise TryAgain from error
        finally:
            self._leave(follows)
        return Synced(epoch=call.bounds.epoch, streams=states)

    async def _prepare(self, subscriber: Subscriber, follows: dict[StreamId, Follow], epoch: str | None) -> _Call:
        """Watch, then the heads, then the floors: what stands up to a head was judged by a state younger than it."""
        streams = list(follows)
        try:
            await self._feed.watch_all(streams)
        finally:
            for stream in streams:
                if not self._subscriptions.followers(stream):
                    self._feed.unwatch(stream)
        heads = await self._reader.heads(streams)
        floors = await self._gate.floors(subscriber, streams)
        bounds = await self._meta.bounds(streams)
        self._notice(bounds.epoch, follows)
        foreign = epoch is not None and epoch != bounds.epoch
        return _Call(subscriber, follows, heads, floors, bounds, foreign, self._settings.call_bytes)

    async def _continue(self, call: _Call, stream: StreamId) -> StreamState:
        follow, head, floor = call.follows[stream], call.heads[stream], call.floors.get(stream)
        if floor is None or not follow.current:
            self._subscriptions.remove(follow)
            return _GONE
        # Not the floor of retention: a client may keep what it was rightly given and the log has removed since.
        follow.floor = floor
        floor = max(floor, call.bounds.floors.get(stream, 0))
        if call.foreign_epoch or not floor <= follow.cursor <= head:
            self._subscriptions.remove(follow)
            return StreamState(status=SyncStatus.RESET, head=head, n=0, floor=floor)
        self._subscriptions.allow(follow)
        caught_up = follow.cursor == head or await self._page(call, follow, head)
        if not follow.current:
            return _GONE
        if caught_up:
            follow.flush()
            if follow.phase is Phase.LAGGING:
                self._subscriptions.trouble(follow.follower)
        status = SyncStatus.LIVE if follow.phase is Phase.LIVE else SyncStatus.MORE
        return StreamState(status=status, head=max(head, follow.head), n=follow.cursor, floor=floor)

    async def _page(self, call: _Call, follow: Follow, head: int) -> bool:
        """Send the next page; True when it reaches at least up to `head`, as read when the call began."""
        if call.budget <= 0 or call.subscriber.buffered > self._settings.buffered_bytes:
            return False
        limit = min(self._settings.page_bytes, call.budget)
        stream = StreamId(follow.stream)
        events = await self._reader.read(stream, follow.cursor, self._settings.page_events, limit)
        if not follow.current:
            return False
        if events and events[0].n != follow.cursor + 1:
            # Retention has overtaken this call; the next one is told to reset.
            return False
        end = self._end_of_right(events, head, call.subscriber.user_id)
        items = [page_item(self._seen_from(follow.floor, event)) for event in events[:end]]
        if items:
            more = events[len(items) - 1].n < head
            frame = page_frame(stream, items, more=more)
            call.budget -= sum(map(len, items))
            call.subscriber.send(frame)
            follow.cursor = events[len(items) - 1].n
            follow.head = max(follow.head, follow.cursor)
        if end is not None:
            self._subscriptions.remove(follow)
        return follow.cursor >= head

    def _end_of_right(self, events: list[Event], head: int, user_id: str) -> int | None:
        """How many of the events the person may see, when they leave among them; None when they do not.

        A leaving up to `head` was known to the gate when it said yes, so it has been followed by a return.
        """
        for index, event in enumerate(events):
            if event.n > head and self._gate.leaver(event) == user_id:
                return index + 1
        return None

    def _seen_from(self, floor: int, event: Event) -> Event:
        abridged = self._gate.abridged(event)
        return event if abridged is None or abridged[0] > floor else abridged[1]

    def _notice(self, epoch: str, of_this_call: dict[StreamId, Follow]) -> None:
        """An epoch that changes while clients are connected makes what they all have worthless."""
        before, self._epoch = self._epoch, epoch
        if before is None or before == epoch:
            return
        log.warning("the log has a new epoch, every client starts anew")
        for follow in self._subscriptions.all():
            if follow.allowed and of_this_call.get(StreamId(follow.stream)) is not follow:
                follow.follower.subscriber.send(reset_frame(follow.stream, 0, follow.head))
                self._subscriptions.remove(follow)

    def _leave(self, follows: dict[StreamId, Follow]) -> None:
        """Nothing is kept for a client beyond the call; what is not live by now is pulled, or was never allowed."""
        for follow in follows.values():
            if not follow.allowed:
                self._subscriptions.remove(follow)
            elif follow.phase is Phase.SYNCING:
                follow.pull()


_GONE = StreamState(status=SyncStatus.GONE, head=0, n=0)
