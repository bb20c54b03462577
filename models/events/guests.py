"""Guests: somebody without an account comes into one call through a one-time link. And the connection test."""

from enum import StrEnum

from pydantic import Field

from models.enums import CALLERS, PEOPLE
from models.errors import ErrorCode
from models.events.base import (
    ANYBODY,
    Command,
    Done,
    Lane,
    Reply,
    Text,
    UtcTime,
    Wire,
    WritingCommand,
    command,
    per_minute,
)
from models.events.call_views import CallView
from models.events.sessions import SessionTokens
from models.events.signaling import MAX_SDP, IceServer
from models.ids import UuidText


class CreateGuestLink(WritingCommand):
    """A link that brings one person into this call, once."""

    call_id: UuidText
    label: Text = Field(max_length=80, description="Who it is for, as the host calls them: `interpreter`.")
    minutes: int = Field(default=60, ge=1, le=1440)


class GuestLink(Reply):
    """Shown once. The secret is in the fragment, which browsers do not send to servers."""

    link_id: str
    url: str
    expires_at: UtcTime


class RevokeGuestLink(WritingCommand):
    """The link works no more."""

    call_id: UuidText
    link_id: UuidText


class LookAtGuestLink(Command):
    """Whether the link still works, before asking for a name. Does not use it up."""

    secret: str = Field(min_length=16, max_length=128)


class GuestInvitation(Reply):
    """What a guest may know beforehand."""

    host_name: str
    expires_at: UtcTime


class JoinAsGuest(Command):
    """Use the link up: a short session that can do nothing but take part in this call."""

    secret: str = Field(min_length=16, max_length=128)
    name: Text = Field(max_length=80)
    device_id: UuidText


class GuestJoined(Reply):
    """Sign the socket in with `tokens`; you wait until the host admits you."""

    tokens: SessionTokens
    call: CallView


class StartConnectionTest(Command):
    """Ask for everything a connection test needs; at most one minute long."""


class ServerCheck(StrEnum):
    """What the hub found out about its own side."""

    OK = "ok"
    NOT_CONFIGURED = "not_configured"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


class ConnectionTest(Reply):
    """An offer of the relay, which sends back what it receives, and servers to try."""

    test_id: str
    offer_id: str
    sdp: str
    ice_servers: list[IceServer]
    turn: ServerCheck
    relay: ServerCheck
    expires_at: UtcTime


class AnswerConnectionTest(Command):
    """Your answer to the test's offer."""

    test_id: UuidText
    offer_id: UuidText
    sdp: str = Field(max_length=MAX_SDP)


class EndConnectionTest(Command):
    """Done."""

    test_id: UuidText


class ConnectionFinding(Wire):
    """What the relay saw of this connection."""

    connected: bool
    packets: int
    loss_percent: float
    rtt_ms: int


class ConnectionTestEnded(Reply):
    """The relay's side of the result."""

    finding: ConnectionFinding


GUEST_CREATE_LINK = command("call.create_guest_link", CreateGuestLink, reply=GuestLink, lane=Lane.CALL, allow=PEOPLE,
                            rate=per_minute(6, 6), audit="guest.invite",
                            errors=(ErrorCode.NOT_FOUND, ErrorCode.CALL_OVER, ErrorCode.FORBIDDEN,
                                    ErrorCode.NOT_IN_CALL, ErrorCode.CALL_FULL))  # fmt: skip
GUEST_REVOKE_LINK = command("call.revoke_guest_link", RevokeGuestLink, reply=Done, lane=Lane.CALL, allow=PEOPLE,
                            audit="guest.revoke", errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN))  # fmt: skip
GUEST_LOOK = command("guest.look", LookAtGuestLink, reply=GuestInvitation, lane=Lane.READ, allow=ANYBODY,
                     rate=per_minute(20, 10), audit="guest.look", errors=(ErrorCode.LINK_SPENT,))  # fmt: skip
GUEST_JOIN = command("guest.join", JoinAsGuest, reply=GuestJoined, lane=Lane.CALL, allow=ANYBODY,
                     rate=per_minute(10, 5), audit="guest.join",
                     errors=(ErrorCode.LINK_SPENT, ErrorCode.CALL_OVER, ErrorCode.CALL_FULL))  # fmt: skip
CONNECTION_TEST = command("connection.test", StartConnectionTest, reply=ConnectionTest, lane=Lane.SIGNALING,
                          allow=CALLERS, rate=per_minute(4, 4), audit="connection.test",
                          errors=(ErrorCode.MEDIA_UNAVAILABLE,))  # fmt: skip
CONNECTION_ANSWER_TEST = command("connection.answer_test", AnswerConnectionTest, reply=Done, lane=Lane.SIGNALING,
                                 allow=CALLERS, rate=per_minute(8, 8), audit="connection.test",
                                 errors=(ErrorCode.NOT_FOUND, ErrorCode.SDP_REFUSED,
                                         ErrorCode.MEDIA_UNAVAILABLE))  # fmt: skip
CONNECTION_END_TEST = command("connection.end_test", EndConnectionTest, reply=ConnectionTestEnded,
                              lane=Lane.SIGNALING, allow=CALLERS, rate=per_minute(8, 8), audit="connection.test",
                              errors=(ErrorCode.NOT_FOUND, ErrorCode.MEDIA_UNAVAILABLE))  # fmt: skip

COMMANDS = (GUEST_CREATE_LINK, GUEST_REVOKE_LINK, GUEST_LOOK, GUEST_JOIN, CONNECTION_TEST, CONNECTION_ANSWER_TEST,
            CONNECTION_END_TEST)  # fmt: skip
FACTS = ()
