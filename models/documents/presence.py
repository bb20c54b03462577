"""What of presence must outlive a node: a clinician's manual status, and when somebody was last here."""

from datetime import datetime

from beanie import Document

from models.enums import Availability


class PresenceRecord(Document):
    """One per person, under their user id."""

    id: str  # type: ignore[assignment]
    status: Availability | None = None
    note: str = ""
    until: datetime | None = None
    """When the manual status ends by itself; never, if absent."""
    last_seen_at: datetime | None = None

    class Settings:
        """Small and rarely written."""

        name = "presence"
