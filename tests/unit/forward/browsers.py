"""Browsers on lossy paths: they send video and audio, repair by RTX what is asked for, and ask for what they miss."""

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from struct import pack

from media.forward import rtcp
from media.forward.leg import Leg
from media.streams import H264, VP8, Codec, Kind
from tests.unit.forward.packets import Packet, read
from tests.unit.forward.parties import NUMBER, Call, Party, Sealer, agreement

DELAY = 0.02
STEP = 0.01
NO_RTX = Codec(VP8.name, VP8.payload_type, None, VP8.clock_rate)
"""As browsers accept VP8 who repair by sending the packet again."""
RTX = {VP8.rtx_payload_type, H264.rtx_payload_type}


class Path:
    """One direction between a browser and the hub: a delay, losses by a fixed pattern, and a rate that it carries."""

    def __init__(self, world: "World", loss: float, seed: int, rate: float | None = None) -> None:
        self.world, self.loss, self.rate = world, loss, rate
        self.chance = random.Random(seed)
        self.free_at = 0.0
        self.dropped = 0

    def carry(self, data: bytes, deliver: Callable[[bytes], None]) -> None:
        now = self.world.call.now
        self.free_at = max(now, self.free_at)
        # A queue of 300 ms before the bottleneck, as home routers have them.
        if self.chance.random() < self.loss or self.free_at - now > 0.3:
            self.dropped += 1
            return
        if self.rate is not None:
            self.free_at += len(data) * 8 / self.rate
        self.world.later(self.free_at - now + DELAY, lambda: deliver(data))


