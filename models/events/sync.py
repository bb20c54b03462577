"""HS/1 on the wire: welcome, sync, cumulative acks, lag, reset, goodbye."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from models.enums import CALLERS, PEOPLE, QoS
from models.errors import GoodbyeCode
from models.events.base import (
    Audience,
    Command,
    Cursor,
    Fact,
    Lane,
    Reply,
    Signal,
    UtcTime,
    Wire,
    command,
    fact,
    per_second,
    signal,
)

PROTOCOL = "1.0"
"""Version in `hub.welcome`. A breaking change is a new event name, never a changed shape."""

StreamName = Annotated[str, Field(pattern=r"^[a-z]{1,3}:[0-9a-z-]{1,64}$", max_length=68)]
Cursors = Annotated[dict[StreamName, Cursor], Field(min_length=1, max_length=128)]


class Sync(Command):
    """Continue streams from where this client stands: `cur` says the last position it has of each."""

    cur: Cursors
    epoch: str | None = Field(default=None, max_length=64, description="The epoch the cursors belong to.")


class SyncStatus(StrEnum):
    """What became of one stream of a `hs.sync`."""

    LIVE = "live"
    MORE = "more"
    RESET = "reset"
    GONE = "gone"


class StreamState(Wire):
    """One stream after `hs.sync`."""

    status: SyncStatus
    head: Cursor = Field(description="Last position known to the hub.")
    n: Cursor = Field(description="Last position sent to this client.")
    floor: Cursor = Field(default=0, description="Nothing at or below it can be had (retention, or joined later).")


class Synced(Reply):
    """Where each stream stands now."""

    epoch: str
    streams: dict[str, StreamState]


class Acknowledge(Signal):
    """Everything up to these positions has been taken over by this client; frees credit."""

    cur: Cursors


class RefreshToken(Command):
    """Swap the access token of this connection for a newer one of the same session."""

    token: str = Field(min_length=16, max_length=4096)


class TokenAccepted(Reply):
    """When the connection must refresh again."""

    expires_at: UtcTime


class Welcome(Fact):
    """First fact of every connection."""

    protocol: str
    epoch: str = Field(description="Changes only when the log was restored; then discard every cursor.")
    user_id: str
    session_id: str
    node: str = Field(description="Boot id of the node, for support.")
    server_time: UtcTime
    expires_at: UtcTime
    ping_interval_ms: int


class LoggedEvent(Wire):
    """A durable fact with its place in the log."""

    t: str = Field(description="Name of the fact.")
    s: str
    n: Cursor
    at: str
    by: str
    cid: str | None = None
    data: dict[str, Any] = Field(description="The fact's payload.")


class Page(Fact):
    """Catch-up events of one stream, ascending and contiguous."""

    s: str
    events: list[LoggedEvent]
    more: bool


class Lag(Fact):
    """The hub stopped pushing these streams because the client is behind; pull with `hs.sync`."""

    streams: dict[str, Cursor]


class Reset(Fact):
    """Discard the stream and load its snapshot; there is never a partial recovery."""

    s: str
    floor: Cursor
    head: Cursor


class Goodbye(Fact):
    """The hub is about to close this connection."""

    code: GoodbyeCode
    reconnect: bool
    after_ms: int = Field(ge=0, description="Wait this long (already jittered) before reconnecting.")


HS_SYNC = command("hs.sync", Sync, reply=Synced, lane=Lane.SYNC, allow=PEOPLE, rate=per_second(4, 20),
                  audit="stream.read", qos=QoS.B, unverified=True)  # fmt: skip
HS_ACK = signal("hs.ack", Acknowledge, lane=Lane.SYNC, allow=PEOPLE, rate=per_second(20, 60),
                audit="stream.ack", unverified=True)  # fmt: skip
AUTH_REFRESH = command("auth.refresh", RefreshToken, reply=TokenAccepted, lane=Lane.ACCOUNT, allow=CALLERS,
                       rate=per_second(1, 5), audit="token.refresh", unverified=True)  # fmt: skip

HUB_WELCOME = fact("hub.welcome", Welcome, qos=QoS.C, audience=Audience.CONNECTION)
HS_PAGE = fact("hs.page", Page, qos=QoS.C, audience=Audience.CONNECTION)
HS_LAG = fact("hs.lag", Lag, qos=QoS.C, audience=Audience.CONNECTION)
HS_RESET = fact("hs.reset", Reset, qos=QoS.C, audience=Audience.CONNECTION)
HUB_GOODBYE = fact("hub.goodbye", Goodbye, qos=QoS.C, audience=Audience.CONNECTION)

COMMANDS = (HS_SYNC, HS_ACK, AUTH_REFRESH)
FACTS = (HUB_WELCOME, HS_PAGE, HS_LAG, HS_RESET, HUB_GOODBYE)
