"""One sign-in on one device: a family of refresh tokens."""

from datetime import datetime
from typing import ClassVar

from pymongo import ASCENDING, DESCENDING, IndexModel

from models.documents.owing import OUTBOX_INDEX, Owing
from models.events.sessions import ClientKind, SessionEnd


class Session(Owing):
    """Alive while it has not ended, has not run out and is of its account's generation (see `Account`)."""

    id: str  # type: ignore[assignment]  # a UUID instead of an ObjectId
    user_id: str
    generation: int
    device_id: str
    device_name: str
    client: ClientKind
    token_hash: str
    """SHA-256 of the refresh token that works now."""
    previous_hash: str | None = None
    """SHA-256 of the one before, which parallel tabs may still present for some seconds."""
    rotated_at: datetime
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    """Idle limit, moved by each refresh, never beyond `ends_at`."""
    ends_at: datetime
    """Absolute limit: sign in anew."""
    ended_at: datetime | None = None
    ended: SessionEnd | None = None
    purge_at: datetime

    class Settings:
        name = "sessions"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("_id", DESCENDING)], name="user"),
            IndexModel([("purge_at", ASCENDING)], name="purge", expireAfterSeconds=0),
            OUTBOX_INDEX,
        ]
