"""What services need from the outside world, as Protocols. `hub/` implements them and plugs them in."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from models.enums import Role
from models.ids import UserId
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


class AuditRow(NamedTuple):
    """Who did what to what, with which outcome. Ids only; the chain stores pseudonyms of them."""

    actor: str
    """User id, or empty before sign-in."""
    session: str
    action: str
    """An audit name of the catalogue, or one of `services.audit.SYSTEM_ACTIONS`."""
    resource: str
    """Id of what the command was about, or empty."""
    outcome: str
    """`ok` or the error code."""
    door: str
    """`socket`, `http`, `job` or `cli`."""
    ref: str
    """Correlation id, as in the log and in the answer."""


class AuditPort(Protocol):
    """The hash-chained record of every command and refusal."""

    def record(self, row: AuditRow) -> Awaitable[None]:
        """Resolves when the row is majority-durable. Raises TryAgain if that takes too long or too many rows wait.

        ValueError when action, outcome or door is outside the closed vocabulary.
        """
        ...


class RoomsPort(Protocol):
    """Lossy facts to whoever is connected, on any node."""

    def publish(self, room: str, name: str, data: Mapping[str, Any], skip: object | None = None) -> None:
        """Tell a room; never waits. `skip` is the connection that need not hear its own news."""
        ...

    def join(self, room: str, member: Any) -> None:
        """From now on this connection (`unit.origin`) hears the room, until it is gone."""
        ...


class AudiencePort(Protocol):
    """Who may see whom: people joined by an active relationship."""

    async def audience_of(self, user_id: UserId) -> set[UserId]:
        """Those who may see `user_id`. Never a cached answer older than the last relationship change."""
        ...

    async def seen_by(self, user_id: UserId) -> set[UserId]:
        """Those whose presence `user_id` may see."""
        ...

    def on_change(self, listener: Callable[[UserId, UserId], None]) -> None:
        """`listener(a, b)` is called after a relationship between the two became active or stopped being so.

        At least on the node that made the change; more often does no harm.
        """
        ...


class PresencePort(Protocol):
    """What other parts of the hub tell presence."""

    def set_in_call(self, user_id: UserId, in_call: bool) -> None:
        """The person takes part in a call on this node, or no longer does. Only enqueues."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """An account as far as other people matter. Only an `active` and verified one can be newly reached."""

    user_id: UserId
    name: str
    role: Role
    verified: bool
    active: bool


class PeoplePort(Protocol):
    """Who the accounts are. Raises TryAgain when the database does not answer."""

    async def known(self, user_ids: Collection[str]) -> dict[str, Person]:
        """The accounts among these ids, disabled ones included, so that old names can still be shown."""
        ...

    async def by_contact(self, contact: str, asker: str, address: str, now: datetime) -> Person | None:
        """The account with this e-mail or E.164 phone number. Counted per asker and address; raises TooFast."""
        ...


class HistoryPort(Protocol):
    """Questions to the log that follow meaning rather than position. Every read is a majority read."""

    async def page(self, stream: StreamId, type_: str, span: range, limit: int, *, newest_first: bool) -> list[Event]:
        """Events of one type with `n` in `span`, in the order asked for."""
        ...

    async def events(self, stream: StreamId, ns: Collection[int]) -> list[Event]:
        """The events at these positions, ascending."""
        ...

    async def referring(self, stream: StreamId, refs: Collection[int], up_to: int) -> list[Event]:
        """Events with `n <= up_to` whose `ref` is one of `refs`, ascending."""
        ...

    async def count(self, stream: StreamId, type_: str, span: range, limit: int, not_by: str = "") -> int:
        """How many events of one type stand in `span` and are not by `not_by`; counted up to `limit`."""
        ...

    async def refs(self, stream: StreamId, type_: str, span: range, not_by: str) -> set[int]:
        """The positions in `span` that events of this type, by others than `not_by`, refer to."""
        ...

    async def heads(self, streams: Collection[StreamId]) -> dict[StreamId, int]:
        """The newest position of each stream, 0 for a stream without any."""
        ...


class MailPort(Protocol):
    """Where mail leaves the house."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Hand one mail to a mail server. Raises on anything but acceptance; bounded in time."""
        ...
