"""A call as its parties see it, and the vocabulary of its states."""

from enum import StrEnum

from pydantic import Field

from models.events.base import UtcTime, Wire
from models.events.people import PersonView

MAX_PARTIES = 6


class CallKind(StrEnum):
    """What the parties use; a chat consultation has no media and hence no path."""

    AUDIO = "audio"
    VIDEO = "video"
    CHAT = "chat"


class CallState(StrEnum):
    """`connecting` from the first answer until media flows; a chat consultation is `active` at once."""

    RINGING = "ringing"
    CONNECTING = "connecting"
    ACTIVE = "active"
    ENDED = "ended"


class CallReason(StrEnum):
    """Why a call, or the ringing of one device, is over."""

    ANSWERED = "answered"
    DECLINED = "declined"
    BUSY = "busy"
    MISSED = "missed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    ENDED = "ended"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    DECLINED_ELSEWHERE = "declined_elsewhere"


class PartyState(StrEnum):
    """`ringing` (invited), `waiting` (in the waiting room), `present`, `away` (device lost, place kept), `gone`."""

    RINGING = "ringing"
    WAITING = "waiting"
    PRESENT = "present"
    AWAY = "away"
    GONE = "gone"


class MediaPath(StrEnum):
    """`direct` is peer to peer (TURN included); `relay` goes through the hub's media process."""

    DIRECT = "direct"
    RELAY = "relay"


class PathReason(StrEnum):
    """Why the path is what it is."""

    START = "start"
    POLICY = "policy"
    RECORDING = "recording"
    GROUP = "group"
    NOT_CONNECTED = "not_connected"
    MEDIA_LOST = "media_lost"
    PROCESS_LOST = "process_lost"
    TWO_REMAIN = "two_remain"


class ConsentState(StrEnum):
    """Whether a party agreed to being recorded."""

    NONE = "none"
    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"


class RecordingState(StrEnum):
    """`asking` until everybody present has agreed; `failed` is told loudly and costs the call nothing."""

    OFF = "off"
    ASKING = "asking"
    RUNNING = "running"
    FAILED = "failed"


class MediaState(Wire):
    """What a party sends just now."""

    audio: bool = True
    camera: bool = True
    screen: bool = False
    held: bool = Field(default=False, description="On hold: nothing is sent to or received from this party.")


class PartyView(Wire):
    """One person's seat in a call, whichever device they sit at."""

    party_id: str
    person: PersonView
    state: PartyState
    ended: CallReason | None = Field(default=None, description="Why they are `gone`.")
    leg_id: str | None = Field(default=None, description="Their present connection; another after a reload.")
    media: MediaState = MediaState()
    consent: ConsentState = ConsentState.NONE
    joined_at: UtcTime | None = None
    left_at: UtcTime | None = None


class CallView(Wire):
    """A call as its parties see it. Apply only a higher `version`."""

    call_id: str
    conversation_id: str
    version: int = Field(ge=1)
    kind: CallKind
    state: CallState
    reason: CallReason | None = None
    host_id: str = Field(description="Who may admit, invite, transfer and end for all; passes on when the host leaves.")
    waiting_room: bool
    started_at: UtcTime
    ring_expires_at: UtcTime
    answered_at: UtcTime | None = None
    ended_at: UtcTime | None = None
    parties: list[PartyView] = Field(max_length=32)
    path: MediaPath
    path_n: int = Field(ge=1, description="Counts changes of path; a new one means: connect anew.")
    path_reason: PathReason
    recording: RecordingState = RecordingState.OFF
    recording_id: str | None = None
    recording_required: bool = Field(default=False, description="By policy this call is recorded once all agree.")
