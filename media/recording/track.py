"""One incoming stream: packets in any order become frames in order, each with its time."""

from collections.abc import Callable
from typing import Final

from media.recording.clock import SenderClock, TrackClock
from media.recording.codecs import Depacketizer, Frame
from media.recording.h264 import H264Depacketizer
from media.recording.opus import OpusDepacketizer
from media.recording.reorder import ReorderBuffer
from media.recording.rtp import RtpPacket, parse
from media.recording.vp8 import Vp8Depacketizer
from media.streams import Codec, CodecName, Kind

WAIT_S: Final = {Kind.AUDIO: 0.15, Kind.VIDEO: 0.6}
"""How long a missing packet is waited for: sound is not sent again, pictures are (NACK, eight times each 50 ms)."""
ASK_AGAIN_S: Final = 1.0
KEY_EVERY_S: Final = 15.0
"""A key frame is asked for that often, because a player can only seek to one."""
_OTHER_SSRC_S: Final = 1.0
_DEPACKETIZERS: Final[dict[CodecName, Callable[[], Depacketizer]]] = {
    CodecName.OPUS: OpusDepacketizer,
    CodecName.VP8: Vp8Depacketizer,
    CodecName.H264: H264Depacketizer,
}

Emit = Callable[["Track", Frame, float, bool, float], None]
"""Called with the frame, its milliseconds on the server's clock, whether something before it was lost, and now."""


class Track:
    """Behind an `Intake`: reorders, depacketises and times one stream. Malformed packets are counted and dropped."""

    def __init__(self, codec: Codec, sender: SenderClock, emit: Emit, request_keyframe: Callable[[], None]) -> None:
        self.codec = codec
        self.kind = codec.kind
        self._payload_type = codec.payload_type
        self._sender, self._emit, self._request_keyframe = sender, emit, request_keyframe
        self.clock = TrackClock(codec.clock_rate, sender)
        self._reorder = ReorderBuffer(WAIT_S[self.kind])
        self._depacketizer = _DEPACKETIZERS[codec.name]()
        self._ssrc: int | None = None
        self._ssrc_since = 0.0
        self._timestamp = -1
        self._within = False
        """The last packet in order began or continued a picture that is not whole yet."""
        self._broken = self.kind is Kind.VIDEO
        """Pictures cannot be decoded before the next key frame."""
        self._lost = False
        self._asked_at = self._key_at = float("-inf")
        self.open = True
        """False while paused, and after another stream took over."""
        self.dropped = 0

    def rtp(self, packet: bytes, arrival: float) -> None:
        """One packet, in any order."""
        if not self.open:
            return
        parsed = parse(packet)
        if parsed is None or parsed[0] != self._payload_type:
            self.dropped += 1
            return
        _, sequence, timestamp, ssrc, marker, payload = parsed
        if ssrc != self._ssrc and not self._follow(ssrc, arrival):
            return
        clock = self.clock
        timed = payload and not (self._within and timestamp == self._timestamp)  # not within a picture
        if timed and clock.arrived(timestamp, arrival * 1000):
            self._drain(arrival, everything=True)
        if not (clock.unsettled and clock.settling(arrival * 1000)) and self._reorder.passes(sequence):
            if payload:
                self._packet(timestamp, marker, payload, arrival)
            return
        self._reorder.push(RtpPacket(*parsed), arrival)
        self.tick(arrival)

    def sender_report(self, ntp: int, rtp: int, arrival: float) -> None:
        """The sender's clock at one moment."""
        self.clock.report(ntp, rtp, arrival * 1000)

    def tick(self, now: float) -> None:
        """Give up what has been missing for too long."""
        if self._reorder.holds and not self.clock.settling(now * 1000):
            self._drain(now)

    def stop(self, now: float) -> None:
        """Give out what is held and take nothing more."""
        self._drain(now, everything=True)
        self.open = False

    def begin(self, now: float) -> None:
        """What was sent before this is not missing here; pictures go on from the next key frame."""
        if self.open:
            self._drain(now, everything=True)
            self._reorder.reset()
            self._restart()

    def start(self) -> None:
        """Take packets again; pictures from the next key frame on."""
        self._reorder.reset()
        self._restart()
        self.open = True
        if self.kind is Kind.VIDEO:
            self._request_keyframe()

    def _follow(self, ssrc: int, arrival: float) -> bool:
        """The sender went on under another SSRC; stray packets of the one before do not lead back at once."""
        if self._ssrc is not None:
            if arrival - self._ssrc_since < _OTHER_SSRC_S:
                return False
            self._drain(arrival, everything=True)
            self._reorder.reset()
            self._restart()
            self.clock = TrackClock(self.codec.clock_rate, self._sender)
        self._ssrc, self._ssrc_since = ssrc, arrival
        return True

    def _restart(self) -> None:
        self._depacketizer.reset()
        self._within = False
        self._broken = self.kind is Kind.VIDEO

    def _drain(self, now: float, *, everything: bool = False) -> None:
        for item in self._reorder.drain(now, everything=everything):
            if isinstance(item, int):
                self.dropped += item
                self._loss(now)
            elif item.payload:
                self._packet(item.timestamp, item.marker, item.payload, now)

    def _loss(self, now: float) -> None:
        self._depacketizer.reset()
        self._lost = True
        if self.kind is Kind.VIDEO:
            self._broken = True
            self._ask(now)

    def _packet(self, timestamp: int, marker: bool, payload: bytes, now: float) -> None:
        depacketizer = self._depacketizer
        if timestamp != self._timestamp:
            if depacketizer.assembling:
                self._loss(now)  # the frame before never ended
            self._timestamp = timestamp
        frame = depacketizer.push(payload, timestamp, marker)
        if frame is None:
            self._within = depacketizer.assembling
            if not self._within:
                self.dropped += 1
                self._ask(now)
            return
        self._within = False
        if self._broken and not frame.key:
            self.dropped += 1
            self._ask(now)
        else:
            self._frame(frame, timestamp, now)

    def _frame(self, frame: Frame, timestamp: int, now: float) -> None:
        self._broken = False
        if frame.key:
            self._key_at = now
        elif now - self._key_at > KEY_EVERY_S:
            self._ask(now)
        lost, self._lost = self._lost, False
        self._emit(self, frame, self.clock.place(timestamp, now * 1000), lost, now)

    def _ask(self, now: float) -> None:
        if self.kind is Kind.VIDEO and now - self._asked_at >= ASK_AGAIN_S:
            self._asked_at = now
            self._request_keyframe()
