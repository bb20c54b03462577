"""A moment of a recording that somebody marked for themselves."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class Bookmark(Document):
    """Its id is derived from the command that made it, so that a retransmission makes no second one."""

    id: str  # type: ignore[assignment]
    recording_id: str
    user_id: str
    at_ms: int
    note: str
    created_at: datetime

    class Settings:
        name = "bookmarks"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("recording_id", ASCENDING), ("user_id", ASCENDING), ("at_ms", ASCENDING)], name="of_person"),
        ]
