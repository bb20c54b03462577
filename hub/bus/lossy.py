"""Rooms: lossy facts (classes C and F) to whoever is connected, on this node directly, on others through Valkey.

Nothing here may hold up a command: a publish writes to the local sockets, puts one line into a bounded queue and
returns. Valkey may be slow, frozen, restarted or flushed; what was lost meanwhile is lost, and nothing else happens.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from hub.engine.frames import Frame, event_frame
from models.ids import rfc3339

CHANNEL: Final = "carewire:rooms"
QUEUE: Final = 10_000
"""Facts waiting for Valkey; beyond it the oldest is dropped and counted."""
BATCH: Final = 200
TIMEOUT_S: Final = 1.0
PING_S: Final = 5.0
MISSED_PINGS: Final = 3
RETRY_S: Final = 0.5
CANCEL_S: Final = 0.1

log = structlog.get_logger(__name__)


class Member(Protocol):
    """A connection, as rooms need it."""

    def send(self, frame: Frame) -> None:
        """Send; never waits, never raises."""
        ...


class Rooms:
    """Rooms of this node, and what other nodes say in rooms of the same name."""

    def __init__(self, boot_id: str, valkey_url: str | None) -> None:
        self._members: dict[str, set[Member]] = {}
        self._joined: dict[Member, set[str]] = {}
        self._backplane = None if valkey_url is None else Backplane(boot_id, valkey_url, self._tell)

    async def start(self) -> None:
        """Begin to hear other nodes. Does not wait for Valkey: a node works without it."""
        if self._backplane is not None:
            self._backplane.start()

    async def close(self) -> None:
        """Stop."""
        if self._backplane is not None:
            await self._backplane.close()

    @property
    def dropped(self) -> int:
        """Facts that Valkey was too slow to take."""
        return 0 if self._backplane is None else self._backplane.dropped

    @property
    def connected(self) -> bool:
        """Whether other nodes can be heard; True where there are none."""
        return self._backplane is None or self._backplane.connected

    def join(self, room: str, member: Member) -> None:
        """From now on the member hears the room."""
        self._members.setdefault(room, set()).add(member)
        self._joined.setdefault(member, set()).add(room)

    def leave(self, room: str, member: Member) -> None:
        """The member no longer hears the room."""
        members = self._members.get(room)
        if members is not None:
            members.discard(member)
            if not members:
                del self._members[room]
        joined = self._joined.get(member)
        if joined is not None:
            joined.discard(room)
            if not joined:
                del self._joined[member]

    def leave_all(self, member: Member) -> None:
        """The member is gone."""
        for room in tuple(self._joined.get(member, ())):
            self.leave(room, member)

    def publish(self, room: str, name: str, data: Mapping[str, Any], skip: object | None = None) -> None:
        """Tell a room; never waits. `skip` is the connection that need not hear its own news."""
        body = orjson.dumps({"at": rfc3339(datetime.now(UTC)), "data": data})
        self._tell(room, name, body, skip)
        if self._backplane is not None:
            self._backplane.offer(room, name, body)

    def _tell(self, room: str, name: str, body: bytes, skip: object | None = None) -> None:
        members = self._members.get(room)
        if members:
            frame = event_frame(name, body)
            for member in members:
                if member is not skip:
                    member.send(frame)


class Tell(Protocol):
    """How the backplane hands over what another node said."""

    def __call__(self, room: str, name: str, body: bytes) -> None: ...


class Backplane:
    """One channel for all nodes: one publishing task with one pipeline in flight, one listening task."""

    def __init__(self, boot_id: str, url: str, tell: Tell) -> None:
        self._boot_id = boot_id
        self._tell = tell
        self._client = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
        self._ears = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=TIMEOUT_S)
        self._queue: deque[bytes] = deque(maxlen=QUEUE)
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._heard_at = 0.0
        self.dropped = 0

    @property
    def connected(self) -> bool:
        """Our own pings come back."""
        return asyncio.get_running_loop().time() - self._heard_at < PING_S * MISSED_PINGS

    def start(self) -> None:
        """Start both tasks."""
        self._tasks = [
            asyncio.create_task(self._speak(), name="rooms.speak"),
            asyncio.create_task(self._listen(), name="rooms.listen"),
        ]

    async def close(self) -> None:
        """End both tasks and the connections."""
        # The Redis client swallows a cancellation that meets it in a pipeline, hence not once but until it is over.
        while open_ := [task for task in self._tasks if not task.done()]:
            for task in open_:
                task.cancel()
            await asyncio.wait(open_, timeout=CANCEL_S)
        for client in (self._client, self._ears):
            await client.aclose()

    def offer(self, room: str, name: str, body: bytes) -> None:
        """Queue one fact for the other nodes."""
        if len(self._queue) == QUEUE:
            self.dropped += 1
        self._queue.append(b"\n".join((self._boot_id.encode(), room.encode(), name.encode(), body)))
        self._news.set()

    async def _speak(self) -> None:
        while True:
            try:
                async with asyncio.timeout(PING_S):
                    await self._news.wait()
            except TimeoutError:
                self._queue.append(self._boot_id.encode())
            self._news.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                try:
                    async with asyncio.timeout(TIMEOUT_S), self._client.pipeline(transaction=False) as pipeline:
                        for line in batch:
                            pipeline.publish(CHANNEL, line)
                        await pipeline.execute()
                except (RedisError, OSError, TimeoutError):
                    self.dropped += len(batch)
                    await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        """Subscribe, and subscribe anew when nothing was heard for three pings: a silent listener is a dead one."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with self._ears.pubsub(ignore_subscribe_messages=True) as ears:
                    async with asyncio.timeout(TIMEOUT_S):
                        await ears.subscribe(CHANNEL)
                    self._heard_at = loop.time()
                    while self.connected:
                        async with asyncio.timeout(PING_S * MISSED_PINGS):
                            heard = await ears.get_message(timeout=PING_S)
                        if heard is not None:
                            self._heard_at = loop.time()
                            self._hear(heard["data"])
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("rooms of other nodes cannot be heard", error=type(error).__name__)
            await asyncio.sleep(RETRY_S)

    def _hear(self, line: bytes) -> None:
        boot_id, _, rest = line.partition(b"\n")
        if boot_id == self._boot_id.encode() or not rest:
            return
        room, _, rest = rest.partition(b"\n")
        name, _, body = rest.partition(b"\n")
        self._tell(room.decode(), name.decode(), body)
