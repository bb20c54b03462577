"""The organisation's recordings, for administrators: what there is, never what is in it."""

from pydantic import Field

from models.events.base import Command, Reply
from models.events.recording_views import RecordingRow
from models.ids import UuidText


class ListAllRecordings(Command):
    """Every recording of the organisation, newest first, without what is in it."""

    recording_id: UuidText | None = Field(default=None, description="This one only.")
    held: bool | None = Field(default=None, description="Only those under legal hold, or only the others.")
    cursor: UuidText | None = Field(default=None, description="`next` of the page before.")
    limit: int = Field(default=20, ge=1, le=100)


class RecordingRows(Reply):
    """One page."""

    recordings: list[RecordingRow]
    next: str | None = Field(description="Pass as `cursor` for the following page; null at the end.")


class HeldRecording(Reply):
    """The recording after the command."""

    recording: RecordingRow
