"""Calls: one state machine per call, owned by the hub. `ringing -> connecting -> active -> ended`."""

from enum import StrEnum

from pydantic import Field

from models.enums import CALLERS, CLINICIANS, PEOPLE, QoS
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
from models.events.call_views import (
    MAX_PARTIES,
    CallKind,
    CallReason,
    CallView,
    MediaPath,
    MediaState,
    PathReason,
)
from models.events.people import PersonView
from models.ids import UuidText

RING_S = 45


class CallReply(Reply):
    """The call after the command."""

    call: CallView


class Calls(Reply):
    """Calls you are in, or that ring for you, now."""

    calls: list[CallView]


class StartCall(WritingCommand):
    """Call members of a conversation. In a direct one, the other; in a group, `invite` or everybody."""

    conversation_id: UuidText
    kind: CallKind = CallKind.VIDEO
    invite: list[UuidText] = Field(default=[], max_length=MAX_PARTIES - 1)
    waiting_room: bool = Field(default=False, description="Those who answer wait until the host admits them.")


class NameCall(Command):
    """One call, by id."""

    call_id: UuidText


class ChangeCall(WritingCommand):
    """One call, by id, once."""

    call_id: UuidText


class LeaveCall(ChangeCall):
    """Hang up. While it rings for others the caller cancels it; the last one out ends it."""


class InviteToCall(ChangeCall):
    """Ring for another member of the conversation: family, an interpreter, a colleague."""

    user_id: UuidText


class DecideOnParty(ChangeCall):
    """Admit somebody from the waiting room, or turn them away."""

    party_id: UuidText


class TransferCall(ChangeCall):
    """Hand the call to another clinician of the conversation; you leave when they have answered."""

    user_id: UuidText


class SetMedia(Command):
    """What you send now: for the others' screens, and for the recording."""

    call_id: UuidText
    media: MediaState


class ListCalls(Command):
    """After a reload: what you were in."""


class BusyMode(StrEnum):
    """What happens when somebody calls you while you are in a call."""

    BUSY = "busy"
    WAITING = "waiting"


class SetCallPreference(Command):
    """Call waiting or busy."""

    busy_mode: BusyMode


class CallPreference(Reply):
    """Your setting."""

    busy_mode: BusyMode


class GetCallPreference(Command):
    """Your setting."""


class CallStarted(Fact):
    """Somebody calls."""

    call_id: str
    kind: CallKind
    waiting_room: bool
    invited: list[str]


class CallRang(Fact):
    """Inbox: your devices ring until `expires_at`; after it, the call is shown as missed."""

    call_id: str
    conversation_id: str
    kind: CallKind
    caller: PersonView
    title: str = Field(max_length=120)
    expires_at: UtcTime
    waiting: bool = Field(default=False, description="You are in another call: show it as call waiting.")


class RingEnded(Fact):
    """Inbox: stop ringing. `device_id` is the one that answered or declined; on it, nothing was elsewhere."""

    call_id: str
    reason: CallReason
    device_id: str | None = None


class CallJoined(Fact):
    """Somebody is in the call now."""

    call_id: str
    party_id: str
    person: PersonView


class CallLeft(Fact):
    """Somebody is out of it, or never came."""

    call_id: str
    party_id: str
    user_id: str
    reason: CallReason


class CallEnded(Fact):
    """It is over."""

    call_id: str
    kind: CallKind
    reason: CallReason
    seconds: int = Field(ge=0, description="From the answer to the end; 0 if nobody answered.")


class PathChanged(Fact):
    """The same call, another way. `took_ms` runs from the decision until media flowed again."""

    call_id: str
    before: MediaPath
    after: MediaPath
    reason: PathReason
    took_ms: int = Field(ge=0)


class MediaChanged(Fact):
    """Somebody muted, unmuted, switched camera or screen, or went on hold."""

    call_id: str
    party_id: str
    media: MediaState


class CallTransferred(Fact):
    """The call was handed on."""

    call_id: str
    from_user_id: str
    to_user_id: str


class CallChanged(Fact):
    """The call as it is now."""

    call: CallView


_KNOWN = (ErrorCode.NOT_FOUND, ErrorCode.CALL_OVER)
_HOST = (*_KNOWN, ErrorCode.FORBIDDEN, ErrorCode.NOT_IN_CALL)

CALL_START = command("call.start", StartCall, reply=CallReply, lane=Lane.CALL, allow=PEOPLE, rate=per_minute(20, 6),
                     audit="call.start", qos=QoS.A,
                     errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN, ErrorCode.ALREADY_IN_CALL, ErrorCode.NOT_NOW,
                             ErrorCode.CALL_FULL))  # fmt: skip
CALL_ACCEPT = command("call.accept", ChangeCall, reply=CallReply, lane=Lane.CALL, allow=CALLERS, audit="call.accept",
                      rate=per_second(1, 10), qos=QoS.A,
                      errors=(*_KNOWN, ErrorCode.ANSWERED_ELSEWHERE, ErrorCode.CALL_FULL))  # fmt: skip
