"""Connection: one signed-in client, as the hub knows it from admission until it is gone."""

from typing import Any

from hub.engine.frames import Frame
from hub.engine.peer import Peer
from hub.lanes import LaneQueue
from models.events.base import Lane
from models.ids import UserId
from services.unit import Actor


class Connection:
    """A peer, whom it belongs to, until when, and its lanes. Small, since there are thousands."""

    __slots__ = ("__weakref__", "_lanes", "actor", "expires_at", "full_at", "peer", "sync", "user_id")

    def __init__(self, peer: Peer, actor: Actor, expires_at: float) -> None:
        self.peer = peer
        self.actor = actor
        self.user_id: UserId = actor.user_id
        self.expires_at = expires_at
        """When the access token runs out, seconds since the epoch."""
        self.sync: Any = None
        """A place for the bus's own state of this connection."""
        self.full_at: list[float] | None = None
        """When lanes were found full lately."""
        self._lanes: dict[Lane, LaneQueue] | None = None

    @property
    def id(self) -> str:
        """Unique while it lives."""
        return self.peer.sid

    def lane(self, lane: Lane) -> LaneQueue:
        """The queue of one lane."""
        if self._lanes is None:
            self._lanes = {}
        queue = self._lanes.get(lane)
        if queue is None:
            queue = self._lanes[lane] = LaneQueue()
        return queue

    def lanes(self) -> list[LaneQueue]:
        """The lanes that were ever used."""
        return list(self._lanes.values()) if self._lanes else []

    def send(self, frame: Frame) -> None:
        """Send a frame; never blocks."""
        self.peer.send(frame)

    @property
    def buffered(self) -> int:
        """Bytes that the client has not taken yet."""
        return self.peer.buffered

    def cut(self, reason: str) -> None:
        """End it now."""
        self.peer.cut(reason)
