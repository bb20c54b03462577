"""The internal API between the hub and its media processes: what is asked, what is answered, what is told.

One WebSocket per hub and process. Requests are `{"id", "op", ...}` and answered by `{"id", "ok", ...}`; events have no
`id`. Every request is idempotent, so that a hub that lost the connection can ask again.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Id = Annotated[str, Field(min_length=1, max_length=64)]
Kind = Literal["audio", "video"]
Absence = Literal["lost", "silent", "paused"]
"""Why a recording has nothing for a while: lost on the way, not sent, consent taken back."""
MAX_MESSAGE: Final = 256 * 1024


class Shape(BaseModel):
    """Anything that crosses: frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MediaFault(StrEnum):
    """Why a request was refused."""

    UNKNOWN_CALL = "unknown_call"
    UNKNOWN_LEG = "unknown_leg"
    STALE_OFFER = "stale_offer"
    BAD_ANSWER = "bad_answer"
    FULL = "full"
    DRAINING = "draining"
    DISK = "disk"
    INVALID = "invalid"
    INTERNAL = "internal"


# -- requests -----------------------------------------------------------------------------------------------------


class JoinLeg(Shape):
    """An offer for this leg; the call is opened by its first leg. A party's other leg is replaced.

    `echo`: a connection test, which sends a lone party's media back. `consented`: while recording, whether this party
    may be recorded.
    """

    op: Literal["leg.join"] = "leg.join"
    call_id: Id
    party_id: Id
    leg_id: Id
    path_n: int
    echo: bool = False
    consented: bool = False


class AnswerLeg(Shape):
    """The party's answer."""

    op: Literal["leg.answer"] = "leg.answer"
    call_id: Id
    leg_id: Id
    offer_id: Id
    sdp: Annotated[str, Field(max_length=65_536)]


class LeaveLeg(Shape):
    """The leg is over."""

    op: Literal["leg.leave"] = "leg.leave"
    call_id: Id
    leg_id: Id


class SetLegMedia(Shape):
    """What the party sends now: marks in the recording, and hold."""

    op: Literal["leg.media"] = "leg.media"
    call_id: Id
    party_id: Id
    version: int = Field(default=0, ge=0, description="Of the call that says so; what an older one says is dropped.")
    audio: bool
    camera: bool
    screen: bool
    held: bool


class KeepLegs(Shape):
    """How the call stands, again and again: what was said once may have been lost with the node that said it.

    Whatever is connected beside `legs` is over, unless it joined within the last seconds. `media` is what those who sit
    there send; parties that have not joined here are passed over.
    """

    op: Literal["room.keep"] = "room.keep"
    call_id: Id
    legs: list[Id]
    media: list[SetLegMedia] = []


class WantVideo(Shape):
    """Whose video the leg does not want now."""

    op: Literal["leg.want"] = "leg.want"
    call_id: Id
    leg_id: Id
    off: list[Id]


class CloseRoom(Shape):
    """The call is over."""

    op: Literal["room.close"] = "room.close"
    call_id: Id


class StartRecord(Shape):
    """Record these parties of a call from now on into `folder` (below the common recordings folder)."""

    op: Literal["record.start"] = "record.start"
    call_id: Id
    recording_id: Id
    part: int = Field(ge=1, description="1, or more when the call had to move to another process.")
    key: str = Field(repr=False, description="The recording's AES-256 key, base64.")
    parties: list[Id]


class RecordParty(Shape):
    """A party agreed or withdrew."""

    op: Literal["record.party"] = "record.party"
    call_id: Id
    party_id: Id
    on: bool


class StopRecord(Shape):
    """Stop, finish the files, and say what there is."""

    op: Literal["record.stop"] = "record.stop"
    call_id: Id
    recording_id: Id


class Ask(Shape):
    """How busy the process is (`stats`), what a leg measures (`measure`), or: take no new calls (`drain`)."""

    op: Literal["stats", "drain"]


class MeasureLeg(Shape):
    """What the relay sees of one leg."""

    op: Literal["leg.measure"] = "leg.measure"
    call_id: Id
    leg_id: Id


