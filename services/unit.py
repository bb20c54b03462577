"""One use of the system: who acts, when, under which correlation id, and what there is to tell afterwards."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import Role
from models.errors import Unauthenticated
from models.events.base import F, Fact, FactSpec
from models.ids import DeviceId, SessionId, UserId


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as their access token says it. `device_id` scopes idempotency: client ids are unique per device."""

    user_id: UserId
    role: Role
    session_id: SessionId
    device_id: DeviceId
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Announcement:
    """A lossy fact to be told to a room once the command has succeeded."""

    spec: FactSpec[Fact]
    data: Fact
    room: str
    skip_self: bool


@dataclass(slots=True)
class Unit:
    """Handed to every service method. Announcements leave only after the method returned; a raise drops them."""

    who: Actor | None
    now: datetime
    ref: str
    address: str = ""
    user_agent: str = ""
    origin: Any = None
    """The connection it came through: known to the door's own commands, opaque to services."""
    resource: str = ""
    """Id of what the command turned out to be about, for the audit row; set by the service."""
    cookie: str | None = None
    """The refresh token a browser presented in its cookie (only on routes that declare `cookies`)."""
    set_cookie: str | None = None
    """A refresh token the door shall put into the browser's cookie; an empty string clears it."""
    announcements: list[Announcement] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """The signed-in actor; raises `Unauthenticated` where there is none."""
        if self.who is None:
            raise Unauthenticated
        return self.who

    def announce(self, spec: FactSpec[F], data: F, room: str, *, skip_self: bool = False) -> None:
        """Tell a room a lossy fact (class C or F) after success. Durable facts go through the log, never here."""
        self.announcements.append(Announcement(spec, data, room, skip_self))  # type: ignore[arg-type]
