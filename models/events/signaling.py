"""How the parties of a call connect: who you are in it, session descriptions and ICE candidates, TURN, the relay.

Directly, two legs speak perfect negotiation (W3C WebRTC 1.0, 10.7) through `call.signal`. On the relay the hub offers:
ask with `call.join_relay`, answer with `call.answer_relay`; nothing is trickled, because the relay is ICE-lite.
"""

from enum import StrEnum

from pydantic import ConfigDict, Field, JsonValue, model_validator

from models.enums import CALLERS, QoS
from models.errors import ErrorCode
from models.events.base import (
    Audience,
    Command,
    Done,
    Fact,
    Lane,
    Reply,
    Signal,
    UtcTime,
    Wire,
    command,
    fact,
    per_minute,
    per_second,
    signal,
)
from models.events.call_views import CallView, MediaPath
from models.ids import UuidText

MAX_SDP = 65_536
MAX_CANDIDATE = 1024


class IceServer(Wire):
    """W3C `RTCIceServer`. `username` and `credential` only for TURN."""

    urls: list[str] = Field(max_length=8)
    username: str | None = None
    credential: str | None = None


class IceServers(Reply):
    """What to give to `RTCPeerConnection`; TURN credentials work for at most ten minutes: renew before."""

    ice_servers: list[IceServer] = Field(max_length=8)
    expires_at: UtcTime


class EnterCall(Command):
    """Take your seat with this connection: after accepting, after a reload, or to move the call to this device.

    Your former leg ends. With the `leg_id` you had on this device the seat goes on as the same leg.
    """

    call_id: UuidText
    leg_id: UuidText | None = None


class Entered(Reply):
    """Your seat."""

    call: CallView
    party_id: str
    leg_id: str
    ice_servers: list[IceServer] = Field(max_length=8)
    expires_at: UtcTime
    relay_only: bool = Field(default=False, description="Policy: peers must not see addresses; use TURN or the relay.")


class NameLeg(Command):
    """One call and your leg in it."""

    call_id: UuidText
    leg_id: UuidText


class SdpType(StrEnum):
    """W3C `RTCSdpType`, as far as it is used."""

    OFFER = "offer"
    ANSWER = "answer"
    ROLLBACK = "rollback"


class SessionDescription(Wire):
    """W3C `RTCSessionDescriptionInit`: at most 64 kB, 8 m-lines, 40 candidates."""

    type: SdpType
    sdp: str = Field(max_length=MAX_SDP)


class IceCandidate(Wire):
    """W3C `RTCIceCandidateInit`; an empty candidate ends the candidates."""

    candidate: str = Field(max_length=MAX_CANDIDATE)
    sdp_mid: str | None = Field(default=None, max_length=16)
    sdp_m_line_index: int | None = Field(default=None, ge=0, le=7)
    username_fragment: str | None = Field(default=None, max_length=256)


_EITHER: dict[str, JsonValue] = {
    "oneOf": [
        {"required": ["description"], "properties": {"description": {"type": "object"}, "candidate": {"type": "null"}}},
        {"required": ["candidate"], "properties": {"candidate": {"type": "object"}, "description": {"type": "null"}}},
    ]
}


class SignalLeg(NameLeg):
    """A description or a candidate for another leg of the same call. `n` counts from 1 per pair of legs."""

    model_config = ConfigDict(json_schema_extra=_EITHER)

    to_leg_id: UuidText
    n: int = Field(ge=1, le=100_000)
    description: SessionDescription | None = None
    candidate: IceCandidate | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "SignalLeg":
        if (self.description is None) == (self.candidate is None):
            raise ValueError("either description or candidate")
        return self


class LegSignaled(Fact):
    """What another leg sent you; in order of `n`. A gap means that something was lost: restart ICE."""

    call_id: str
    from_leg_id: str
    to_leg_id: str
    n: int
    description: SessionDescription | None = None
    candidate: IceCandidate | None = None


class RelayOffer(Reply):
    """The hub's offer for this leg; another `offer_id` replaces it."""

    offer_id: str
    sdp: str
    path_n: int


class AnswerRelay(NameLeg):
    """Your answer to the hub's offer."""

    offer_id: UuidText
    sdp: str = Field(max_length=MAX_SDP)


class PathState(StrEnum):
    """What a leg sees of a path: `lost` after 3 s without media, `failed` if it did not connect within 3 s."""

    CONNECTED = "connected"
    LOST = "lost"
    FAILED = "failed"


class CandidateKind(StrEnum):
    """W3C `RTCIceCandidateType`."""

    HOST = "host"
    SRFLX = "srflx"
    PRFLX = "prflx"
    RELAY = "relay"


class ReportPath(NameLeg):
    """How a path does, as this leg sees it; the engine decides what follows."""

    path: MediaPath
    path_n: int = Field(ge=1)
    state: PathState
    candidate_kind: CandidateKind | None = None


class WantVideos(NameLeg):
    """Whose video this leg does not need now, on a small screen for example."""

    off: list[UuidText] = Field(max_length=5)


