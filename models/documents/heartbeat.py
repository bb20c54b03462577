"""A hub node that is alive: it says so every few seconds, by the database's clock."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class Heartbeat(Document):
    """Parties whose leg is on a node without a fresh heartbeat have lost their connection."""

    id: str  # type: ignore[assignment]  # the node's boot id
    seen_at: datetime
    machine: str = ""
    """Where the node runs: whoever is elsewhere does not reach its Unix sockets."""

    class Settings:
        name = "heartbeats"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("seen_at", ASCENDING)], name="purge", expireAfterSeconds=3600)
        ]
