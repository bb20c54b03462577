"""What services need from the outside world, as Protocols. `hub/` implements them and plugs them in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from models.streams import StreamId


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact on its way into a stream.

    `(stream, by, dev, cid)` names the command that caused it: appending the same entry again returns the first
    position, appending another body under the same name is refused. Hence `data` must be a function of the command
    alone (derive ids from `cid`, take no clock reading), or a retransmission looks like a conflict.
    """

    stream: StreamId
    type: str
    """The fact's name in the catalogue, for example `message.sent`."""
    by: str
    """User id of the author."""
    dev: str
    """Device id of the author; a fixed word for entries that the hub itself writes."""
    cid: str
    """The command's id (UUIDv7), or `ob:<id>` for entries relayed from an outbox."""
    data: Mapping[str, Any]
    """The fact's fields: JSON values only."""
    expires_at: datetime | None = None
    """From when on the fact is shown as missed. It stays in the stream."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where an entry stands, durably: majority-acknowledged and journaled."""

    stream: StreamId
    n: int
    at: datetime
    dup: bool
    """The entry had been appended before; `n` and `at` are those of the first time."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as it stands in its stream."""

    stream: StreamId
    n: int
    type: str
    by: str
    dev: str
    cid: str
    at: datetime
    data: Mapping[str, Any]
    expires_at: datetime | None = None


class LogPort(Protocol):
    """The durable, ordered log of facts. Every read is a majority read."""

    async def append(self, entry: Entry) -> Position:
        """Append durably. Raises TryAgain (outcome unknown or overloaded: same `cid` again) or CidConflict."""
        ...

    async def head(self, stream: StreamId) -> int:
        """The number of the newest event, 0 for a stream without any."""
        ...

    async def read(
        self, stream: StreamId, after: int, limit: int, max_bytes: int, types: Collection[str] | None = None
    ) -> list[Event]:
        """Events with `n > after`, ascending; at least one when there is one, then as many as both bounds allow."""
        ...

    async def read_back(
        self, stream: StreamId, before: int, limit: int, types: Collection[str] | None = None
    ) -> list[Event]:
        """Events with `n < before`, descending: one page of history."""
        ...

    async def find(self, stream: StreamId, by: str, dev: str, cid: str) -> Event | None:
        """The event that the named command caused, if it is in the log."""
        ...
