"""A client of the bus that keeps the protocol's rules, as a stock client with the reference outbox would."""

import asyncio
import json
from typing import Any

from hub.bus.subscriptions import Subscriptions
from hub.bus.sync import Sync
from hub.engine.frames import Frame
from models.errors import TryAgain
from models.events.sync import StreamState, SyncStatus
from services.ports import Event


class Reader:
    """Implements `hub.bus.credit.Subscriber`. Delivers an event exactly when it is the next one of its stream."""

    def __init__(self, user_id: str, sync: Sync, subscriptions: Subscriptions) -> None:
        self.user_id = user_id
        self.sync: Any = None
        self.buffered = 0
        self.cut_for: str | None = None
        self.frames: list[tuple[str, Any]] = []
        self.delivered: dict[str, list[tuple[int, int]]] = {}
        """Per stream: number of the event, and the number its data carries."""
        self.jumps = 0
        """Live events that were not the next one; the server must never send such a thing."""
        self._sync = sync
        self._subscriptions = subscriptions
        self._cursors: dict[str, int] = {}

    # what the bus sees

    def send(self, frame: Frame) -> None:
        assert frame.text.startswith("42")
        name, data = json.loads(frame.text[2:])
        self.frames.append((name, data))
        if name == "hs.page":
            for event in data["events"]:
                assert event["s"] == data["s"]
                assert event["t"]
                self._take(event)
        elif not name.startswith("hs."):
            self._take(data)

    def cut(self, reason: str) -> None:
        self.cut_for = reason

    # what a person does

    def cursor(self, stream: str) -> int:
        return self._cursors.get(stream, 0)

    def numbers(self, stream: str) -> list[int]:
        return [n for n, _ in self.delivered.get(stream, [])]

    def named(self, name: str) -> list[Any]:
        """Payloads of the frames of one name."""
        return [data for frame, data in self.frames if frame == name]

    async def call(self, *streams: str, epoch: str | None = None) -> dict[str, StreamState]:
        """One `hs.sync` from where this client stands."""
        return (await self._sync.sync(self, {stream: self.cursor(stream) for stream in streams}, epoch)).streams

    async def follow(self, *streams: str) -> None:
        """`hs.sync` until everything is live; a reset continues at the floor, as after loading a snapshot."""
        wanted = set(streams)
        while wanted:
            try:
                states = await self.call(*wanted)
            except TryAgain:
                await asyncio.sleep(0.01)
                continue
            for stream, state in states.items():
                assert state.status is not SyncStatus.GONE
                if state.status is SyncStatus.RESET:
                    self._cursors[stream] = state.floor
                    self.delivered[stream] = []
                if state.status is SyncStatus.LIVE:
                    wanted.discard(stream)

    def acknowledge(self, *streams: str) -> None:
        self._subscriptions.ack(self, {stream: self.cursor(stream) for stream in streams})

    def leave(self) -> None:
        self._subscriptions.close(self)

    def _take(self, event: dict[str, Any]) -> None:
        stream, n = event["s"], event["n"]
        cursor = self.cursor(stream)
        if n == cursor + 1:
            self._cursors[stream] = n
            self.delivered.setdefault(stream, []).append((n, event["data"]["number"]))
        elif n > cursor + 1:
            self.jumps += 1


class Gate:
    """Rights as the test sets them: everybody may see everything of every stream, unless told otherwise."""

    def __init__(self) -> None:
        self.floors_of: dict[tuple[str, str], int | None] = {}
        self.pause: asyncio.Event | None = None
        self.asked = asyncio.Event()

    async def floors(self, subscriber: Any, streams: Any) -> dict[Any, int | None]:
        answer = {stream: self.floors_of.get((subscriber.user_id, stream), 0) for stream in streams}
        self.asked.set()
        if self.pause is not None:
            await self.pause.wait()
        return answer

    def leaver(self, event: Event) -> str | None:
        return event.data["who"] if event.type == "member.left" else None

    def abridged(self, event: Event) -> tuple[int, Event] | None:
        return None


class RoomList:
    """Who is in which lossy room."""

    def __init__(self) -> None:
        self.members: dict[str, set[Any]] = {}

    def join(self, room: str, member: Any) -> None:
        self.members.setdefault(room, set()).add(member)

    def leave(self, room: str, member: Any) -> None:
        self.members[room].remove(member)
