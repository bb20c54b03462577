"""A recorded visit as those who may watch it see it."""

from enum import StrEnum

from pydantic import Field

from models.events.base import UtcTime, Wire
from models.events.people import PersonView


class RecordingPolicy(StrEnum):
    """Of the organisation: never, when a clinician asks, or every call with a patient in it."""

    OFF = "off"
    ON_REQUEST = "on_request"
    REQUIRED = "required"


class StopReason(StrEnum):
    """Why a recording ended. `withdrawn`: by somebody who had agreed; `refused`: by somebody who came while it ran."""

    REQUESTED = "requested"
    CALL_ENDED = "call_ended"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    DISK = "disk"
    PROCESS_LOST = "process_lost"


class RecordingStatus(StrEnum):
    """`running`, then `finishing` until every file is whole, then `ready`; `failed` if nothing could be kept."""

    RUNNING = "running"
    FINISHING = "finishing"
    READY = "ready"
    FAILED = "failed"
    DELETED = "deleted"


class GapKind(StrEnum):
    """What is missing."""

    AUDIO = "audio"
    VIDEO = "video"


class GapReason(StrEnum):
    """Why: `lost` on the way, `silent` (nothing was sent: muted, camera off, no connection), `paused` (no consent)."""

    LOST = "lost"
    SILENT = "silent"
    PAUSED = "paused"


class GapView(Wire):
    """A stretch of a file without sound or picture, in its milliseconds."""

    from_ms: int = Field(ge=0)
    to_ms: int = Field(ge=0)
    kind: GapKind
    reason: GapReason


class TrackView(Wire):
    """One file of one party: play it from `offset_ms` of the recording's clock."""

    file: str = Field(max_length=80, description="Its name, for links.")
    party_id: str
    person: PersonView
    offset_ms: int = Field(ge=0)
    duration_ms: int = Field(ge=0)
    video: bool
    mime: str = Field(description="For example `video/webm`.")
    bytes: int = Field(ge=0)
    gaps: list[GapView] = Field(default=[])


class TimelineKind(StrEnum):
    """What happened; vitals and alarms come with their own issue."""

    MESSAGE = "message"
    JOINED = "joined"
    LEFT = "left"
    PATH = "path"
    MEDIA = "media"
    CONSENT = "consent"
    RECORDING = "recording"
    BOOKMARK = "bookmark"


class TimelineEvent(Wire):
    """One event on the recording's clock."""

    at_ms: int
    kind: TimelineKind
    n: int | None = Field(default=None, description="Position in the conversation's stream.")
    user_id: str | None = None
    text: str = Field(default="", max_length=4000, description="Of a message, bookmark or note.")
    detail: str = Field(default="", max_length=120, description="A key of the client's texts.")


class BookmarkView(Wire):
    """A mark of one's own in a recording, with a note."""

    bookmark_id: str
    at_ms: int = Field(ge=0)
    note: str = Field(max_length=1000)
    by: PersonView
    created_at: UtcTime


class ComposeState(StrEnum):
    """Of the composed film. `outdated`: a message in it was edited or deleted since, so its files were removed."""

    NONE = "none"
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    OUTDATED = "outdated"
    FAILED = "failed"


class ComposedView(Wire):
    """One film of the whole visit: grid, names, chat as subtitles."""

    state: ComposeState = ComposeState.NONE
    percent: int = Field(default=0, ge=0, le=100)
    file: str | None = None
    bytes: int = 0


class RecordingRow(Wire):
    """A recording as an administrator sees it: who, when, how much, how long it is kept; nothing of what is in it."""

    recording_id: str
    status: RecordingStatus
    started_at: UtcTime
    duration_ms: int = Field(ge=0)
    bytes: int = Field(ge=0, description="Of all its files, the film included.")
    people: list[PersonView]
    legal_hold: bool
    delete_after: UtcTime | None = Field(description="When retention removes it.")


class RecordingView(Wire):
    """A recorded visit, as its list shows it."""

    recording_id: str
    call_id: str
    conversation_id: str
    status: RecordingStatus
    started_at: UtcTime
    duration_ms: int = Field(ge=0)
    people: list[PersonView]
    legal_hold: bool = False
    delete_after: UtcTime | None = Field(default=None, description="When retention removes it.")
    composed: ComposedView = ComposedView()
