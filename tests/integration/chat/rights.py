"""What the log itself says about who may have received what; and connections that write down what they receive."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from hub.bus.feed import Feed
from hub.bus.meta import LogMeta
from hub.bus.settings import SyncSettings
from hub.bus.subscriptions import Subscriptions
from hub.bus.sync import Sync
from hub.engine.frames import Frame
from models.streams import StreamId
from services.ports import Event
from services.stream_gate import StreamGate
from tests.support.clinic import Clinic

FOREVER = 2**53


@dataclass
class Stay:
    """One stay in a conversation: the positions visible because of it are those in `(floor, left]`."""

    user_id: str
    floor: int
    left: int = FOREVER

    @property
    def present(self) -> bool:
        """Not left yet."""
        return self.left == FOREVER

    def __contains__(self, n: int) -> bool:
        return self.floor < n <= self.left


def stays_of(events: Iterable[Event]) -> list[Stay]:
    """Everybody's stays, by the facts of the stream alone."""
    stays: list[Stay] = []
    for event in events:
        if event.type == "conversation.opened":
            stays += [Stay(person["user_id"], 0) for person in event.data["members"]]
        elif event.type == "member.joined":
            floor = 0 if event.data["history"] == "start" else event.n
            stays.append(Stay(event.data["person"]["user_id"], floor))
        elif event.type == "member.left":
            [stay] = [stay for stay in stays if stay.present and stay.user_id == event.data["user_id"]]
            stay.left = event.n
    return stays


@dataclass
class Device:
    """A connection that takes everything at once and acknowledges it."""

    user_id: str
    received: list[tuple[str, int]] = field(default_factory=list)
    """Stream and position, in the order of arrival."""
    edits: list[tuple[str, int, int, str]] = field(default_factory=list)
    """Stream, position, edited message and its text, in the order of arrival."""
    sync: Any = None
    buffered: int = 0

    def send(self, frame: Frame) -> None:
        """Write down the positions."""
        name, body = orjson.loads(frame.text[2:])
        if name == "hs.page":
            for event in body["events"]:
                self._take(event["t"], event)
        elif "n" in body:
            self._take(name, body)

    def _take(self, name: str, event: dict[str, Any]) -> None:
        self.received.append((event["s"], event["n"]))
        if name == "chat.edited":
            self.edits.append((event["s"], event["n"], event["data"]["ref"], event["data"]["text"]))

    def cut(self, reason: str) -> None:
        """Never slow, never cut."""
        raise AssertionError(reason)


class NoRooms:
    """Lossy rooms are tested elsewhere."""

    def join(self, room: str, member: object) -> None:
        """Nothing to hear."""

    def leave(self, room: str, member: object) -> None:
        """Nothing to hear."""


class Delivery:
    """The real delivery of one node, up to the socket."""

    def __init__(self, clinic: Clinic, feed: Feed) -> None:
        gate = StreamGate(clinic.membership)
        # A window nobody can fill: credit is tested elsewhere.
        settings = SyncSettings(window_events=100_000, window_bytes=1 << 30)
        self.subscriptions = Subscriptions(feed, gate, NoRooms(), settings)
        feed.deliver_to(self.subscriptions.deliver)
        self._sync = Sync(clinic.log.reader, LogMeta(clinic.database["meta"]), feed, gate, self.subscriptions)

    async def follow(self, device: Device, stream: StreamId) -> None:
        """Continue behind what the device has received last; start at the floor when told to."""
        cursor = max((n for s, n in device.received if s == stream), default=0)
        state = (await self._sync.sync(device, {stream: cursor})).streams[stream]
        if state.status == "reset":
            await self._sync.sync(device, {stream: state.floor})
