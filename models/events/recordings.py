"""Consent, recording, and looking at recorded visits again."""

from typing import Annotated, Final

from pydantic import Field

from models.enums import ADMINS, CALLERS, CLINICIANS, PEOPLE, Language, QoS
from models.errors import ErrorCode
from models.events.base import (
    Audience,
    Command,
    Done,
    Fact,
    Lane,
    Reply,
    UtcTime,
    WritingCommand,
    command,
    fact,
    per_minute,
    per_second,
)
from models.events.calls import CallReply
from models.events.recording_register import HeldRecording, ListAllRecordings, RecordingRows
from models.events.recording_views import (
    BookmarkView,
    RecordingPolicy,
    RecordingView,
    StopReason,
    TimelineEvent,
    TrackView,
)
from models.ids import UuidText


class AskForRecording(WritingCommand):
    """Ask everybody present; it starts when the last of them has agreed."""

    call_id: UuidText


class StopRecording(WritingCommand):
    """Stop it."""

    call_id: UuidText


class Consent(WritingCommand):
    """Agree to be recorded, or refuse; refusing while it runs stops the recording of you at once."""

    call_id: UuidText
    agreed: bool
    text_version: str = Field(pattern=r"^[a-z0-9.-]{1,32}$", description="Which consent text was shown.")
    language: Language


class ConsentGiven(Fact):
    """Somebody agreed or refused; time, device and text are part of the record."""

    call_id: str
    party_id: str
    agreed: bool
    text_version: str
    language: Language
    device_id: str


class RecordingAsked(Fact):
    """Everybody present is asked."""

    call_id: str


class RecordingStarted(Fact):
    """From here on it is recorded."""

    call_id: str
    recording_id: str


class RecordingStopped(Fact):
    """It is recorded no longer."""

    call_id: str
    recording_id: str
    reason: StopReason
    party_id: str | None = Field(default=None, description="Who withdrew or refused, if that was the reason.")


class RecordingReady(Fact):
    """It can be watched."""

    call_id: str
    recording_id: str
    seconds: int = Field(ge=0)


class RecordingDeleted(Fact):
    """It is gone for good."""

    recording_id: str


class ListRecordings(Command):
    """Recordings you may watch, newest first."""

    conversation_id: UuidText | None = None
    before: UtcTime | None = None
    limit: int = Field(default=20, ge=1, le=100)


class Recordings(Reply):
    """One page."""

    recordings: list[RecordingView]
    more: bool


class NameRecording(Command):
    """One recording, by id."""

    recording_id: UuidText


class RecordingDetail(Reply):
    """Everything the review screen needs."""

    recording: RecordingView
    tracks: list[TrackView]
    timeline: list[TimelineEvent]
    bookmarks: list[BookmarkView]


class LinkRecording(Command):
    """A link to one file, for you alone, for five minutes."""

    recording_id: UuidText
    file: str = Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")


class RecordingLink(Reply):
    """Answers range requests until it expires or your session ends."""

    url: str
    expires_at: UtcTime


LAST_MOMENT_MS: Final = 86_400_000
Moment = Annotated[int, Field(ge=0, le=LAST_MOMENT_MS)]
Range = tuple[Moment, Moment]


class TellWatched(Command):
    """Which stretches were watched since the last report, in milliseconds of the recording's clock; for the audit."""

    recording_id: UuidText
    ranges: list[Range] = Field(min_length=1, max_length=50)


class AddBookmark(WritingCommand):
    """Mark a moment."""

    recording_id: UuidText
    at_ms: Moment
    note: str = Field(default="", max_length=1000)


class ChangeBookmark(WritingCommand):
    """Another note; yours only."""

    recording_id: UuidText
    bookmark_id: UuidText
    note: str = Field(max_length=1000)


class RemoveBookmark(WritingCommand):
    """Remove it; yours only."""

    recording_id: UuidText
    bookmark_id: UuidText


class BookmarkReply(Reply):
    """The bookmark."""

    bookmark: BookmarkView


class ChangeRecording(WritingCommand):
    """One recording, once."""

    recording_id: UuidText


class SetLegalHold(ChangeRecording):
    """Neither retention nor anybody deletes it while held."""

    held: bool


class RecordingReply(Reply):
    """The recording after the command."""

    recording: RecordingView


class SetRecordingPolicy(WritingCommand):
    """The organisation's policy."""

    policy: RecordingPolicy
    keep_days: int = Field(default=0, ge=0, le=36_500, description="0 keeps recordings until somebody deletes them.")


class GetRecordingPolicy(Command):
    """The organisation's policy."""


class RecordingPolicyReply(Reply):
    """The organisation's policy."""

    policy: RecordingPolicy
    keep_days: int


class RecordingChanged(Fact):
    """Progress of finishing or composing, to those who look at it."""

    recording: RecordingView


_IN_CALL = (ErrorCode.NOT_FOUND, ErrorCode.CALL_OVER, ErrorCode.NOT_IN_CALL)
_MINE = (ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN)

RECORDING_ASK = command("recording.ask", AskForRecording, reply=CallReply, lane=Lane.CALL, allow=CLINICIANS,
                        audit="recording.ask", qos=QoS.A,
                        errors=(*_IN_CALL, ErrorCode.NOT_NOW, ErrorCode.POLICY_FORBIDS))  # fmt: skip
