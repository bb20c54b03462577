"""One-time links for a forgotten password."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class PasswordReset(Document):
    """Named by the SHA-256 of the link's token; deleted by its one use."""

    id: str  # type: ignore[assignment]  # the hash instead of an ObjectId
    user_id: str
    expires_at: datetime
    """Checked in the query too: the database removes expired documents late."""

    class Settings:
        name = "password_resets"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING)], name="user"),
            IndexModel([("expires_at", ASCENDING)], name="purge", expireAfterSeconds=0),
        ]