CALL_DECLINE = command("call.decline", ChangeCall, reply=Done, lane=Lane.CALL, allow=CALLERS, audit="call.decline",
                       qos=QoS.A, errors=(*_KNOWN, ErrorCode.ANSWERED_ELSEWHERE))  # fmt: skip
CALL_LEAVE = command("call.leave", LeaveCall, reply=Done, lane=Lane.CALL, allow=CALLERS, audit="call.leave",
                     errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
CALL_END = command("call.end", ChangeCall, reply=Done, lane=Lane.CALL, allow=PEOPLE, audit="call.end",
                   errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN))  # fmt: skip
CALL_INVITE = command("call.invite", InviteToCall, reply=CallReply, lane=Lane.CALL, allow=PEOPLE, audit="call.invite",
                      rate=per_minute(20, 6), errors=(*_HOST, ErrorCode.CALL_FULL))  # fmt: skip
CALL_ADMIT = command("call.admit", DecideOnParty, reply=CallReply, lane=Lane.CALL, allow=PEOPLE, audit="call.admit",
                     errors=(*_HOST, ErrorCode.CALL_FULL))  # fmt: skip
CALL_REFUSE = command("call.refuse", DecideOnParty, reply=CallReply, lane=Lane.CALL, allow=PEOPLE, audit="call.refuse",
                      errors=_HOST)  # fmt: skip
CALL_TRANSFER = command("call.transfer", TransferCall, reply=CallReply, lane=Lane.CALL, allow=CLINICIANS,
                        audit="call.transfer", errors=(*_HOST, ErrorCode.CALL_FULL))  # fmt: skip
CALL_SET_MEDIA = command("call.set_media", SetMedia, reply=CallReply, lane=Lane.CALL, allow=CALLERS, audit="call.media",
                         rate=per_second(2, 20), errors=(*_KNOWN, ErrorCode.NOT_IN_CALL))  # fmt: skip
CALL_GET = command("call.get", NameCall, reply=CallReply, lane=Lane.READ, allow=CALLERS, rate=per_second(4, 20),
                   audit="call.read", qos=QoS.C, errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
CALL_LIST = command("call.list", ListCalls, reply=Calls, lane=Lane.READ, allow=CALLERS, rate=per_second(2, 10),
                    audit="call.read", qos=QoS.C)  # fmt: skip
CALL_PREFERENCE_GET = command("call.preference", GetCallPreference, reply=CallPreference, lane=Lane.READ, allow=PEOPLE,
                              audit="call.preference_read")  # fmt: skip
CALL_PREFERENCE_SET = command("call.set_preference", SetCallPreference, reply=CallPreference, lane=Lane.CALL,
                              allow=PEOPLE, audit="call.preference")  # fmt: skip

CALL_STARTED = fact("call.started", CallStarted, qos=QoS.B, audience=Audience.MEMBERS)
CALL_JOINED = fact("call.joined", CallJoined, qos=QoS.B, audience=Audience.MEMBERS)
CALL_LEFT = fact("call.left", CallLeft, qos=QoS.B, audience=Audience.MEMBERS)
CALL_ENDED = fact("call.ended", CallEnded, qos=QoS.B, audience=Audience.MEMBERS)
CALL_PATH_CHANGED = fact("call.path_changed", PathChanged, qos=QoS.B, audience=Audience.MEMBERS)
CALL_MEDIA_CHANGED = fact("call.media_changed", MediaChanged, qos=QoS.B, audience=Audience.MEMBERS)
CALL_TRANSFERRED = fact("call.transferred", CallTransferred, qos=QoS.B, audience=Audience.MEMBERS)
CALL_RANG = fact("call.rang", CallRang, qos=QoS.A, audience=Audience.SELF)
CALL_RING_ENDED = fact("call.ring_ended", RingEnded, qos=QoS.A, audience=Audience.SELF)
CALL_CHANGED = fact("call.changed", CallChanged, qos=QoS.C, audience=Audience.PARTIES)

COMMANDS = (CALL_START, CALL_ACCEPT, CALL_DECLINE, CALL_LEAVE, CALL_END, CALL_INVITE, CALL_ADMIT, CALL_REFUSE,
            CALL_TRANSFER, CALL_SET_MEDIA, CALL_GET, CALL_LIST, CALL_PREFERENCE_GET, CALL_PREFERENCE_SET)  # fmt: skip
FACTS = (CALL_STARTED, CALL_JOINED, CALL_LEFT, CALL_ENDED, CALL_PATH_CHANGED, CALL_MEDIA_CHANGED, CALL_TRANSFERRED,
         CALL_RANG, CALL_RING_ENDED, CALL_CHANGED)  # fmt: skip
