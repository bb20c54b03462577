"""A conversation: its kind, its members, whether it is open. What was said is in the log, not here."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.documents.owing import OUTBOX_INDEX, Owing
from models.enums import HistoryFrom, Role
from models.events.conversations import ConversationKind
from models.ids import derived_id

MAX_MEMBERS = 32
FORMER_KEPT = 64


class Member(BaseModel):
    """Somebody who is in it now."""

    user_id: str
    role: Role
    joined_at: datetime
    invited_by: str
    history: HistoryFrom = HistoryFrom.START
    joined_fact: str = ""
    """Client id of their `member.joined` in the log; empty for those present from the beginning."""
    joined_n: int | None = None
    """Where that fact stands, once known."""


class Former(BaseModel):
    """Somebody who was in it, the invitation that had brought them, and the command that ended it."""

    user_id: str
    joined_fact: str
    cause: str


class Conversation(Owing):
    """Being among `members` is the right to receive its stream."""

    id: str  # type: ignore[assignment]
    kind: ConversationKind
    title: str
    patient_id: str | None
    members: list[Member]
    former: list[Former] = Field(default_factory=list)
    created_at: datetime
    created_by: str
    fingerprint: str
    """Hash of the command that made it: the same client id with another wish is refused."""
    closed: bool = False
    unvetted: str = ""
    """Set with every change of members until relationships have been looked at once more after the write."""
    active_at: datetime
    """About when the last message was sent; a projection that follows the log within a second or so."""

    class Settings:
        """Listed by member, most recently active first."""

        name = "conversations"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("members.user_id", ASCENDING), ("active_at", DESCENDING)], name="of_member"),
            IndexModel([("patient_id", ASCENDING), ("members.user_id", ASCENDING)], name="about_patient"),
            IndexModel([("unvetted", ASCENDING)], name="to_vet", partialFilterExpression={"unvetted": {"$gt": ""}}),
            OUTBOX_INDEX,
        ]

    def member(self, user_id: str) -> Member | None:
        """The seat of `user_id`, if they have one."""
        return next((member for member in self.members if member.user_id == user_id), None)


def direct_id(a: str, b: str) -> str:
    """The one direct conversation of two people, whoever opens it."""
    return derived_id("direct", *sorted((a, b)))
