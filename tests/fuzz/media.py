"""`python -m tests.fuzz.media [--datagrams 1000000] [--sdp 100000] [--seed N]`: malformed datagrams and descriptions.

The port and everything that sends to it run on one loop, over real UDP sockets and a real DTLS handshake.
"""

import argparse
import asyncio
import random
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from media.forward.leg import Leg
from media.forward.switchboard import Switchboard
from media.streams import CODECS
from media.transport import stun
from media.transport.answer import read_answer
from media.transport.events import BadAnswer
from media.transport.offer import new_slots
from media.transport.port import MediaPort, PortCounters
from media.transport.settings import PortSettings
from media.transport.srtp import PacketBuffer
from models.sdp import checked_description
from tests.fuzz.certificates import attack_handshakes
from tests.unit.transport.raw_party import RawParty
from tests.unit.transport.recorded import NAMES, recorded

BATCH = 64
STALL_S = 0.1
TOKENS = (
    "m=",
    "a=",
    "\r\n",
    "\n",
    ":",
    " ",
    "0",
    "-1",
    "99999999999999999999",
    "\u0661",
    "BUNDLE",
    "a=candidate:",
    "\0",
    "é",
)


@dataclass
class Outcome:
    """What the attack did."""

    datagrams: int = 0
    descriptions: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    """The longest the loop was kept by one batch or one description: processor time, for others share the machine."""
    stalled_s: float = 0.0
    """The same by the wall clock."""
    troubles: list[str] = field(default_factory=list)
    counters: PortCounters = field(default_factory=PortCounters)
    arrived: Counter[str] = field(default_factory=Counter)
    """What was authentic and went on to the forwarder."""
    works_after: bool = True

    @property
    def sound(self) -> bool:
        """No exception, no stall, and the real leg still carries packets."""
        return not self.troubles and self.works_after and self.slowest_s <= STALL_S

    def add(self, busy_s: float, passed_s: float) -> None:
        """How long one batch or one description took."""
        self.slowest_s, self.stalled_s = max(self.slowest_s, busy_s), max(self.stalled_s, passed_s)

    def summary(self) -> str:
        """In three lines."""
        it = self.counters
        read = f"{it.packets} read, {it.strangers} strangers', {it.malformed} malformed, {it.unauthenticated} unsealed"
        read += f", {self.arrived['rtp']} RTP and {self.arrived['rtcp']} RTCP forwarded or refused, {it.sent} sent back"
        verdict = (
            "sound" if self.sound else f"NOT SOUND: {len(self.troubles)} troubles {sorted(set(self.troubles))[:5]}"
        )
        return (
            f"{self.datagrams} datagrams ({read}), {self.descriptions} descriptions ({self.refused} refused)\n"
            f"longest stall {self.stalled_s * 1000:.1f} ms by the clock, {self.slowest_s * 1000:.1f} ms of processor\n"
            f"{verdict}; the leg under attack {'works' if self.works_after else 'does NOT work'}"
        )


class _Watch:
    """Adds what passes inside it."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def __enter__(self) -> None:
        self._began = time.thread_time(), time.monotonic()

    def __exit__(self, *_: object) -> None:
        busy, wall = self._began
        self._outcome.add(time.thread_time() - busy, time.monotonic() - wall)


class _Caller(RawParty):
    """Whose packets go on to the forwarder, which sends them back to it: somebody alone in a connection test."""

    def __init__(self, port: MediaPort) -> None:
        super().__init__(port)
        self.board = Switchboard(_Nobody(), echo=True)
        agreement = read_answer(recorded("chromium_vp8"), self.transport.slots, CODECS).agreement
        self.leg = Leg("caller", self.transport, agreement)
        self.board.add(self.leg)

    def on_rtp(self, buffer: memoryview, length: int, arrival: float) -> None:
        super().on_rtp(buffer, length, arrival)
        self.leg.on_rtp(buffer, length, arrival)

    def on_rtcp(self, packet: bytes, arrival: float) -> None:
        super().on_rtcp(packet, arrival)
        self.leg.on_rtcp(packet, arrival)


class _Nobody:
    """A listener."""

    def on_slots(self, *_: object) -> None: ...

    def on_speaker(self, *_: object) -> None: ...

    def on_source(self, *_: object) -> None: ...

    def on_paused(self, *_: object) -> None: ...


async def attack_port(count: int, seed: int) -> Outcome:
    """Send `count` datagrams, from strangers and from a connected party's own address."""
    dice, outcome = random.Random(seed), Outcome()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: outcome.troubles.append(repr(context)))
    port = MediaPort(PortSettings(hosts=("127.0.0.1",)))
    await port.open()
    party = _Caller(port)
    party.accept()
    await party.connect()
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        assert await party.still_works()
        makers, watch = _makers(dice, party), _Watch(outcome)
        while outcome.datagrams < count:
            for _ in range(BATCH):
                sender = dice.choice((stranger, party.sock))
                sender.sendto(dice.choice(makers)(), ("127.0.0.1", port.port))
            outcome.datagrams += BATCH
            party.swallow()
            party.transport.tick(time.monotonic())  # renews what a party may send: here everything is to be read
            if outcome.datagrams % (64 * BATCH) == 0:
                party.board.tick(time.monotonic())
            with watch:
                await asyncio.sleep(0)
        outcome.works_after = await party.still_works()
        outcome.counters, outcome.arrived = port.counters, party.got
    finally:
        stranger.close()
        party.close()
        await port.close()
    return outcome


