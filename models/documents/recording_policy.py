"""The organisation's policy on recording: one document."""

from datetime import datetime

from beanie import Document

from models.events.recording_views import RecordingPolicy

THE_ONE = "organisation"


class RecordingPolicyRecord(Document):
    """What an administrator set last; without the document, `on_request`, kept until somebody deletes."""

    id: str = THE_ONE  # type: ignore[assignment]
    policy: RecordingPolicy = RecordingPolicy.ON_REQUEST
    keep_days: int = 0
    changed_at: datetime | None = None
    changed_by: str = ""

    class Settings:
        name = "recording_policy"
