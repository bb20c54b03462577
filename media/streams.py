"""What one party's connection carries, as offer and answer settled it: between transport, forwarding and recording.

Every offer has the same eight m-lines (`SLOTS`), so that nobody joining or leaving ever needs a new one. The first
audio and the first video line also carry the party's own microphone and camera (or screen).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol


class Kind(StrEnum):
    """RTP media kinds (RFC 8866 m-line types)."""

    AUDIO = "audio"
    VIDEO = "video"


class CodecName(StrEnum):
    """Codecs that are forwarded."""

    OPUS = "opus"
    VP8 = "vp8"
    H264 = "h264"


AUDIO_SLOTS: Final = 3
"""The three loudest of the others are heard; with up to four parties that is everybody, always in the same place."""
VIDEO_SLOTS: Final = 5
"""Everybody else of six parties."""
SLOTS: Final[tuple[tuple[str, Kind], ...]] = (
    ("0", Kind.AUDIO), ("1", Kind.VIDEO),
    ("2", Kind.AUDIO), ("3", Kind.VIDEO),
    ("4", Kind.AUDIO), ("5", Kind.VIDEO),
    ("6", Kind.VIDEO), ("7", Kind.VIDEO),
)  # fmt: skip
"""`(mid, kind)` of each m-line, in order."""
UPLINK: Final[Mapping[Kind, str]] = {Kind.AUDIO: "0", Kind.VIDEO: "1"}
"""The lines on which a party sends."""

TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
EXTENSIONS: Final[Mapping[str, int]] = {AUDIO_LEVEL: 1, ABS_SEND_TIME: 2, TRANSPORT_CC: 3, MID: 4}
"""Header extension ids of every offer; equal on all legs, so that packets travel with theirs unchanged."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One codec under the payload types of our offers (equal on all legs)."""

    name: CodecName
    payload_type: int
    rtx_payload_type: int | None
    clock_rate: int

    @property
    def kind(self) -> Kind:
        """Audio or video."""
        return Kind.AUDIO if self.name is CodecName.OPUS else Kind.VIDEO


OPUS: Final = Codec(CodecName.OPUS, 111, None, 48_000)
VP8: Final = Codec(CodecName.VP8, 96, 97, 90_000)
H264: Final = Codec(CodecName.H264, 98, 99, 90_000)
"""Constrained baseline, level 3.1, packetization-mode 1 (`42e01f`)."""
CODECS: Final = (OPUS, VP8, H264)


@dataclass(frozen=True, slots=True)
class Slot:
    """One m-line as the hub offers it: what it sends there goes out under these SSRCs."""

    mid: str
    kind: Kind
    ssrc: int
    rtx_ssrc: int | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a party's answer accepted of our offer."""

    slots: tuple[Slot, ...]
    """The offered lines on which the party receives (accepted, and not `sendonly` or `inactive` on its side)."""
    sending: Mapping[Kind, tuple[Codec, ...]]
    """Per kind the codecs the party accepted on its uplink line, its favourite first; a kind it refused is absent."""
    ssrcs: Mapping[int, Kind]
    """SSRCs the answer announced for the uplink (RTX ones excluded); may be empty: then payload types tell."""
    extensions: frozenset[str]
    """URIs of the header extensions the party accepted."""


class RtpOutput(Protocol):
    """How a leg's forwarder sends to its party. Neither call waits or raises; a lost transport swallows."""

    def send_rtp(self, buffer: memoryview | bytearray, length: int, *, keep: bool = False) -> None:
        """Protect `buffer[:length]` (SRTP) and send it. The buffer has 64 spare bytes and may be overwritten.

        A sequence number that this SSRC has used is refused: two packets under one number give their keys away. What
        may have to be sent again is kept.
        """
        ...

    def send_again(self, ssrc: int, sequence: int) -> int:
        """Send a kept packet once more, byte for byte; the octets it took, 0 if it is not among the last 512."""
        ...

    def send_rtcp(self, packet: bytes) -> None:
        """Protect one compound packet (SRTCP) and send it."""
        ...


class RtpInput(Protocol):
    """What a transport hands decrypted packets to. `arrival` is `time.monotonic()` at which the kernel had them."""

    def on_rtp(self, buffer: memoryview, length: int, arrival: float) -> None:
        """One RTP packet in `buffer[:length]`; the buffer (2048 bytes) may be rewritten in place, not kept."""
        ...

    def on_rtcp(self, packet: bytes, arrival: float) -> None:
        """One compound RTCP packet, unvalidated beyond its authentication."""
        ...


class Tap(Protocol):
    """Where the packets of one incoming stream are recorded. Never blocks, never raises."""

    def begin(self, now: float) -> None:
        """Packets come from here on, again after a mute or hold: what was sent meanwhile is not missing."""
        ...

    def rtp(self, packet: bytes, arrival: float) -> None:
        """One packet, once, in any order (recovered ones come late)."""
        ...

    def sender_report(self, ntp: int, rtp: int, arrival: float) -> None:
        """The sender's clock: NTP time (64 bit, 32.32) and RTP time of one moment (RFC 3550, 6.4.1)."""
        ...
