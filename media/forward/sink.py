"""One outgoing stream of a party: a slot, fed by one source at a time, without a seam where sources change."""

import random
from collections.abc import Mapping, Sequence
from struct import Struct
from typing import TYPE_CHECKING, Final

from media.forward import rtcp
from media.forward.downlink import Downlink
from media.streams import Kind, RtpOutput, Slot

if TYPE_CHECKING:
    from media.forward.source import Source

HISTORY: Final = 512
"""Packets of a video source kept for repair; a power of two."""
LONGEST: Final = 1984
"""Octets of a packet that still leave the 64 spare ones in a buffer of 2048."""
MIN_RESEND_GAP: Final = 0.02
UNKNOWN_ROUND_TRIP: Final = 0.05
_REPORTS_KEPT: Final = 4
_HEADER = Struct("!HII")
_RESEND = memoryview(bytearray(LONGEST + 128))
"""Where repairs are built; outputs do not keep buffers."""


class Sink:
    """Plain attributes, because `Leg.on_rtp` reads them."""

    __slots__ = (
        "_last_at", "_last_sequence", "_last_timestamp", "_octets_before", "_reported", "_resent_at", "_rtx",
        "_rtx_sequence", "_timed_by", "downlink", "first", "keeps", "kind", "loss", "mid", "mid_octet", "octets",
        "offset", "output", "packets", "rate", "rtx_ssrc", "source", "ssrc", "timestamp_offset",
    )  # fmt: skip

    def __init__(
        self, slot: Slot, output: RtpOutput, downlink: Downlink | None, rtx: Mapping[int, int], *, names_mid: bool
    ) -> None:
        """`downlink` is `None` where the party refused transport-wide numbers, `names_mid` false where it did mid.

        `rtx`: payload type of the party's RTX by that of the codec it repairs.
        """
        self.mid, self.kind, self.ssrc, self.rtx_ssrc = slot.mid, slot.kind, slot.ssrc, slot.rtx_ssrc
        self.mid_octet = ord(slot.mid) if names_mid and len(slot.mid) == 1 else 0
        self.output = output
        self.keeps = slot.kind is Kind.VIDEO and (slot.rtx_ssrc is None or not rtx)
        """Lost packets are sent again as they were, for the party has no RTX stream."""
        self._rtx = rtx
        self.downlink = downlink
        self.source: Source | None = None
        self.first: int | None = None
        """Extended sequence number (the source's) at which it began to be forwarded here; `None` while it is not."""
        self.offset = self.timestamp_offset = 0
        self.packets = self.octets = 0
        self.rate = 0.0
        """bit/s of the last second."""
        self.loss = 0.0
        """Fraction the party reported lost."""
        self._octets_before = 0
        # From the low half, so that SRTP's roll-over counter is not in doubt while a stream begins.
        self._last_sequence = random.randrange(1, 0x8000)
        self._last_timestamp = random.randrange(1, 1 << 31)
        self._last_at: float | None = None
        self._timed_by: Source | None = None
        self._rtx_sequence = random.randrange(1, 0x8000)
        self._resent_at: list[float] | None = None
        self._reported: dict[int, float] = {}

    def attach(self, source: "Source | None", now: float) -> None:
        """Be fed by `source` from its next key frame on, or by nobody."""
        if source is self.source:
            return
        if self.source is not None:
            self.pause()
            for group in (self.source.sinks, self.source.waiting):
                if self in group:
                    group.remove(self)
        self.source = source
        if source is not None:
            source.waiting.append(self)
            source.watching = True
            source.request_keyframe(now)

    def pause(self, *, forget: bool = False) -> None:
        """Remember where the stream ended here; `forget` that it shares the source's clock when it goes on."""
        source = self.source
        if source is not None and self.first is not None:
            self._last_sequence = (source.newest + self.offset) & 0xFFFF
            self._last_timestamp = (source.newest_timestamp + self.timestamp_offset) & 0xFFFFFFFF
            self._last_at = source.last_at
            self._timed_by = source
        if forget:
            self._timed_by = None
        self.first = None

    def start(self, number: int, timestamp: int, arrival: float) -> None:
        """Forward from this packet on: the next sequence number, a later time."""
        source = self.source
        assert source is not None
        self.first = number
        self.offset = (self._last_sequence + 1 - number) & 0xFFFF
        if self._timed_by is not source:
            rate = source.codec.clock_rate
            frame = rate // (30 if self.kind is Kind.VIDEO else 50)
            away = 0 if self._last_at is None else int((arrival - self._last_at) * rate)
            self.timestamp_offset = (self._last_timestamp + max(frame, away) - timestamp) & 0xFFFFFFFF
        if source.sender_report is not None:
            self.report(source.sender_report, arrival)

    def report(self, report: rtcp.SenderReport, now: float) -> None:
        """Pass the source's clock on in this stream's terms."""
        ours = rtcp.SenderReport(self.ssrc, report.ntp, (report.rtp + self.timestamp_offset) & 0xFFFFFFFF)
        self._reported[report.ntp >> 16 & 0xFFFFFFFF] = now
        if len(self._reported) > _REPORTS_KEPT:
            del self._reported[next(iter(self._reported))]
        self.output.send_rtcp(rtcp.sender_report(ours, self.packets, max(0, self.octets - 12 * self.packets)))

    def on_report(self, report: rtcp.Report, now: float) -> float | None:
        """The party's report on this stream: notes the loss, answers the round-trip time in seconds, if it tells."""
        self.loss = report.fraction / 256
        sent = self._reported.get(report.lsr) if report.lsr else None
        return None if sent is None else max(0.0, min(10.0, now - sent - report.dlsr / 65536))

    def measure(self, seconds: float) -> None:
        """Close the period of `seconds`."""
        self.rate = (self.octets - self._octets_before) * 8 / seconds
        self._octets_before = self.octets

    def resend(self, numbers: Sequence[int], now: float, round_trip: float | None, allowance: float) -> int:
        """Repair what the party misses, each packet once per round trip; octets sent, at most `allowance`."""
        source = self.source
        if source is None or source.history is None or self.first is None:
            return 0
        gap = max(MIN_RESEND_GAP, 0.8 * (UNKNOWN_ROUND_TRIP if round_trip is None else round_trip))
        if self._resent_at is None:
            self._resent_at = [float("-inf")] * HISTORY
        spent = 0
        for sequence in numbers:
            number = source.newest - ((source.newest + self.offset - sequence) & 0xFFFF)
            place = number & (HISTORY - 1)
            packet = source.history[place]
            if (
                number < self.first
                or number <= source.newest - HISTORY
                or packet is None
                or packet[2] << 8 | packet[3] != number & 0xFFFF
                or now - self._resent_at[place] < gap
            ):
                continue
            if spent + len(packet) > allowance:
                break
            self._resent_at[place] = now
            spent += self._repair(packet, sequence)
        return spent

    def _repair(self, packet: bytes, sequence: int) -> int:
        """By RTX (RFC 4588) where there is such a stream, else by the very packet that was sent; octets sent."""
        if self.keeps:
            # One not kept was never sent: it came before the key frame's repaired beginning.
            return self.output.send_again(self.ssrc, sequence) or self._send(packet, sequence)
        rtx = self._rtx.get(packet[1] & 0x7F)
        if self.rtx_ssrc is None or rtx is None:
            return 0
        number = self._rtx_sequence
        self._rtx_sequence = (number + 1) & 0xFFFF
        return self._send(packet, sequence, (self.rtx_ssrc, rtx, number))

    def _send(self, packet: bytes, sequence: int, rtx: tuple[int, int, int] | None = None) -> int:
        """A packet of the source's history, without header extensions; `rtx`: SSRC, payload type, number."""
        buffer = _RESEND
        start = 12 + 4 * (packet[0] & 15)
        payload = start + 4 + 4 * (packet[start + 2] << 8 | packet[start + 3]) if packet[0] & 0x10 else start
        buffer[:start] = packet[:start]
        buffer[0] = packet[0] & 0xEF
        timestamp = (int.from_bytes(packet[4:8], "big") + self.timestamp_offset) & 0xFFFFFFFF
        if rtx is None:
            _HEADER.pack_into(buffer, 2, sequence, timestamp, self.ssrc)
        else:
            ssrc, payload_type, number = rtx
            buffer[1] = packet[1] & 0x80 | payload_type
            _HEADER.pack_into(buffer, 2, number, timestamp, ssrc)
            buffer[start], buffer[start + 1] = sequence >> 8, sequence & 255
            start += 2
        length = start + len(packet) - payload
        buffer[start:length] = packet[payload:]
        self.output.send_rtp(buffer, length, keep=self.keeps)
        return length
