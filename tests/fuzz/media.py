"""`python -m tests.fuzz.media [--datagrams 1000000] [--sdp 100000] [--seed N]`: malformed datagrams and descriptions.

The port and everything that sends to it run on one loop, over real UDP sockets and a real DTLS handshake.
"""

import argparse
import asyncio
import random
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from media.streams import CODECS
from media.transport import stun
from media.transport.answer import read_answer
from media.transport.events import BadAnswer
from media.transport.offer import new_slots
from media.transport.port import MediaPort, PortCounters
from media.transport.settings import PortSettings
from media.transport.srtp import PacketBuffer
from models.sdp import checked_description
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
    troubles: list[str] = field(default_factory=list)
    counters: PortCounters = field(default_factory=PortCounters)
    works_after: bool = True

    @property
    def sound(self) -> bool:
        """No exception, no stall, and the real leg still carries packets."""
        return not self.troubles and self.works_after and self.slowest_s <= STALL_S


async def attack_port(count: int, seed: int) -> Outcome:
    """Send `count` datagrams, from strangers and from a connected party's own address."""
    dice, outcome = random.Random(seed), Outcome()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: outcome.troubles.append(repr(context)))
    port = MediaPort(PortSettings(hosts=("127.0.0.1",)))
    await port.open()
    party = await RawParty.connected_to(port)
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        assert await party.still_works()
        makers = _makers(dice, party)
        while outcome.datagrams < count:
            for _ in range(BATCH):
                sender = dice.choice((stranger, party.sock))
                sender.sendto(dice.choice(makers)(), ("127.0.0.1", port.port))
            outcome.datagrams += BATCH
            party.swallow()
            started = time.thread_time()
            await asyncio.sleep(0)
            outcome.slowest_s = max(outcome.slowest_s, time.thread_time() - started)
        outcome.works_after = await party.still_works()
        outcome.counters = port.counters
    finally:
        stranger.close()
        party.close()
        await port.close()
    return outcome


def attack_descriptions(count: int, seed: int, outcome: Outcome) -> None:
    """Read `count` mutated answers, and check them as descriptions of the peer-to-peer path."""
    dice, slots, bodies = random.Random(seed), new_slots(), [recorded(name) for name in NAMES]
    for _ in range(count):
        text = _mutated_text(dice, dice.choice(bodies))
        started = time.thread_time()
        outcome.descriptions += 1
        try:
            read_answer(text, slots, CODECS)
        except BadAnswer:
            outcome.refused += 1
        try:
            checked_description(text)
        except ValueError as error:
            if type(error) is not ValueError:
                outcome.troubles.append(type(error).__name__)
        outcome.slowest_s = max(outcome.slowest_s, time.thread_time() - started)


def _makers(dice: random.Random, party: RawParty) -> list[Callable[[], bytes]]:
    buffer = PacketBuffer()

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

    def mutated(make: Callable[[], bytes]) -> Callable[[], bytes]:
        return lambda: _mutated_bytes(dice, make())

    return [noise, shaped, unsigned, sealed, mutated(request), mutated(sealed), mutated(lambda: party.hello), shaped]


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
    print(outcome, flush=True)
    return 0 if outcome.sound else 1


if __name__ == "__main__":
    sys.exit(main())
