"""One incoming stream of a party: its sequence, what is missing of it, and who gets it."""

from collections.abc import Callable
from typing import Final

from media.forward import rtcp
from media.forward.elements import Layout
from media.forward.payload import begins_keyframe
from media.forward.sink import HISTORY, Sink
from media.streams import Codec, Kind, Tap

KEYFRAME_GAP: Final = 0.3
"""s; key frames are asked for at most this often, however many receivers want one."""
NACK_TRIES: Final = 8
NACK_GAP: Final = 0.05
"""s between two requests for the same packet, at least; the round trip where that is longer."""
MAX_NACK_GAP: Final = 0.25
NACK_AT_ONCE: Final = 64
LARGEST_GAP: Final = 256
"""Packets; what was lost beyond this is given up for a key frame."""
REPAIRED_START: Final = 100
"""Packets by which a key frame's repaired beginning may lie behind the newest one and still start a sink."""
LIFTED_TIMES: Final = 3
"""How often a lifted limit is told."""
REORDERING: Final = 0.5
"""s for which a late audio packet is still passed on."""


class Source:
    """Plain attributes, because `Leg.on_rtp` keeps them. `newest` counts on where sequence numbers wrap."""

    __slots__ = (
        "_asked_at", "_base", "_emit", "_jitter", "_key_wanted", "_limited", "_prior", "_report_at", "_report_lsr",
        "_resumed", "_transit", "codec", "history", "kind", "last_at", "layout", "level_count", "level_sum", "loss",
        "missing", "newest", "newest_timestamp", "octets", "payload_type", "rate", "received", "sender_report", "sinks",
        "ssrc", "tap", "waiting", "watching",
    )  # fmt: skip

    def __init__(self, ssrc: int, codec: Codec, sequence: int, emit: Callable[[bytes], None]) -> None:
        self.ssrc = ssrc
        self.kind = codec.kind
        self.codec = codec
        self.payload_type = codec.payload_type
        self.history: list[bytes | None] | None = [None] * HISTORY if self.kind is Kind.VIDEO else None
        """Video packets by sequence number modulo `HISTORY`, as the party sent them."""
        self.sinks: list[Sink] = []
        self.waiting: list[Sink] = []
        """Sinks that start at the next key frame (audio: the next packet)."""
        self.watching = False
        """Whether `admit` wants to see packets."""
        self.tap: Tap | None = None
        self.newest = 0x10000 + sequence - 1
        self.newest_timestamp = 0
        self.missing: dict[int, list[float]] = {}
        """`[times asked for, time of the last]` by extended sequence number."""
        self.received = 0
        """Packets, without repaired ones (RFC 4588: their losses count)."""
        self.octets = 0
        self.last_at = 0.0
        self.layout: Layout | None = None
        """Of the header extension of its last packet."""
        self.level_sum = self.level_count = 0
        """Of audio levels (0 loudest, 127 silence) since the switchboard last looked."""
        self.rate = 0.0
        """bit/s of the last second."""
        self.loss = 0.0
        self.sender_report: rtcp.SenderReport | None = None
        self._emit = emit
        self._base = self.newest + 1
        self._prior = (0, 0, 0)
        self._jitter = self._transit = 0.0
        self._report_lsr, self._report_at = 0, 0.0
        self._asked_at = float("-inf")
        self._key_wanted = False
        self._limited = 0
        self._resumed: int | None = None

    def accept(self, sequence: int, arrival: float) -> bool:
        """Whether to pass on a packet that is not simply the next one; notes what it shows to be missing."""
        ahead = (sequence - self.newest) & 0xFFFF
        if ahead == 0:
            return False
        if ahead < 0x8000:
            if ahead > LARGEST_GAP:
                self._restart(arrival)
            else:
                self._miss(ahead, arrival)
            self.newest += ahead
            return True
        number = self.newest + ahead - 0x10000
        if self.missing.pop(number, None) is not None:
            return True
        if self.newest - number > HISTORY:
            # Two packets in a row from long ago are a sender that started again (RFC 3550, A.1).
            if sequence == self._resumed:
                self._restart(arrival)
                self.newest = self._base = (self.newest | 0xFFFF) + 1 + sequence
                self.received, self._prior = 0, (0, 0, 0)
                return True
            self._resumed = (sequence + 1) & 0xFFFF
        return False

    def misses(self, sequence: int) -> bool:
        """Whether this packet is awaited as lost."""
        return self.newest - ((self.newest - sequence) & 0xFFFF) in self.missing

    def _restart(self, now: float) -> None:
        """Every sink goes on without a gap of its own, at the next key frame."""
        self._resumed = None
        self.missing.clear()
        for sink in tuple(self.sinks):
            sink.pause(forget=True)
            self.sinks.remove(sink)
            self.waiting.append(sink)
        if self.kind is Kind.VIDEO:
            self.request_keyframe(now)
        self.watching = True

    def _miss(self, ahead: int, now: float) -> None:
        lost = range(self.newest + 1, self.newest + ahead)
        if len(self.missing) + len(lost) > HISTORY:
            self.missing.clear()
            self.request_keyframe(now)
            return
        for number in lost:
            self.missing[number] = [1, now]
        if self.kind is Kind.VIDEO and self._awaited():
            for start in range(0, len(lost), NACK_AT_ONCE):
                self._emit(rtcp.nack(self.ssrc, (number & 0xFFFF for number in lost[start : start + NACK_AT_ONCE])))

    def _awaited(self) -> bool:
        return bool(self.sinks or self.waiting) or self.tap is not None

    def repair(self, now: float, round_trip: float | None) -> None:
        """Ask again for what is missing, or give it up; ask again for a key frame that has not come."""
        if self.missing:
            if self.kind is Kind.VIDEO and not self._awaited():
                self.missing.clear()
            elif self.kind is Kind.VIDEO:
                self._ask_again(now, min(MAX_NACK_GAP, max(NACK_GAP, round_trip or 0.0)))
            else:
                for number in [n for n, (_, at) in self.missing.items() if now - at > REORDERING]:
                    del self.missing[number]
        if (
            (self._key_wanted or self.waiting)
            and self.kind is Kind.VIDEO
            and now - self._asked_at >= KEYFRAME_GAP
            and self.last_at > self._asked_at
        ):
            self.request_keyframe(now)

    def _ask_again(self, now: float, gap: float) -> None:
        again: list[int] = []
        given_up: list[int] = []
        # A tick may come a little early.
        for number, state in self.missing.items():
            if now - state[1] < gap - 0.005:
                continue
            if state[0] >= NACK_TRIES:
                given_up.append(number)
            elif len(again) < NACK_AT_ONCE:
                state[0] += 1
                state[1] = now
                again.append(number)
        for number in given_up:
            del self.missing[number]
        if given_up:
            self.request_keyframe(now)
        if again:
            self._emit(rtcp.nack(self.ssrc, (number & 0xFFFF for number in sorted(again))))

    def request_keyframe(self, now: float) -> None:
        """PLI now, or as soon as the last one is 300 ms old; no effect on audio."""
        if self.kind is not Kind.VIDEO:
            return
        self._key_wanted = self.watching = True
        if now - self._asked_at >= KEYFRAME_GAP:
            self._asked_at = now
            self._emit(rtcp.pli(self.ssrc))

    def limit(self, bitrate: int | None) -> None:
        """Ask the sender for at most `bitrate` bit/s (REMB), again and again, for one may be lost; `None` lifts it."""
        if bitrate is not None:
            self._limited = LIFTED_TIMES
            self._emit(rtcp.remb(self.ssrc, bitrate))
        elif self._limited:
            self._limited -= 1
            self._emit(rtcp.remb(self.ssrc, rtcp.LARGEST_RATE))

    def admit(self, packet: bytes, payload_at: int, number: int, timestamp: int, arrival: float) -> None:
        """Start the waiting sinks if this packet begins a key frame (audio: at any)."""
        if self.kind is Kind.VIDEO and (
            self.newest - number > REPAIRED_START or not begins_keyframe(self.codec.name, packet, payload_at)
        ):
            return
        self._key_wanted = self.watching = False
        for sink in self.waiting:
            sink.start(number, timestamp, arrival)
            self.sinks.append(sink)
        self.waiting.clear()

    def time(self, timestamp: int, arrival: float) -> None:
        """Interarrival jitter (RFC 3550, A.8), from audio packets and the last packets of frames."""
        transit = arrival * self.codec.clock_rate - timestamp
        change = abs(transit - self._transit)
        self._transit = transit
        # Anything above a second is a pause or a wrap of the clock, not jitter.
        if change < self.codec.clock_rate:
            self._jitter += (change - self._jitter) / 16

    @property
    def jitter_ms(self) -> float:
        """As of the last packet."""
        return self._jitter * 1000 / self.codec.clock_rate

    def on_sender_report(self, report: rtcp.SenderReport, arrival: float) -> None:
        """Keep the sender's clock, and hand it on to whoever hears this stream: they stay in lip sync."""
        self.sender_report = report
        self._report_lsr, self._report_at = report.ntp >> 16 & 0xFFFFFFFF, arrival
        if self.tap is not None:
            self.tap.sender_report(report.ntp, report.rtp, arrival)
        for sink in self.sinks:
            sink.report(report, arrival)

    def measure(self, now: float, seconds: float) -> rtcp.Report:
        """Close the period of `seconds`: rates, loss, and the report block for the sender."""
        expected = self.newest - self._base + 1
        expected_before, received_before, octets_before = self._prior
        self._prior = (expected, self.received, self.octets)
        due, came = expected - expected_before, self.received - received_before
        self.loss = max(0.0, (due - came) / due) if due > 0 else 0.0
        self.rate = (self.octets - octets_before) * 8 / seconds
        lost = max(-0x800000, min(0x7FFFFF, expected - self.received))
        since = int((now - self._report_at) * 65536) & 0xFFFFFFFF if self._report_lsr else 0
        fraction = min(255, int(self.loss * 256))
        jitter = int(self._jitter) & 0xFFFFFFFF
        return rtcp.Report(self.ssrc, fraction, lost, self.newest - 0x10000, jitter, self._report_lsr, since)
