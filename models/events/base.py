"""What a command, a signal and a fact are, and the functions that bind a name to a payload and its rules."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    StringConstraints,
)

from models.enums import QoS, Role
from models.errors import ErrorCode
from models.ids import UuidText, rfc3339


class Wire(BaseModel):
    """Anything that crosses the wire: frozen, strict, closed. Unknown fields, NaN and infinities are refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Command(Wire):
    """What somebody wants; always answered with data or a coded error."""


class WritingCommand(Command):
    """A command that leaves a durable trace. The same `cid` again is the same command, not a second one."""

    cid: UuidText = Field(description="Client-made UUIDv7; resend it unchanged until answered.")


class Signal(Wire):
    """What a client lets us know; lossy, and answered only if an ack is asked for."""


class Fact(Wire):
    """What happened; past tense."""


class Reply(Wire):
    """What a command answers."""


class Done(Reply):
    """The command took effect (or had already taken effect)."""


class Recorded(Reply):
    """The fact is majority-durable at position `n` of stream `s`."""

    s: str = Field(description="Stream.")
    n: int = Field(ge=1, description="Position in the stream; contiguous from 1.")
    at: str = Field(description="When the hub accepted it, RFC 3339 UTC.")
    dup: bool = Field(default=False, description="True if this client id had been recorded before.")


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d.*")


def _moment(value: object) -> object:
    """A time, or RFC 3339 text; not seconds since the epoch, which the parser would also take."""
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC3339.fullmatch(value)):
        return value
    raise ValueError("not RFC 3339")


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset")
    return moment.astimezone(UTC)


UtcTime = Annotated[
    datetime,
    Field(strict=False),
    BeforeValidator(_moment),
    AfterValidator(_utc),
    PlainSerializer(rfc3339, return_type=str, when_used="json"),
]
"""An aware time; travels as RFC 3339 UTC with milliseconds."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
PositiveN = Annotated[int, Field(ge=1, le=2**53 - 1)]
Cursor = Annotated[int, Field(ge=0, le=2**53 - 1)]


def given(name: str, kind: str) -> dict[str, JsonValue]:
    """JSON schema of "this field is there, and not null", for rules between fields that models check in code."""
    return {"required": [name], "properties": {name: {"type": kind}}}


class Lane(StrEnum):
    """Commands of one connection and lane run in arrival order; lanes run side by side."""

    SYNC = "sync"
    CHAT = "chat"
    ACCOUNT = "account"
    PRESENCE = "presence"
    READ = "read"
    CALL = "call"
    SIGNALING = "signaling"


class Audience(StrEnum):
    """Who receives a fact; computed beside the fact, never filtered by a client."""

    SELF = "self"
    MEMBERS = "members"
    RELATED = "related"
    CONNECTION = "connection"
    PARTIES = "parties"


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `per_s` tokens a second, at most `burst` saved up; per person, per address before sign-in."""

    per_s: float
    burst: int


def per_second(tokens: float, burst: int) -> Rate:
    """`tokens` a second with room for `burst` at once."""
    return Rate(tokens, burst)


def per_minute(tokens: float, burst: int) -> Rate:
    """`tokens` a minute with room for `burst` at once."""
    return Rate(tokens / 60, burst)


C = TypeVar("C", bound=Command | Signal)
R = TypeVar("R", bound=Reply)
F = TypeVar("F", bound=Fact)

ANYBODY: frozenset[Role] | None = None
"""`allow=ANYBODY`: the command needs no account."""


@dataclass(frozen=True, slots=True)
class CommandSpec(Generic[C, R]):
    """A name bound to its payload and reply, and to who may, how often, in which lane, audited as what."""

    name: str
    payload: type[C]
    reply: type[R]
    lane: Lane
    allow: frozenset[Role] | None
    rate: Rate
    audit: str
    qos: QoS
    unverified: bool
    errors: tuple[ErrorCode, ...]
    signal: bool = False


@dataclass(frozen=True, slots=True)
class FactSpec(Generic[F]):
    """A name bound to its payload, its class of service and its audience."""

    name: str
    payload: type[F]
    qos: QoS
    audience: Audience

    @property
    def durable(self) -> bool:
        """Durable facts live in the log and carry `(s, n)`."""
        return self.qos in (QoS.A, QoS.B)


USUAL = per_second(10, 30)
"""The rate of commands that declare none of their own."""


def command(
    name: str,
    payload: type[C],
    *,
    reply: type[R],
    lane: Lane,
    allow: frozenset[Role] | None,
    audit: str,
    rate: Rate = USUAL,
    qos: QoS = QoS.B,
    unverified: bool = False,
    errors: tuple[ErrorCode, ...] = (),
) -> CommandSpec[C, R]:
    """Declare a command. `unverified`: clinicians who wait for verification may use it too."""
    return CommandSpec(name, payload, reply, lane, allow, rate, audit, qos, unverified, errors)


def signal(
    name: str, payload: type[C], *, lane: Lane, allow: frozenset[Role], audit: str, rate: Rate, unverified: bool = False
) -> CommandSpec[C, Done]:
    """Declare a signal: lossy, answered with `Done` only if the client asked for an ack."""
    return CommandSpec(name, payload, Done, lane, allow, rate, audit, QoS.F, unverified, (), signal=True)


def fact(name: str, payload: type[F], *, qos: QoS, audience: Audience) -> FactSpec[F]:
    """Declare a fact."""
    return FactSpec(name, payload, qos, audience)