def attack_descriptions(count: int, seed: int, outcome: Outcome) -> None:
    """Read `count` mutated answers, and check them as descriptions of the peer-to-peer path."""
    dice, slots, bodies = random.Random(seed), new_slots(), [recorded(name) for name in NAMES]
    watch = _Watch(outcome)
    for _ in range(count):
        text = _mutated_text(dice, dice.choice(bodies))
        outcome.descriptions += 1
        with watch:
            try:
                read_answer(text, slots, CODECS)
            except BadAnswer:
                outcome.refused += 1
            try:
                checked_description(text)
            except ValueError as error:
                if type(error) is not ValueError:
                    outcome.troubles.append(type(error).__name__)


def _makers(dice: random.Random, party: _Caller) -> list[Callable[[], bytes]]:
    buffer, numbers = PacketBuffer(), Counter[int]()

    def noise() -> bytes:
        return dice.randbytes(dice.choice((0, 1, 2, 11, 12, 20, 60, 1400)))

    def shaped() -> bytes:
        return bytes([dice.choice((0, 1, 22, 23, 128, 129, 144, 191))]) + noise()

    def request() -> bytes:
        return party.check(use_candidate=dice.random() < 0.1)

    def unsigned() -> bytes:
        return stun.build(dice.randrange(1 << 14), dice.randbytes(12), [(stun.USERNAME, noise()[:60])], b"wrong")

    def sealed() -> bytes:
        """SRTP or SRTCP that authenticates, around garbage."""
        body = bytes([dice.choice((128, 144, 160, 191)), dice.randrange(256)]) + dice.randbytes(dice.randrange(10, 900))
        body = body[:8] + dice.choice((body[8:12], b"\0\0\0\1")) + body[12:]
        return party.seal(buffer, body)

    def media() -> bytes:
        """A packet of a stream that is forwarded, with extensions that may be anything."""
        kind = dice.choice((111, 96, 97, 98, 99)) | dice.choice((0, 128))
        numbers[kind & 127] += dice.choice((1, 1, 1, 2, 9, 300, 5_000))
        number = numbers[kind & 127] - dice.choice((0, 0, 1, 30)) & 0xFFFF
        head = struct.pack("!BBHII", dice.choice((128, 144, 176)), kind, number, dice.getrandbits(32), kind & 127)
        extensions = struct.pack("!HH", dice.choice((0xBEDE, 0xBEDE, 0x1000)), dice.randrange(8)) + dice.randbytes(24)
        return party.seal(
            buffer, head + extensions + dice.choice((b"\x10\0", b"\x67")) + dice.randbytes(dice.randrange(90))
        )

    def feedback() -> bytes:
        """RTCP of each kind that is read, around garbage."""
        body = dice.randbytes(4 * dice.randrange(1, 30))
        kind, form = dice.choice(((200, 1), (201, 3), (205, 1), (205, 15), (206, 1), (206, 4), (206, 15)))
        slot = dice.choice(party.transport.slots).ssrc
        return party.seal(buffer, struct.pack("!BBHII", 0x80 | form, kind, 2 + len(body) // 4, 1, slot) + body)

    def mutated(make: Callable[[], bytes]) -> Callable[[], bytes]:
        return lambda: _mutated_bytes(dice, make())

    return [
        noise,
        shaped,
        unsigned,
        sealed,
        media,
        feedback,
        mutated(request),
        mutated(sealed),
        mutated(lambda: party.hello),
        shaped,
    ]


def _mutated_bytes(dice: random.Random, data: bytes) -> bytes:
    mutable = bytearray(data)
    for _ in range(dice.randrange(1, 4)):
        if mutable:
            mutable[dice.randrange(len(mutable))] = dice.randrange(256)
    return bytes(mutable[: dice.randrange(len(mutable) + 1)] if dice.random() < 0.3 else mutable)


def _mutated_text(dice: random.Random, text: str) -> str:
    for _ in range(dice.randrange(1, 6)):
        start = dice.randrange(len(text) + 1)
        end = min(len(text), start + dice.randrange(80))
        match dice.randrange(5):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:start] + dice.choice(TOKENS) * dice.choice((1, 1, 1, 3, 3_000)) + text[end:]
            case 2:
                text = text[:start] + text[start:end] * dice.choice((2, 50)) + text[end:]
            case 3:
                text = text[:start] + chr(dice.randrange(0xD7FF)) + text[start + 1 :]
            case _:
                text = text[:end]
    return text


def main() -> int:
    """Attack; 1 if the port was not sound afterwards."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.media")
    parser.add_argument("--datagrams", type=int, default=1_000_000)
    parser.add_argument("--sdp", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    outcome = asyncio.run(attack_port(chosen.datagrams, chosen.seed))
    attack_descriptions(chosen.sdp, chosen.seed, outcome)
    ended, troubles = asyncio.run(attack_handshakes(chosen.datagrams // 1000, chosen.seed))
    outcome.troubles += troubles
    print(f"{ended} handshakes with odd certificates")
    print(outcome.summary(), flush=True)
    return 0 if outcome.sound else 1


if __name__ == "__main__":
    sys.exit(main())
