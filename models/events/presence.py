"""Presence: who can be reached now. Latest wins, versioned per person, told to whom a relationship allows."""

from typing import Literal

from pydantic import Field

from models.enums import CLINICIANS, PEOPLE, Availability, QoS
from models.events.base import (
    Audience,
    Command,
    Done,
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

ManualStatus = Literal[Availability.ONLINE, Availability.AWAY, Availability.BUSY]
"""What a clinician can say of themselves; the others are found out by the hub."""


class PresenceView(Wire):
    """Somebody's effective presence as you may see it."""

    user_id: str
    version: int = Field(ge=0, description="Apply only a higher one.")
    status: Availability
    note: str = Field(default="", max_length=80, description="A clinician's own words, for example `back at 14:00`.")
    last_seen_at: UtcTime | None = Field(default=None, description="Rounded down to 5 minutes; absent while online.")


class WatchPresence(Command):
    """The presence of everyone you are related to; changes follow as `presence.changed`."""


class PresenceSnapshot(Reply):
    """Everybody in your audience who is not offline without a trace."""

    people: list[PresenceView]


class ReportActivity(Signal):
    """This device is in use (`active`) or has been left alone for a while."""

    active: bool


class SetStatus(Command):
    """A clinician's manual status: `online`, `away` or `busy`, with a note, until it expires; null ends it."""

    status: ManualStatus | None = Field(description="`online`, `away`, `busy`, or null to return to automatic.")
    note: str = Field(default="", max_length=80)
    expires_at: UtcTime | None = None


class PresenceChanged(Fact):
    """Somebody's effective presence changed."""

    presence: PresenceView


PRESENCE_WATCH = command("presence.watch", WatchPresence, reply=PresenceSnapshot, lane=Lane.PRESENCE, allow=PEOPLE,
                         rate=per_second(1, 5), audit="presence.read", qos=QoS.C)  # fmt: skip
PRESENCE_REPORT = signal("presence.report", ReportActivity, lane=Lane.PRESENCE, allow=PEOPLE, audit="presence.report",
                         rate=per_second(1, 5))  # fmt: skip
PRESENCE_SET = command("presence.set", SetStatus, reply=Done, lane=Lane.PRESENCE, allow=CLINICIANS,
                       rate=per_second(1, 5), audit="presence.update", qos=QoS.C)  # fmt: skip

PRESENCE_CHANGED = fact("presence.changed", PresenceChanged, qos=QoS.C, audience=Audience.RELATED)

COMMANDS = (PRESENCE_WATCH, PRESENCE_REPORT, PRESENCE_SET)
FACTS = (PRESENCE_CHANGED,)
