"""Counters against guessing, shared by all nodes."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class Throttle(Document):
    """Attempts under one key (an account, an address, a network). Keys hold no readable name or address."""

    id: str  # type: ignore[assignment]  # the key instead of an ObjectId
    hits: int
    blocked_until: datetime | None = None
    purge_at: datetime
    """When the counter is forgotten; checked in the query too."""

    class Settings:
        name = "throttles"
        indexes: ClassVar = [IndexModel([("purge_at", ASCENDING)], name="purge", expireAfterSeconds=0)]
