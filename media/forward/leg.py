"""One party's connection: packets in, packets out."""

import time
from collections.abc import Callable
from struct import Struct
from typing import Final

from media.forward import rtcp
from media.forward.agreed import repairs_of
from media.forward.allowance import Allowance
from media.forward.arrivals import MAX_PENDING, Arrivals
from media.forward.downlink import SENT_KEPT, Downlink
from media.forward.elements import OUTLINE, SEND_TIME_HEAD, read
from media.forward.quality import Quality
from media.forward.sink import HISTORY, LONGEST, Sink
from media.forward.source import Source
from media.forward.uplink import Uplink
from media.streams import MID, TRANSPORT_CC, Agreement, Kind, RtpOutput

PERIOD: Final = 1.0
"""s between reports."""
MAX_CONTROL: Final = 400
"""RTCP packets obeyed in a period; Chromium sends about thirty."""

_RTP = Struct("!BBHII")
_REWRITE = Struct("!HII")
_WORD = Struct("!I")


class Leg:
    """Implements `media.streams.RtpInput`; belongs to at most one `Switchboard`."""

    def __init__(
        self, party_id: str, output: RtpOutput, agreement: Agreement, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.party_id = party_id
        self.output = output
        self.agreement = agreement
        self._uplink = Uplink(agreement, output.send_rtcp, self._changed)
        self.sources = self._uplink.sources
        self.downlink = Downlink()
        numbered = TRANSPORT_CC in agreement.extensions
        names_mid = MID in agreement.extensions
        rtx = repairs_of(agreement)
        self.sinks: dict[str, Sink] = {
            slot.mid: Sink(slot, output, self.downlink if numbered else None, rtx, names_mid=names_mid)
            for slot in agreement.slots
        }
        self.on_source: Callable[[Leg, Source], None] | None = None
        """Called when a kind has a new source or its source a new codec."""
        self.last_packet_at: float | None = None
        """Arrival of the newest authenticated packet, RTP or RTCP."""
        self.refused = 0
        """Packets dropped as malformed or foreign."""
        self.forwarded = 0.0
        """bit/s sent to the party in the last second, without repairs."""
        self.round_trip: float | None = None
        self._clock = clock
        self._sink_of = {sink.ssrc: sink for sink in self.sinks.values()}
        self._source_of = self._uplink.source_of
        self._arrivals = Arrivals() if numbered else None
        self._scratch = memoryview(bytearray(2048 + 64))
        self._measured_at: float | None = None
        self._repairs = Allowance()
        self._control = 0

    def on_rtp(self, buffer: memoryview, length: int, arrival: float) -> None:
        """Forward one packet; malformed and foreign ones are counted and dropped."""
        # The hot path: deliberately one long function, which reads the header once and rewrites it in place, because
        # each call and each object here is paid thousands of times a second.
        self.last_packet_at = arrival
        if not 12 <= length <= LONGEST:
            self.refused += 1
            return
        first, second, sequence, timestamp, ssrc = _RTP.unpack_from(buffer)
        source = self._source_of.get(ssrc)
        at = 12 + 4 * (first & 15)
        mid_at = number_at = padding = 0
        level = -1
        if first & 0x10:
            layout = source.layout if source is not None else None
            head, tail = OUTLINE.unpack_from(buffer, at)
            if (
                layout is None
                or at != layout.start
                or head & layout.head_mask != layout.head
                or tail & layout.tail_mask != layout.tail
                or layout.end > length
            ):
                layout = read(buffer, at, length)
                if layout is None:
                    self.refused += 1
                    return
                if source is not None:
                    source.layout = layout
            at, mid_at, number_at = layout.end, layout.mid, layout.number
            if number_at:
                arrivals = self._arrivals
                if arrivals is not None and len(arrivals.numbers) < MAX_PENDING:
                    arrivals.numbers.append(buffer[number_at] << 8 | buffer[number_at + 1])
                    arrivals.times.append(arrival)
            if layout.send_time:
                # The next hop begins here, so its clock does too.
                stamp = int(arrival * 262144) & 0xFFFFFF
                _WORD.pack_into(buffer, layout.send_time - 1, SEND_TIME_HEAD << 24 | stamp)
            if layout.level:
                level = buffer[layout.level] & 127
        if first & 0xC0 != 0x80 or at > length:
            self.refused += 1
            return
        if first & 0x20:
            padding = buffer[length - 1]
            if not padding or padding > length - at:
                self.refused += 1
                return
            if padding == length - at and padding > 1:
                # Nothing but padding (a probe): its number must go on, its weight need not.
                length = at + 1
                buffer[at] = padding = 1
        repaired = False
        if source is None or second & 0x7F != source.payload_type:
            mid = buffer[mid_at] if mid_at else 0
            if second & 0x7F in self._uplink.repairs:
                source = self._uplink.repaired(ssrc, second & 0x7F, mid)
                if source is None or length - at - padding < 2:
                    return
                sequence = buffer[at] << 8 | buffer[at + 1]
                if not source.misses(sequence):
                    return
                self._uplink.unwrap(source, buffer, at, length, self._scratch)
                length -= 2
                buffer = self._scratch
                second = buffer[1]
                repaired = True
            else:
                source = self._uplink.learn(ssrc, second & 0x7F, mid, sequence, arrival)
                if source is None:
                    self.refused += 1
                    return
        if (sequence - source.newest) & 0xFFFF == 1:
            source.newest += 1
            number = source.newest
            late = False
            source.newest_timestamp = timestamp
        else:
            if not source.accept(sequence, arrival):
                return
            number = source.newest - ((source.newest - sequence) & 0xFFFF)
            late = number != source.newest
            if not late:
                source.newest_timestamp = timestamp
        source.octets += length
        source.last_at = arrival
        if not repaired:
            source.received += 1
        sinks = source.sinks
        history = source.history
        if history is not None:
            packet = buffer[:length].tobytes()
            history[number & (HISTORY - 1)] = packet
            if second & 0x80:
                source.time(timestamp, arrival)
        else:
            source.time(timestamp, arrival)
            if level >= 0:
                source.level_sum += level
                source.level_count += 1
            packet = buffer[:length].tobytes() if len(sinks) > 1 or source.tap is not None or source.watching else b""
        if source.tap is not None:
            source.tap.rtp(packet, arrival)
        if source.watching:
            source.admit(packet, at, number, timestamp, arrival)
        spoilt = False
        for sink in sinks:
            if late and number < (sink.first or 0):
                continue
            if spoilt:
                buffer[:length] = packet
            spoilt = True
            moved = (timestamp + sink.timestamp_offset) & 0xFFFFFFFF
            _REWRITE.pack_into(buffer, 2, (number + sink.offset) & 0xFFFF, moved, sink.ssrc)
            if mid_at:
                octet = sink.mid_octet
                buffer[mid_at] = octet
                if not octet:
                    buffer[mid_at - 1] = 0
            if number_at:
                downlink = sink.downlink
                if downlink is None:
                    buffer[number_at - 1] = buffer[number_at] = buffer[number_at + 1] = 0
                else:
                    ours = downlink.number = (downlink.number + 1) & 0xFFFF
                    place = ours & (SENT_KEPT - 1)
                    downlink.sent_at[place] = arrival
                    downlink.sizes[place] = length
                    buffer[number_at] = ours >> 8
                    buffer[number_at + 1] = ours & 255
            sink.packets += 1
            sink.octets += length
            sink.output.send_rtp(buffer, length, keep=sink.keeps)

    def _changed(self, source: Source) -> None:
        if self.on_source is not None:
            self.on_source(self, source)

    def on_rtcp(self, packet: bytes, arrival: float) -> None:
        """Obey one compound packet; whatever is malformed in it is skipped."""
        self.last_packet_at = arrival
        self._control += 1
        if self._control > MAX_CONTROL:
            self.refused += 1
            return
        for message in rtcp.parse(packet):
            match message:
                case rtcp.TransportFeedback(base, arrivals):
                    self.downlink.on_feedback(base, arrivals)
                case rtcp.Report():
                    self._on_report(message, arrival)
                case rtcp.SenderReport(ssrc):
                    if source := self._source_of.get(ssrc):
                        source.on_sender_report(message, arrival)
                case rtcp.Nack(ssrc, missing):
                    if sink := self._sink_of.get(ssrc):
                        repairs = self._repairs
                        spent = sink.resend(missing, arrival, self.round_trip, repairs.octets)
                        repairs.octets -= spent
                        self.downlink.repaired += spent
                case rtcp.KeyframeRequest(ssrc):
                    if (sink := self._sink_of.get(ssrc)) and sink.source is not None:
                        sink.source.request_keyframe(arrival)
                case rtcp.Remb(bitrate):
                    self.downlink.on_remb(bitrate)

    def _on_report(self, report: rtcp.Report, now: float) -> None:
        sink = self._sink_of.get(report.ssrc)
        if sink is None:
            return
        round_trip = sink.on_report(report, now)
        if round_trip is not None:
            self.round_trip = round_trip if self.round_trip is None else self.round_trip * 0.75 + round_trip * 0.25
        self.downlink.on_loss(sink.loss)

    def tick(self, now: float) -> None:
        """Each 50 ms, by the switchboard: feedback to the party. One in no switchboard: by its owner."""
        if self._arrivals is not None:
            any_ssrc = next(iter(self._source_of), 0)
            for body in self._arrivals.feedbacks():
                self.output.send_rtcp(rtcp.transport_feedback(any_ssrc, body))
        for source in self.sources.values():
            source.repair(now, self.round_trip)
        self._repairs.earn(self.forwarded, now, full=self.downlink.estimate < 1.2 * self.forwarded)
        if self._measured_at is None:
            self._measured_at = now
        elif now - self._measured_at >= PERIOD:
            self._measure(now, now - self._measured_at)
            self._measured_at = now

    def _measure(self, now: float, seconds: float) -> None:
        self._control = 0
        for sink in self.sinks.values():
            sink.measure(seconds)
        self.forwarded = sum(sink.rate for sink in self.sinks.values())
        reports = [source.measure(now, seconds) for source in self.sources.values()]
        if reports:
            self.output.send_rtcp(rtcp.receiver_report(reports))

    def request_keyframe(self) -> None:
        """Ask the party for a key frame of its video (PLI), at most once per 300 ms."""
        source = self.sources.get(Kind.VIDEO)
        if source is not None:
            source.request_keyframe(self._clock())

    def quality(self) -> Quality:
        """As of the last tick."""
        audio = self.sources.get(Kind.AUDIO)
        heard = [sink.loss for sink in self.sinks.values() if sink.rate]
        estimate = self.downlink.estimate
        return Quality(
            loss_up=max((source.loss for source in self.sources.values()), default=0.0),
            loss_down=max(heard, default=0.0),
            rtt_ms=None if self.round_trip is None else self.round_trip * 1000,
            jitter_ms=audio.jitter_ms if audio is not None else 0.0,
            kbps_up=sum(source.rate for source in self.sources.values()) / 1000,
            kbps_down=self.forwarded / 1000,
            downlink_kbps=None if not self.downlink.limited else estimate / 1000,
        )
