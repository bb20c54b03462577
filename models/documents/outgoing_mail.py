"""Mail that waits to be sent, or was."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class MailState(StrEnum):
    """`waiting` until the mail server took it (`sent`) or every attempt failed (`failed`)."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class OutgoingMail(Document):
    """One mail. Recipient, subject and text are encrypted as one value, since a text may hold a one-time link."""

    id: str  # type: ignore[assignment]  # a UUID instead of an ObjectId
    sealed: str
    state: MailState = MailState.WAITING
    attempts: int = 0
    due_at: datetime
    """Next attempt; while one runs, the end of its lease."""
    created_at: datetime
    purge_at: datetime

    class Settings:
        name = "outgoing_mail"
        indexes: ClassVar = [
            IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="due"),
            IndexModel([("purge_at", ASCENDING)], name="purge", expireAfterSeconds=0),
        ]
