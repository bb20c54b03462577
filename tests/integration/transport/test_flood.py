"""A hundred thousand datagrams of strangers while a call runs."""

import asyncio
import gc
import os
import sys
from pathlib import Path

from media.transport.connection import PACKETS_PER_TICK
from media.transport.port import MediaPort
from media.transport.srtp import PacketBuffer
from tests.support.waiting import until
from tests.unit.transport.raw_party import RawParty

STRANGERS = 100_000
FLOOD = """
import random, socket, sys, time
port, count = int(sys.argv[1]), int(sys.argv[2])
dice = random.Random(1)
socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(200)]
bodies = [bytes([first]) + dice.randbytes(dice.choice((3, 19, 60, 1100))) for first in (0, 1, 22, 128, 144, 191) * 20]
for n in range(count):
    socks[n % 200].sendto(bodies[n % len(bodies)], ("127.0.0.1", port))
    if n % 200 == 0:
        time.sleep(0.002)
"""


def dropped_by_kernel(port: int) -> int:
    """Datagrams for which the socket's buffer had no room."""
    lines = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(line[-1]) for line in lines if line[1].endswith(f":{port:04X}"))


def resident() -> int:
    """Bytes of this process."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_strangers_take_no_memory_and_no_media(port: MediaPort) -> None:
    party, buffer = await RawParty.connected_to(port), PacketBuffer()
    assert await party.still_works()
    party.got.clear()
    before, addresses, read = resident(), port.addresses, port.counters.packets
    flood = await asyncio.create_subprocess_exec(sys.executable, "-c", FLOOD, str(port.port), str(STRANGERS))
    sent = 0
    while flood.returncode is None or sent < 100:
        party.send(party.seal(buffer, party.packet(b"sound" * 30)))
        sent += 1
        await asyncio.sleep(0.005)
    assert await party.still_works()
    dropped = dropped_by_kernel(port.port)
    assert port.counters.packets - read >= STRANGERS - dropped
    assert sent - dropped <= party.got["rtp"] <= sent + 50
    assert (port.addresses, port.transports) == (addresses, 1)
    assert resident() - before < 4 << 20
    party.close()


async def test_a_party_that_floods_is_cut_to_its_share_and_disturbs_nobody(port: MediaPort) -> None:
    good, loud = await RawParty.connected_to(port), await RawParty.connected_to(port)
    packet = loud.packet(b"noise")
    for _ in range(20 * PACKETS_PER_TICK):
        loud.send(packet)  # the limit comes before the cost: nothing of this has to be authentic
    await until(lambda: port.counters.throttled > PACKETS_PER_TICK)
    assert port.counters.unauthenticated < 5 * PACKETS_PER_TICK
    assert await good.still_works()
    assert await loud.still_works()
    good.close()
    loud.close()
