"""A person's notifications: facts of their inbox stream, with a read state that all their devices share."""

from pydantic import Field

from models.enums import PEOPLE, NotificationCategory, QoS
from models.events.base import (
    Audience,
    Command,
    Cursor,
    Done,
    Fact,
    Lane,
    PositiveN,
    Reply,
    UtcTime,
    Wire,
    WritingCommand,
    command,
    fact,
)


class NotificationView(Wire):
    """One notification; `n` is its position in the inbox."""

    n: PositiveN
    at: UtcTime
    category: NotificationCategory
    title: str = Field(max_length=120, description="A key of the client's texts, for example `relationship.proposed`.")
    body: str = Field(max_length=500, default="", description="A key too, or empty; never health data.")
    params: dict[str, str] = Field(default={}, description="Values for the texts: names, titles.")
    link: str = Field(default="", max_length=200, description="Path within the client, beginning with `/`.")
    read: bool


class ListNotifications(Command):
    """Newest first."""

    before_n: PositiveN | None = None
    limit: int = Field(default=30, ge=1, le=100)


class Notifications(Reply):
    """One page, and how many are unread in all (counted up to 999)."""

    notifications: list[NotificationView]
    more: bool
    unread: int
    read_up_to: Cursor
    n: Cursor = Field(description="The page reflects the inbox up to here; sync from here.")


class ReadNotifications(WritingCommand):
    """Mark as read: everything up to `up_to_n`, or single ones."""

    up_to_n: Cursor | None = None
    ns: list[PositiveN] = Field(default=[], max_length=100)


class NotificationRaised(Fact):
    """Something a person should know."""

    category: NotificationCategory
    title: str
    body: str = ""
    params: dict[str, str] = Field(default={})
    link: str = ""


class NotificationsRead(Fact):
    """The person has read these, on one of their devices."""

    up_to_n: Cursor | None = None
    ns: list[int] = Field(default=[])


NOTIFICATION_LIST = command("notification.list", ListNotifications, reply=Notifications, lane=Lane.READ, allow=PEOPLE,
                            audit="notification.read", unverified=True)  # fmt: skip
NOTIFICATION_READ = command("notification.read", ReadNotifications, reply=Done, lane=Lane.ACCOUNT, allow=PEOPLE,
                            audit="notification.mark", unverified=True)  # fmt: skip

NOTIFICATION_RAISED = fact("notification.raised", NotificationRaised, qos=QoS.B, audience=Audience.SELF)
NOTIFICATIONS_READ = fact("notification.marked", NotificationsRead, qos=QoS.B, audience=Audience.SELF)

COMMANDS = (NOTIFICATION_LIST, NOTIFICATION_READ)
FACTS = (NOTIFICATION_RAISED, NOTIFICATIONS_READ)