class Browser(Party):
    """Implements `RtpOutput` by its downward path."""

    def __init__(self, world: "World", name: str, loss: float, rate: float | None, seed: int, rtx: bool) -> None:
        super().__init__(world.call, name, agreement(name, rtx=rtx, video=(VP8, H264) if rtx else (NO_RTX,)))
        self.world, self.sealer, self.rtx = world, Sealer(), rtx
        self.up, self.down = Path(world, loss, seed), Path(world, loss, seed + 1, rate)
        self.leg = Leg(name, self, self.agreement, lambda: world.call.now)
        self.video_rate = 600_000.0
        self.limit = self.video_rate
        self.sent: dict[int, Packet] = {}
        self.rtx_sequence = 0
        self.want_key = True
        self.received: dict[int, dict[int, bytes]] = {}
        """Payload by SSRC and unwrapped sequence number."""
        self.newest: dict[int, int] = {}
        self.numbers: deque[tuple[int, float]] = deque(maxlen=4000)
        self.told = 0
        self.bytes_in = 0
        self.audio_late = 0.0

    # What the hub sends.
    def send_rtp(self, buffer: memoryview | bytearray, length: int, *, keep: bool = False) -> None:
        data = bytes(buffer[:length])
        self.sealer.seal(data, keep=keep)
        buffer[:length] = b"\xee" * length
        self.down.carry(data, self.on_media)

    def send_again(self, ssrc: int, sequence: int) -> int:
        data = self.sealer.again(ssrc, sequence)
        if data:
            self.down.carry(data, self.on_media)
        return len(data)

    def send_rtcp(self, packet: bytes) -> None:
        self.down.carry(packet, self.on_control)

    def on_media(self, data: bytes) -> None:
        packet = read(data)
        self.bytes_in += len(data)
        if NUMBER in packet.extensions:
            self.numbers.append((int.from_bytes(packet.extensions[NUMBER], "big"), self.call.now))
        ssrc, sequence, payload = packet.ssrc, packet.sequence, packet.payload
        if packet.payload_type in RTX:
            ssrc, sequence, payload = ssrc - 1, int.from_bytes(payload[:2], "big"), payload[2:]
        newest = self.newest.setdefault(ssrc, 0x10000 + sequence)
        number = newest + ((sequence - newest + 0x8000 & 0xFFFF) - 0x8000)
        self.newest[ssrc] = max(newest, number)
        self.received.setdefault(ssrc, {})[number] = payload

    def on_control(self, packet: bytes) -> None:
        for message in rtcp.parse(packet):
            if isinstance(message, rtcp.Nack):
                for sequence in message.missing:
                    self.repair(sequence)
            elif isinstance(message, rtcp.KeyframeRequest):
                self.want_key = True
            elif isinstance(message, rtcp.Remb):
                self.limit = min(self.video_rate, message.bitrate)

    def repair(self, sequence: int) -> None:
        packet = self.sent.get(sequence)
        if packet is not None and not self.rtx:
            self.transmit(packet)
        elif packet is not None:
            self.rtx_sequence = (self.rtx_sequence + 1) & 0xFFFF
            payload = pack("!H", sequence) + packet.payload
            self.transmit(Packet(97, self.rtx_sequence, packet.timestamp, packet.ssrc + 1000, payload, packet.marker))

    def transmit(self, packet: Packet) -> None:
        self.up.carry(bytes(packet), self.put)

    # What it does of its own accord.
    def send_audio(self) -> None:
        packet = self.packet(Kind.AUDIO)
        packet.payload += bytes(80)
        self.transmit(packet)

    def send_frame(self) -> None:
        key, self.want_key = self.want_key, False
        octets = round(self.limit / 8 * 3 * STEP)
        for place in range(-(-octets // 1000)):
            packet = self.packet(Kind.VIDEO, key=key and place == 0)
            packet.payload += bytes(min(1000, octets - place * 1000))
            self.sent[packet.sequence] = packet
            self.transmit(packet)

    def feed_back(self) -> None:
        """Transport-cc for what has come since the last time."""
        if not self.numbers:
            return
        first = self.told + 1
        newest = max(first, *(n for n, _ in self.numbers))
        seen = dict(self.numbers)
        reference = int(min(seen.values()) / 0.064)
        at = reference * 256
        chunks, deltas = b"", b""
        for number in range(first, newest + 1):
            when = seen.get(number)
            if when is None:
                chunks += pack("!H", 1)
                continue
            ticks = int(when * 4000)
            chunks += pack("!H", 2 << 13 | 1)
            deltas += pack("!h", ticks - at)
            at = ticks
        self.told = newest
        self.numbers.clear()
        head = pack("!HH3sB", first & 0xFFFF, newest - first + 1, reference.to_bytes(3, "big"), 0)
        self.up.carry(rtcp.transport_feedback(1, head + chunks + deltas), self.put_rtcp)

    def ask(self) -> None:
        """NACK for every gap of the last 200 packets of each video."""
        for ssrc, packets in self.received.items():
            if any(slot.ssrc == ssrc and slot.kind is Kind.VIDEO for slot in self.agreement.slots):
                newest = self.newest[ssrc]
                missing = [n & 0xFFFF for n in range(max(min(packets), newest - 200), newest) if n not in packets]
                if missing:
                    self.up.carry(rtcp.nack(ssrc, missing), self.put_rtcp)


class World:
    """A call of browsers, in steps of 10 ms."""

    def __init__(self) -> None:
        self.call = Call()
        self.browsers: list[Browser] = []
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._steps = 0

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self.call.now + seconds, next(self._order), action))

    def join(self, name: str, *, loss: float = 0.0, rate: float | None = None, rtx: bool = True) -> Browser:
        browser = Browser(self, name, loss, rate, len(self.browsers) * 10, rtx)
        self.browsers.append(browser)
        self.call.board.add(browser.leg)
        return browser

    def run(self, seconds: float, *, sending: bool = True) -> None:
        end = self.call.now + seconds
        while self.call.now < end:
            self._steps += 1
            self.call.now += STEP
            while self._agenda and self._agenda[0][0] <= self.call.now:
                heapq.heappop(self._agenda)[2]()
            for browser in self.browsers:
                if sending and self._steps % 2 == 0:
                    browser.send_audio()
                if sending and self._steps % 3 == 0:
                    browser.send_frame()
                if self._steps % 5 == 0:
                    browser.feed_back()
                    browser.ask()
            if self._steps % 5 == 0:
                self.call.board.tick(self.call.now)
