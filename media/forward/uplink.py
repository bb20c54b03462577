"""Which of a party's packets belong to which of its streams: one source of a kind, so all of this is bounded."""

from collections.abc import Callable
from typing import Final

from media.forward.source import Source
from media.streams import UPLINK, Agreement, Kind

SILENCE: Final = 0.5
"""s without a packet after which a kind may go over to an SSRC that the answer did not announce."""


class Uplink:
    """Streams are known by announced SSRC, mid or payload type: a sender may stop sending mid, or never announce."""

    def __init__(self, agreement: Agreement, emit: Callable[[bytes], None], changed: Callable[[Source], None]) -> None:
        """`emit` sends RTCP to the party; `changed` hears of each new source, and of each new codec."""
        self.sources: dict[Kind, Source] = {}
        self.source_of: dict[int, Source] = {}
        """By SSRC."""
        self._announced = agreement.ssrcs
        self._emit = emit
        self._changed = changed
        codecs = [codec for codecs in agreement.sending.values() for codec in codecs]
        self._codec_of = {codec.payload_type: codec for codec in codecs}
        self.repairs = {codec.rtx_payload_type: codec for codec in codecs if codec.rtx_payload_type is not None}
        """Codec by the payload type of its repairs."""
        self._repaired_by: dict[Kind, int] = {}

    def learn(self, ssrc: int, payload_type: int, mid: int, sequence: int, arrival: float) -> Source | None:
        """The source of an SSRC not seen before, or of one whose payload type changed; `None` for strangers."""
        codec = self._codec_of.get(payload_type)
        if codec is None or (mid and chr(mid) != UPLINK[codec.kind]):
            return None
        source = self.source_of.get(ssrc)
        if source is not None:
            if source.kind is not codec.kind:
                return None
            # What comes late may still be of the codec before.
            if (sequence - source.newest) & 0xFFFF < 0x8000:
                source.codec = codec
                source.payload_type = payload_type
                self._changed(source)
                source.request_keyframe(arrival)
            return source
        announced = self._announced.get(ssrc)
        if announced is not None and announced is not codec.kind:
            return None
        before = self.sources.get(codec.kind)
        if before is not None:
            if arrival - before.last_at < SILENCE and (announced is None or before.ssrc in self._announced):
                return None
            del self.source_of[before.ssrc]
        source = self.sources[codec.kind] = self.source_of[ssrc] = Source(ssrc, codec, sequence, self._emit)
        self._repaired_by.pop(codec.kind, None)
        self._changed(source)
        return source

    def repaired(self, ssrc: int, payload_type: int, mid: int) -> Source | None:
        """The source that an RTX stream repairs: the first such stream of a kind is the one."""
        source = self.sources.get(self.repairs[payload_type].kind)
        if source is None or ssrc in self.source_of or (mid and chr(mid) != UPLINK[source.kind]):
            return None
        return source if self._repaired_by.setdefault(source.kind, ssrc) == ssrc else None

    def unwrap(self, source: Source, buffer: memoryview, at: int, length: int, into: memoryview) -> None:
        """The original of an RTX packet (RFC 4588, 4) whose payload begins `at`; two octets shorter."""
        into[:at] = buffer[:at]
        into[at : length - 2] = buffer[at + 2 : length]
        into[1] = buffer[1] & 0x80 | self.repairs[buffer[1] & 0x7F].payload_type
        into[2:4] = buffer[at : at + 2]
        into[8:12] = source.ssrc.to_bytes(4, "big")
