"""One-time links for a forgotten password."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class PasswordReset(Document):
    """Named by the SHA-256 of the link's token; deleted by its one use."""

    id: str  # type: ignore[assignment]  # the hash instead of an ObjectId
    user_id: str
    """Empty for a name without an account: it costs the same writes."""
    generation: int
    """Of the account when the link was sent: a link does not outlive a change of password, role or standing."""
    email_index: str | None
    """Where the link was sent, blinded: it does not outlive that address being the account's."""
    expires_at: datetime
    """Checked in the query too: the database removes expired documents late."""

    class Settings:
        name = "password_resets"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING)], name="user"),
            IndexModel([("expires_at", ASCENDING)], name="purge", expireAfterSeconds=0),
        ]
