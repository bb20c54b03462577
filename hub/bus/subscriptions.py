"""Which connections of this node follow which streams, and the delivery of live events to them."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Protocol

from hub.bus.credit import Follow, Follower, Live, Phase, Subscriber
from hub.bus.envelope import envelope, lag_frame
from hub.bus.settings import SyncSettings
from hub.engine.frames import event_frame
from models import rooms
from models.errors import GoodbyeCode
from models.streams import StreamId, StreamKind, parse
from services.ports import Event


class StreamGate(Protocol):
    """Who may follow a stream."""

    async def floors(self, subscriber: Subscriber, streams: Iterable[StreamId]) -> dict[StreamId, int | None]:
        """Per stream, the number at or below which the subscriber may see nothing; None when it is not theirs.

        Judged by the state documents as they are during the call, read from the primary.
        """
        ...

    def leaver(self, event: Event) -> str | None:
        """The user whose right to the stream ends with this event, which is the last one they see."""
        ...

    def abridged(self, event: Event) -> tuple[int, Event] | None:
        """For an event that repeats a part of an earlier one: the earlier number, and the event without that part.

        Whoever may not see the earlier event gets the second.
        """
        ...


class LocalRooms(Protocol):
    """Lossy rooms; following a conversation includes being in its room."""

    def join(self, room: str, member: Subscriber) -> None:
        """From now on the member hears the room."""
        ...

    def leave(self, room: str, member: Subscriber) -> None:
        """The member no longer hears the room."""
        ...


class Watcher(Protocol):
    """The feed, as seen from here."""

    def unwatch(self, stream: StreamId) -> None:
        """Nobody follows the stream any more."""
        ...


class Subscriptions:
    """Streams to connections. One encoding per event, no task and no wait on the way to the sockets."""

    def __init__(self, watcher: Watcher, gate: StreamGate, rooms: LocalRooms, settings: SyncSettings) -> None:
        self._watcher = watcher
        self._gate = gate
        self._rooms = rooms
        self.settings = settings
        self._follows: dict[str, set[Follow]] = {}
        self._troubled: set[Follower] = set()
        self._timer: asyncio.TimerHandle | None = None

    def deliver(self, event: Event) -> None:
        """An event, in log order. After the one by which somebody leaves, nothing reaches them."""
        follows = self._follows.get(event.stream)
        if not follows:
            return
        live = self._encoded(event)
        for follow in tuple(follows):
            follow.push(live)
            if follow.phase is Phase.LAGGING:
                self.trouble(follow.follower)
        leaver = self._gate.leaver(event)
        if leaver is not None:
            self.drop(event.stream, leaver)

    def ack(self, subscriber: Subscriber, cursors: Mapping[str, int]) -> None:
        """The client has these streams up to these numbers; more than was sent counts as what was sent."""
        follower = subscriber.sync
        if isinstance(follower, Follower):
            for stream, n in cursors.items():
                follow = follower.follows.get(stream)
                if follow is not None:
                    follow.acknowledge(n)

    def drop(self, stream: StreamId, user_id: str) -> None:
        """The person may not follow the stream any longer, on any of their connections."""
        for follow in tuple(self._follows.get(stream, ())):
            if follow.follower.subscriber.user_id == user_id:
                self.remove(follow)

    def close(self, subscriber: Subscriber) -> None:
        """The connection is gone; calls of it that are still running send nothing more."""
        follower = self.follower(subscriber)
        follower.closed = True
        for follow in tuple(follower.follows.values()):
            self.remove(follow)
        self._troubled.discard(follower)

    def followers(self, stream: StreamId) -> int:
        """How many connections of this node follow the stream."""
        return len(self._follows.get(stream, ()))

    def all(self) -> list[Follow]:
        """Everything that is followed."""
        return [follow for follows in self._follows.values() for follow in follows]

    def follower(self, subscriber: Subscriber) -> Follower:
        """The bus's state of a connection."""
        if subscriber.sync is None:
            subscriber.sync = Follower(subscriber, self.settings)
        follower: Follower = subscriber.sync
        return follower

    def begin(self, follower: Follower, stream: StreamId, cursor: int) -> Follow:
        """Follow a stream from now on, replacing how it was followed before. Nothing is sent yet."""
        before = follower.follows.get(stream)
        follow = Follow(follower, stream, cursor)
        if before is not None:
            before.forget()
            follow.allowed = before.allowed
            self._follows[stream].discard(before)
        follower.follows[stream] = follow
        self._follows.setdefault(stream, set()).add(follow)
        return follow

    def allow(self, follow: Follow) -> None:
        """The gate has said yes."""
        if not follow.allowed:
            follow.allowed = True
            self._room(follow, entering=True)

    def remove(self, follow: Follow) -> None:
        """End the following of a stream."""
        if not follow.current:
            return
        follow.forget()
        del follow.follower.follows[follow.stream]
        if follow.allowed:
            self._room(follow, entering=False)
        stream = StreamId(follow.stream)
        follows = self._follows[stream]
        follows.discard(follow)
        if not follows:
            del self._follows[stream]
            self._watcher.unwatch(stream)

    def trouble(self, follower: Follower) -> None:
        """Look at this connection once a second until it is well again."""
        self._troubled.add(follower)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.settings.lag_s, self._tick)

    def stop(self) -> None:
        """End the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _encoded(self, event: Event) -> Live:
        payload = envelope(event)
        frame, size = event_frame(event.type, payload), len(payload)
        abridged = self._gate.abridged(event)
        if abridged is None:
            return Live(event.n, frame, size)
        repeats, shorter = abridged
        return Live(event.n, frame, size, repeats, event_frame(shorter.type, envelope(shorter)))

    def _tick(self) -> None:
        """Tell lagging connections how far their streams have come; cut those that stay clogged."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for follower in tuple(self._troubled):
            if follower.clogged:
                follower.slow_since = follower.slow_since or now
                if now - follower.slow_since >= self.settings.slow_s:
                    self._troubled.discard(follower)
                    follower.subscriber.cut(GoodbyeCode.SLOW_CONSUMER.value)
                continue
            follower.slow_since = None
            if follower.lagging:
                follower.subscriber.send(lag_frame({follow.stream: follow.head for follow in follower.lagging}))
            else:
                self._troubled.discard(follower)
        self._timer = loop.call_later(self.settings.lag_s, self._tick) if self._troubled else None

    def _room(self, follow: Follow, *, entering: bool) -> None:
        kind, owner = parse(follow.stream)
        if kind is StreamKind.CONVERSATION:
            move = self._rooms.join if entering else self._rooms.leave
            move(rooms.conversation(owner), follow.follower.subscriber)
