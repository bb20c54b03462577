"""What a person wishes to happen when they are called while in a call."""

from beanie import Document

from models.events.calls import BusyMode


class CallPreferenceRecord(Document):
    """One per person who ever chose; the others have the default."""

    id: str  # type: ignore[assignment]  # the user's id
    busy_mode: BusyMode = BusyMode.WAITING

    class Settings:
        name = "call_preferences"