Request = Annotated[
    JoinLeg | AnswerLeg | LeaveLeg | KeepLegs | SetLegMedia | WantVideo | CloseRoom | StartRecord | RecordParty
    | StopRecord | Ask | MeasureLeg,
    Field(discriminator="op"),
]  # fmt: skip
REQUEST: Final[TypeAdapter[Request]] = TypeAdapter(Request)


# -- answers ------------------------------------------------------------------------------------------------------


class LegOffer(Shape):
    """The hub's offer."""

    offer_id: Id
    sdp: str


class Quality(Shape):
    """A leg over the last second. Loss as a share of 0..1 (up: party to relay), times in ms, rates in kbit/s."""

    connected: bool
    packets: int
    loss_up: float
    loss_down: float
    rtt_ms: float
    jitter_ms: float
    kbps_up: float
    kbps_down: float


class RecordedFile(Shape):
    """One file of one party, whole. Times are RFC 3339 UTC of the server's clock, or milliseconds of the file."""

    name: str
    party_id: Id
    part: int
    started_at: str
    duration_ms: int
    mime: str
    video: bool
    bytes: int = Field(description="Of the plain file.")
    sha256: str = Field(description="Of the encrypted bytes.")
    sizes: list[tuple[int, int, int]] = Field(description="(ms, width, height) of each change of resolution.")
    gaps: list[tuple[int, int, Kind, Absence]] = Field(description="(from ms, to ms, what, why) without media.")
    marks: list[tuple[int, str]] = Field(description="(ms, mark), for example `muted:audio`.")
    sync: Literal["sender_reports", "arrival"]


class Recorded(Shape):
    """Every file of a stopped recording."""

    files: list[RecordedFile]


class Load(Shape):
    """How busy a process is; `cpu` is the share of one core over the last second."""

    calls: int
    legs: int
    packets_per_s: float
    cpu: float
    lag_ms: float
    recordings: int
    draining: bool
    port: int


class Empty(Shape):
    """Done."""


Answer = LegOffer | Quality | Recorded | Load | Empty
ANSWERS: Final[Mapping[str, type[Shape]]] = {
    "leg.join": LegOffer,
    "leg.measure": Quality,
    "record.stop": Recorded,
    "stats": Load,
}
"""The answer's shape by operation; `Empty` for all others."""


# -- events -------------------------------------------------------------------------------------------------------


class LegConnected(Shape):
    """ICE and DTLS are done and the first packet was forwarded or received."""

    event: Literal["leg.connected"] = "leg.connected"
    call_id: Id
    party_id: Id
    leg_id: Id
    path_n: int


class LegLost(Shape):
    """No authenticated packet of this leg for a while, or it could not connect."""

    event: Literal["leg.lost"] = "leg.lost"
    call_id: Id
    party_id: Id
    leg_id: Id
    path_n: int


class LegReoffer(Shape):
    """The leg must be offered anew (another codec): ask `leg.join` again."""

    event: Literal["leg.reoffer"] = "leg.reoffer"
    call_id: Id
    party_id: Id
    leg_id: Id
    path_n: int


class Slots(Shape):
    """Which party a leg receives on which m-line."""

    event: Literal["leg.slots"] = "leg.slots"
    call_id: Id
    leg_id: Id
    slots: dict[str, Id | None]


class Speaker(Shape):
    """Who speaks in a call."""

    event: Literal["room.speaker"] = "room.speaker"
    call_id: Id
    party_id: Id | None


class LegQuality(Shape):
    """Every 5 s, of each connected leg."""

    event: Literal["leg.quality"] = "leg.quality"
    call_id: Id
    party_id: Id
    quality: Quality


class RecordFailed(Shape):
    """The recording could not be kept up; the call goes on. What was written is `files`."""

    event: Literal["record.failed"] = "record.failed"
    call_id: Id
    recording_id: Id
    reason: Literal["disk_full", "disk_stalled", "internal"]
    files: list[RecordedFile]


Event = Annotated[
    LegConnected | LegLost | LegReoffer | Slots | Speaker | LegQuality | RecordFailed, Field(discriminator="event")
]
EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)
