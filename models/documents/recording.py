"""A recorded visit: who is in it, its parts and files, its key, and what became of it. The media is on disk."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.documents.owing import OUTBOX_INDEX, Owing
from models.enums import Role
from models.events.recording_views import ComposeState, RecordingStatus
from models.media import RecordedFile

UNFINISHED = (RecordingStatus.RUNNING, RecordingStatus.FINISHING)


class Participant(BaseModel):
    """Somebody who was present while it ran, recorded or not."""

    party_id: str
    user_id: str
    name: str
    role: Role
    verified: bool


class Part(BaseModel):
    """A stretch on one media process."""

    n: int
    process: str
    started: bool = False
    """The process has confirmed it."""
    lost: bool = False
    """The process was gone; should the call be there again, it is another part."""
    settled: bool = False
    """Nothing more comes of the process: its files were told, or will be found on disk."""
    parties: list[str] = Field(default_factory=list)
    """Whom the process was told to record."""


class Composed(BaseModel):
    """The film made of it."""

    state: ComposeState = ComposeState.NONE
    percent: int = 0
    tries: int = 0
    holder: str = ""
    """Boot id of the node that makes it, until `until`."""
    until: datetime | None = None
    file: str | None = None
    bytes: int = 0
    duration_ms: int = 0
    sha256: str = ""
    said: list[int] = Field(default_factory=list)
    """Positions of the messages that are its subtitles, as they read at position `as_of` of the conversation."""
    as_of: int = 0
    checked_at: datetime | None = None
    """When its subtitles were last compared with the conversation by the clock."""


class Recording(Owing):
    """`running` while the call runs it, `finishing` until every file is whole; a tombstone once `deleted`."""

    id: str  # type: ignore[assignment]
    call_id: str
    conversation_id: str
    status: RecordingStatus = RecordingStatus.RUNNING
    key: str | None
    """The files' AES-256 key, sealed with the field key ring; erased with the files."""
    started_at: datetime
    """When the last of those present had agreed; once finished, where the first file begins."""
    stopped_at: datetime | None = None
    idle_since: datetime | None = None
    """Since when it should run and no process has confirmed that it does."""
    participants: list[Participant] = Field(default_factory=list)
    watchers: list[str] = Field(default_factory=list)
    """The clinicians and patients among them; each as long as they belong to the conversation."""
    parts: list[Part] = Field(default_factory=list)
    files: list[RecordedFile] = Field(default_factory=list)
    duration_ms: int = 0
    finisher: str = ""
    finisher_until: datetime | None = None
    legal_hold: bool = False
    delete_after: datetime | None = None
    deleted_at: datetime | None = None
    composed: Composed = Field(default_factory=Composed)

    class Settings:
        name = "recordings"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("watchers", ASCENDING), ("started_at", DESCENDING)], name="of_watcher"),
            IndexModel([("call_id", ASCENDING)], name="of_call"),
            IndexModel([("status", ASCENDING), ("delete_after", ASCENDING)], name="by_status"),
            IndexModel([("composed.state", ASCENDING), ("composed.checked_at", ASCENDING)], name="by_film"),
            IndexModel([("legal_hold", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], name="of_all"),
            OUTBOX_INDEX,
        ]  # fmt: skip

    def participant(self, party_id: str) -> Participant | None:
        """The person of that seat."""
        return next((one for one in self.participants if one.party_id == party_id), None)