class ReportQuality(Signal):
    """What this leg measures (`getStats`), every 5 s; shown to the others as bars, kept nowhere."""

    call_id: UuidText
    leg_id: UuidText
    rtt_ms: int = Field(ge=0, le=60_000)
    loss_percent: float = Field(ge=0, le=100)
    kbps: int = Field(ge=0, le=1_000_000)


class SlotsChanged(Fact):
    """Which party is received on which m-line (`mid`) of the relay connection."""

    call_id: str
    leg_id: str
    slots: dict[str, str | None]


class SpeakerChanged(Fact):
    """Who speaks."""

    call_id: str
    party_id: str | None


class QualityChanged(Fact):
    """How the connection of a party does: their own measure, or the relay's."""

    call_id: str
    party_id: str
    rtt_ms: int
    loss_percent: float
    kbps: int


class LegReplaced(Fact):
    """This leg is over: the same person takes part from another connection now."""

    call_id: str
    leg_id: str


class RelayOffered(Fact):
    """The relay has a new offer for this leg: `call.join_relay`."""

    call_id: str
    leg_id: str
    path_n: int


_LEG = (ErrorCode.NOT_FOUND, ErrorCode.CALL_OVER, ErrorCode.NOT_IN_CALL)

CALL_ENTER = command("call.enter", EnterCall, reply=Entered, lane=Lane.CALL, allow=CALLERS, audit="call.enter",
                     rate=per_second(1, 10), errors=_LEG)  # fmt: skip
CALL_CREDENTIALS = command("call.credentials", NameLeg, reply=IceServers, lane=Lane.SIGNALING, allow=CALLERS,
                           rate=per_minute(6, 6), audit="call.credentials", errors=_LEG)  # fmt: skip
CALL_SIGNAL = command("call.signal", SignalLeg, reply=Done, lane=Lane.SIGNALING, allow=CALLERS,
                      rate=per_second(20, 120), audit="call.signal", qos=QoS.F,
                      errors=(*_LEG, ErrorCode.SDP_REFUSED, ErrorCode.NOT_NOW))  # fmt: skip
CALL_JOIN_RELAY = command("call.join_relay", NameLeg, reply=RelayOffer, lane=Lane.SIGNALING, allow=CALLERS,
                          rate=per_second(1, 6), audit="call.relay",
                          errors=(*_LEG, ErrorCode.NOT_NOW, ErrorCode.MEDIA_UNAVAILABLE))  # fmt: skip
CALL_ANSWER_RELAY = command("call.answer_relay", AnswerRelay, reply=Done, lane=Lane.SIGNALING, allow=CALLERS,
                            rate=per_second(1, 6), audit="call.relay",
                            errors=(*_LEG, ErrorCode.NOT_NOW, ErrorCode.SDP_REFUSED,
                                    ErrorCode.MEDIA_UNAVAILABLE))  # fmt: skip
CALL_REPORT_PATH = command("call.report_path", ReportPath, reply=Done, lane=Lane.SIGNALING, allow=CALLERS,
                           rate=per_second(2, 10), audit="call.report", qos=QoS.F, errors=_LEG)  # fmt: skip
CALL_WANT_VIDEOS = command("call.want_videos", WantVideos, reply=Done, lane=Lane.SIGNALING, allow=CALLERS,
                           rate=per_second(2, 10), audit="call.want", qos=QoS.F,
                           errors=(*_LEG, ErrorCode.NOT_NOW, ErrorCode.MEDIA_UNAVAILABLE))  # fmt: skip
CALL_REPORT_QUALITY = signal("call.report_quality", ReportQuality, lane=Lane.PRESENCE, allow=CALLERS,
                             rate=per_second(1, 5), audit="call.report")  # fmt: skip

CALL_SIGNALED = fact("call.signaled", LegSignaled, qos=QoS.F, audience=Audience.PARTIES)
CALL_SLOTS_CHANGED = fact("call.slots_changed", SlotsChanged, qos=QoS.C, audience=Audience.PARTIES)
CALL_SPEAKER_CHANGED = fact("call.speaker_changed", SpeakerChanged, qos=QoS.F, audience=Audience.PARTIES)
CALL_QUALITY_CHANGED = fact("call.quality_changed", QualityChanged, qos=QoS.F, audience=Audience.PARTIES)
CALL_LEG_REPLACED = fact("call.leg_replaced", LegReplaced, qos=QoS.F, audience=Audience.PARTIES)
CALL_RELAY_OFFERED = fact("call.relay_offered", RelayOffered, qos=QoS.F, audience=Audience.PARTIES)

COMMANDS = (CALL_ENTER, CALL_CREDENTIALS, CALL_SIGNAL, CALL_JOIN_RELAY, CALL_ANSWER_RELAY, CALL_REPORT_PATH,
            CALL_WANT_VIDEOS, CALL_REPORT_QUALITY)  # fmt: skip
FACTS = (CALL_SIGNALED, CALL_SLOTS_CHANGED, CALL_SPEAKER_CHANGED, CALL_QUALITY_CHANGED, CALL_LEG_REPLACED,
         CALL_RELAY_OFFERED)  # fmt: skip