RECORDING_STOP = command("recording.stop", StopRecording, reply=CallReply, lane=Lane.CALL, allow=CLINICIANS,
                         audit="recording.stop", qos=QoS.A, errors=(*_IN_CALL, ErrorCode.POLICY_FORBIDS))  # fmt: skip
RECORDING_CONSENT = command("recording.consent", Consent, reply=CallReply, lane=Lane.CALL, allow=CALLERS,
                            audit="recording.consent", qos=QoS.A,
                            errors=(*_IN_CALL, ErrorCode.NOT_NOW))  # fmt: skip
RECORDING_LIST = command("recording.list", ListRecordings, reply=Recordings, lane=Lane.READ, allow=PEOPLE,
                         audit="recording.list", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
RECORDING_LIST_ALL = command("recording.list_all", ListAllRecordings, reply=RecordingRows, lane=Lane.READ,
                             allow=ADMINS, audit="recording.list_all")  # fmt: skip
RECORDING_GET = command("recording.get", NameRecording, reply=RecordingDetail, lane=Lane.READ, allow=PEOPLE,
                        audit="recording.read", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
RECORDING_LINK = command("recording.link", LinkRecording, reply=RecordingLink, lane=Lane.READ, allow=PEOPLE,
                         rate=per_second(4, 24), audit="recording.link", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
RECORDING_WATCHED = command("recording.watched", TellWatched, reply=Done, lane=Lane.READ, allow=PEOPLE,
                            audit="recording.watch", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
RECORDING_ADD_BOOKMARK = command("recording.add_bookmark", AddBookmark, reply=BookmarkReply, lane=Lane.CHAT,
                                 allow=PEOPLE, audit="bookmark.create",
                                 errors=(ErrorCode.NOT_FOUND, ErrorCode.NOT_NOW))  # fmt: skip
RECORDING_CHANGE_BOOKMARK = command("recording.change_bookmark", ChangeBookmark, reply=BookmarkReply, lane=Lane.CHAT,
                                    allow=PEOPLE, audit="bookmark.update", errors=_MINE)  # fmt: skip
RECORDING_REMOVE_BOOKMARK = command("recording.remove_bookmark", RemoveBookmark, reply=Done, lane=Lane.CHAT,
                                    allow=PEOPLE, audit="bookmark.delete", errors=_MINE)  # fmt: skip
RECORDING_COMPOSE = command("recording.compose", ChangeRecording, reply=RecordingReply, lane=Lane.CALL,
                            allow=CLINICIANS, rate=per_minute(4, 4), audit="recording.compose",
                            errors=(*_MINE, ErrorCode.NOT_NOW))  # fmt: skip
RECORDING_DELETE = command("recording.delete", ChangeRecording, reply=Done, lane=Lane.CALL,
                           allow=CLINICIANS | ADMINS, audit="recording.delete",
                           errors=(*_MINE, ErrorCode.NOT_NOW, ErrorCode.POLICY_FORBIDS))  # fmt: skip
RECORDING_HOLD = command("recording.set_hold", SetLegalHold, reply=HeldRecording, lane=Lane.CALL, allow=ADMINS,
                         audit="recording.hold", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
RECORDING_POLICY = command("recording.policy", GetRecordingPolicy, reply=RecordingPolicyReply, lane=Lane.READ,
                           allow=PEOPLE, audit="recording.policy_read")  # fmt: skip
RECORDING_SET_POLICY = command("recording.set_policy", SetRecordingPolicy, reply=RecordingPolicyReply, lane=Lane.CALL,
                               allow=ADMINS, audit="recording.policy")  # fmt: skip

RECORDING_ASKED = fact("recording.asked", RecordingAsked, qos=QoS.A, audience=Audience.MEMBERS)
RECORDING_CONSENTED = fact("recording.consented", ConsentGiven, qos=QoS.A, audience=Audience.MEMBERS)
RECORDING_STARTED = fact("recording.started", RecordingStarted, qos=QoS.A, audience=Audience.MEMBERS)
RECORDING_STOPPED = fact("recording.stopped", RecordingStopped, qos=QoS.A, audience=Audience.MEMBERS)
RECORDING_READY = fact("recording.ready", RecordingReady, qos=QoS.B, audience=Audience.MEMBERS)
RECORDING_DELETED = fact("recording.deleted", RecordingDeleted, qos=QoS.B, audience=Audience.MEMBERS)
RECORDING_CHANGED = fact("recording.changed", RecordingChanged, qos=QoS.C, audience=Audience.SELF)

COMMANDS = (RECORDING_ASK, RECORDING_STOP, RECORDING_CONSENT, RECORDING_LIST, RECORDING_LIST_ALL, RECORDING_GET,
            RECORDING_LINK, RECORDING_WATCHED, RECORDING_ADD_BOOKMARK, RECORDING_CHANGE_BOOKMARK,
            RECORDING_REMOVE_BOOKMARK, RECORDING_COMPOSE, RECORDING_DELETE, RECORDING_HOLD, RECORDING_POLICY,
            RECORDING_SET_POLICY)  # fmt: skip
FACTS = (RECORDING_ASKED, RECORDING_CONSENTED, RECORDING_STARTED, RECORDING_STOPPED, RECORDING_READY,
         RECORDING_DELETED, RECORDING_CHANGED)  # fmt: skip
