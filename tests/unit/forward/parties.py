"""Parties of a call on a clock of their own: what they are sent is kept, and nothing waits."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from media.forward.leg import Leg
from media.forward.switchboard import Switchboard
from media.streams import EXTENSIONS, H264, MID, OPUS, SLOTS, TRANSPORT_CC, UPLINK, VP8, Agreement, Codec, Kind, Slot
from media.transport.kept import Kept
from media.transport.srtp import PROFILES, PacketBuffer, keyed, material_bytes
from tests.unit.forward.packets import DELTA, KEYFRAME, Packet, read

ALL = frozenset(EXTENSIONS)
NUMBER, MID_ID = EXTENSIONS[TRANSPORT_CC], EXTENSIONS[MID]


class Sealer:
    """libsrtp: no number may go out twice, unless it is the very packet."""

    def __init__(self) -> None:
        self._srtp = keyed(PROFILES[1], secrets.token_bytes(material_bytes(PROFILES[1])), server=True)
        self._buffer = PacketBuffer()
        self._kept = Kept()

    def seal(self, packet: bytes, *, keep: bool) -> None:
        self._buffer.view[: len(packet)] = packet
        assert self._srtp.protect(self._buffer, len(packet)) > 0, "a sequence number was used twice under one SSRC"
        if keep:
            self._kept.keep(packet)

    def again(self, ssrc: int, sequence: int) -> bytes:
        return self._kept.find(ssrc, sequence) or b""


class Outbox:
    """An `RtpOutput` that spoils every buffer, as encryption in place does."""

    def __init__(self) -> None:
        self.rtp: list[Packet] = []
        self.rtcp: list[bytes] = []
        self.sealer = Sealer()

    def send_rtp(self, buffer: memoryview | bytearray, length: int, *, keep: bool = False) -> None:
        self.sealer.seal(bytes(buffer[:length]), keep=keep)
        self.rtp.append(read(bytes(buffer[:length])))
        buffer[: length + 16] = b"\xee" * (length + 16)

    def send_again(self, ssrc: int, sequence: int) -> int:
        packet = self.sealer.again(ssrc, sequence)
        self.rtp += [read(packet)] if packet else []
        return len(packet)

    def send_rtcp(self, packet: bytes) -> None:
        self.rtcp.append(packet)


class Call:
    """A `Listener` that keeps what it hears, with the switchboard that tells it and the clock."""

    def __init__(self, *, echo: bool = False) -> None:
        self.board = Switchboard(self, echo=echo)
        self.now = 1000.0
        self.slots: dict[str, dict[str, str | None]] = {}
        self.speakers: list[str | None] = []
        self.sources: list[tuple[str, Kind, Codec]] = []
        self.paused: dict[str, frozenset[str]] = {}

    def on_slots(self, party_id: str, slots: Mapping[str, str | None]) -> None:
        self.slots[party_id] = dict(slots)

    def on_speaker(self, party_id: str | None) -> None:
        self.speakers.append(party_id)

    def on_source(self, party_id: str, kind: Kind, codec: Codec) -> None:
        self.sources.append((party_id, kind, codec))

    def on_paused(self, party_id: str, paused: frozenset[str]) -> None:
        self.paused[party_id] = paused

    def join(self, party_id: str, **agreed: Any) -> "Party":
        party = Party(self, party_id, agreement(party_id, **agreed))
        self.board.add(party.leg)
        return party

    def pass_time(self, seconds: float) -> None:
        """In steps of 50 ms, with their ticks."""
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            self.board.tick(self.now)


def agreement(
    party_id: str,
    extensions: frozenset[str] = ALL,
    video: tuple[Codec, ...] = (VP8, H264),
    announced: bool = False,
    rtx: bool = True,
) -> Agreement:
    """What a browser that knows everything agrees to, but for what is given."""
    base = 10_000 * (1 + sum(party_id.encode()) % 50)
    slots = tuple(
        Slot(mid, kind, base + 2 * place, base + 2 * place + 1 if rtx and kind is Kind.VIDEO else None)
        for place, (mid, kind) in enumerate(SLOTS)
    )
    ssrcs = {ssrc_of(party_id, kind): kind for kind in Kind} if announced else {}
    return Agreement(slots, {Kind.AUDIO: (OPUS,), Kind.VIDEO: video}, ssrcs, extensions)


def ssrc_of(party_id: str, kind: Kind) -> int:
    """Of what a party sends."""
    return 0xA0000000 + sum(party_id.encode()) * 4 + (kind is Kind.VIDEO)


@dataclass
class Party:
    """One party with its leg, sending counted packets."""

    call: Call
    party_id: str
    agreement: Agreement
    outbox: Outbox = field(default_factory=Outbox)
    sequences: dict[Kind, int] = field(default_factory=lambda: {Kind.AUDIO: 100, Kind.VIDEO: 200})
    number: int = 0

    def __post_init__(self) -> None:
        self.leg = Leg(self.party_id, self.outbox, self.agreement, lambda: self.call.now)

    def packet(self, kind: Kind, *, key: bool = False, codec: Codec | None = None, level: int = 127) -> Packet:
        """The next packet of a stream; 20 ms of audio or a whole frame of video."""
        codec = codec or (OPUS if kind is Kind.AUDIO else VP8)
        self.sequences[kind] = sequence = (self.sequences[kind] + 1) & 0xFFFF
        self.number = (self.number + 1) & 0xFFFF
        extensions = {MID_ID: UPLINK[kind].encode(), NUMBER: self.number.to_bytes(2, "big"), 2: b"\1\2\3"}
        if kind is Kind.AUDIO:
            extensions[1] = bytes([0x80 | level])
        payload = (KEYFRAME if key and kind is Kind.VIDEO else DELTA)[codec.payload_type] + sequence.to_bytes(2, "big")
        timestamp = round(self.call.now * codec.clock_rate) & 0xFFFFFFFF
        return Packet(
            codec.payload_type, sequence, timestamp, ssrc_of(self.party_id, kind), payload,
            kind is Kind.VIDEO, extensions,
        )  # fmt: skip

    def put(self, packet: Packet | bytes) -> None:
        """Let a packet arrive at the leg now."""
        data = bytes(packet)
        buffer = memoryview(bytearray(2048))
        buffer[: len(data)] = data
        self.leg.on_rtp(buffer, len(data), self.call.now)

    def send(self, kind: Kind, *, key: bool = False, codec: Codec | None = None, level: int = 127) -> Packet:
        packet = self.packet(kind, key=key, codec=codec, level=level)
        self.put(packet)
        return packet

    def put_rtcp(self, packet: bytes) -> None:
        self.leg.on_rtcp(packet, self.call.now)

    def got(self, mid: str) -> list[Packet]:
        """What came in a slot, in order of sending."""
        ssrc = next(slot.ssrc for slot in self.agreement.slots if slot.mid == mid)
        return [packet for packet in self.outbox.rtp if packet.ssrc == ssrc]
