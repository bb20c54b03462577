"""Sessions: signing in on a device, staying signed in, and ending it from anywhere."""

from enum import StrEnum

from pydantic import Field

from models.enums import PEOPLE, QoS, Role
from models.errors import ErrorCode
from models.events.base import (
    ANYBODY,
    Audience,
    Command,
    Done,
    Fact,
    Lane,
    Reply,
    UtcTime,
    Wire,
    command,
    fact,
    per_minute,
    per_second,
)
from models.events.credentials import GUESSES, CodeText, PasswordText, TokenText
from models.ids import UuidText


class ClientKind(StrEnum):
    """Where the refresh token is kept: a browser's HttpOnly cookie, or a mobile app's own secure store."""

    BROWSER = "browser"
    MOBILE = "mobile"


class SessionEnd(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    REVOKED_BY_ADMIN = "revoked_by_admin"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  a reason, no secret
    PASSWORD_RESET = "password_reset"  # noqa: S105  a reason, no secret
    TOKEN_REUSED = "token_reused"  # noqa: S105  a reason, no secret
    TOO_MANY = "too_many"
    ACCOUNT_DISABLED = "account_disabled"
    ROLE_CHANGED = "role_changed"


class SignIn(Command):
    """Prove who you are. `second_factor_required` means: the password was right, ask for the code, send all again."""

    login: str = Field(min_length=3, max_length=254, description="E-mail address or phone number.")
    password: PasswordText
    code: CodeText | None = Field(default=None, description="Code of the authenticator, or a recovery code.")
    client: ClientKind
    device_id: UuidText | None = Field(default=None, description="Kept by the client; made by the hub when missing.")
    device_name: str = Field(default="", max_length=80, description="Shown in the list of sessions.")


class SessionTokens(Reply):
    """An access token for the socket's `auth` and the `Authorization` header, and how to get the next one."""

    access_token: str
    expires_at: UtcTime
    refresh_token: str | None = Field(description="Mobile only; a browser gets it as an HttpOnly cookie.")
    session_id: str
    device_id: str
    user_id: str
    role: Role
    verified: bool
    second_factor_setup_required: bool = Field(
        description="True: this session may only set up the second factor, then refresh."
    )


class RefreshSession(Command):
    """Trade the refresh token for a new pair. Each refresh token works once; a used one ends the whole session."""

    device_id: UuidText = Field(description="The device the session was opened on.")
    refresh_token: TokenText | None = Field(default=None, description="Mobile only; a browser sends its cookie.")


class SignOut(Command):
    """End this session, which the cookie or the refresh token names. Ending it twice is no error."""

    refresh_token: TokenText | None = None


class ListSessions(Command):
    """List the devices I am signed in on."""


class SessionView(Wire):
    """One device that is signed in."""

    session_id: str
    device_id: str
    device_name: str
    client: ClientKind
    started_at: UtcTime
    last_seen_at: UtcTime
    current: bool = Field(default=False, description="True for the session that asks.")


class SessionList(Reply):
    """Every session that is alive, newest first."""

    sessions: list[SessionView]


class RevokeSession(Command):
    """Sign one of my devices out; its sockets close within a second."""

    session_id: UuidText


class RevokeOtherSessions(Command):
    """Sign every other device of mine out."""


class SessionsRevoked(Reply):
    """How many sessions ended."""

    count: int = Field(ge=0)


class SessionStarted(Fact):
    """The person signed in on a device."""

    session: SessionView


class SessionRevoked(Fact):
    """A session ended; its sockets close and its tokens are worth nothing."""

    session_id: str
    reason: SessionEnd


class SignInBlocked(Fact):
    """Too many wrong passwords in a row: nobody can sign in until then. Sessions that are open stay open."""

    until_at: UtcTime


class TokenReused(Fact):
    """A used refresh token came back, so a copy of it exists; the session was ended."""

    session_id: str


SESSION_START = command("session.start", SignIn, reply=SessionTokens, lane=Lane.ACCOUNT, allow=ANYBODY,
                        rate=per_minute(60, 30), audit="session.create",
                        errors=(*GUESSES, ErrorCode.SECOND_FACTOR_REQUIRED))  # fmt: skip
SESSION_REFRESH = command("session.refresh", RefreshSession, reply=SessionTokens, lane=Lane.ACCOUNT, allow=ANYBODY,
                          rate=per_second(2, 30), audit="token.refresh", errors=(ErrorCode.SESSION_ENDED,))  # fmt: skip
SESSION_END = command("session.end", SignOut, reply=Done, lane=Lane.ACCOUNT, allow=ANYBODY, rate=per_second(2, 30),
                      audit="session.end")  # fmt: skip
SESSION_LIST = command("session.list", ListSessions, reply=SessionList, lane=Lane.ACCOUNT, allow=PEOPLE,
                       audit="session.read", unverified=True)  # fmt: skip
SESSION_REVOKE = command("session.revoke", RevokeSession, reply=Done, lane=Lane.ACCOUNT, allow=PEOPLE,
                         audit="session.end", unverified=True, errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
SESSION_REVOKE_OTHERS = command("session.revoke_others", RevokeOtherSessions, reply=SessionsRevoked, lane=Lane.ACCOUNT,
                                allow=PEOPLE, audit="session.end", unverified=True)  # fmt: skip

SESSION_STARTED = fact("session.started", SessionStarted, qos=QoS.B, audience=Audience.SELF)
SESSION_REVOKED = fact("session.revoked", SessionRevoked, qos=QoS.B, audience=Audience.SELF)
ACCOUNT_SIGN_IN_BLOCKED = fact("account.sign_in_blocked", SignInBlocked, qos=QoS.B, audience=Audience.SELF)
ACCOUNT_TOKEN_REUSED = fact("account.token_reused", TokenReused, qos=QoS.B, audience=Audience.SELF)

COMMANDS = (
    SESSION_START, SESSION_REFRESH, SESSION_END, SESSION_LIST, SESSION_REVOKE, SESSION_REVOKE_OTHERS,
)  # fmt: skip
FACTS = (SESSION_STARTED, SESSION_REVOKED, ACCOUNT_SIGN_IN_BLOCKED, ACCOUNT_TOKEN_REUSED)
