"""Who may reach a leg through the shared port, and that nothing of a leg outlives it."""

import asyncio
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

from media.transport import stun
from media.transport.connection import ADDRESSES
from media.transport.events import Failure, Loss
from media.transport.port import MediaPort
from media.transport.srtp import PacketBuffer
from tests.support.waiting import until
from tests.unit.transport.raw_party import RawParty

ROUNDS = 1_000


async def _answer(party: RawParty, request: bytes) -> stun.Message:
    party.swallow()
    party.send(request)
    return stun.parse((await until(party.swallow))[0])


async def test_strangers_are_counted_and_leave_no_trace(port: MediaPort) -> None:
    party = RawParty(port)
    party.accept()
    wrong = stun.build(1, bytes(12), [(stun.USERNAME, f"{party.transport.ufrag}:x".encode())], b"not the password")
    for datagram in (wrong, b"\x16" * 50, b"\x80" * 50, b"", b"\0\1\2"):
        party.send(datagram)
    await until(lambda: port.counters.packets == 5)
    assert (port.counters.unauthenticated, port.counters.strangers, port.counters.malformed) == (1, 3, 1)
    assert port.addresses == port.counters.sent == 0
    party.close()


async def test_checks_are_answered_as_a_controlled_lite_agent_does(port: MediaPort) -> None:
    party = RawParty(port)
    party.accept()
    good = await _answer(party, party.check(use_candidate=False))
    assert good.type == stun.BINDING_SUCCESS
    assert good.is_signed_with(party.transport.password.encode())
    family, mapped = struct.unpack_from("!xBH", good.attributes[stun.XOR_MAPPED_ADDRESS])
    assert (family, mapped ^ 0x2112) == (1, party.sock.getsockname()[1])
    conflict = await _answer(party, party.check(use_candidate=False, role=stun.ICE_CONTROLLED))
    assert conflict.attributes[stun.ERROR_CODE].startswith(b"\0\0\x04\x57Role")
    unknown = await _answer(party, party.check(use_candidate=False, extra=((0x7FFF, b""),)))
    assert unknown.attributes[stun.ERROR_CODE][2:4] == b"\x04\x14"
    assert unknown.attributes[stun.UNKNOWN_ATTRIBUTES] == b"\x7f\xff"
    for _ in range(200):
        party.send(party.check(use_candidate=False))
    await until(lambda: port.counters.throttled > 100)
    party.close()


async def test_a_party_moves_to_another_address_and_few_are_remembered(port: MediaPort) -> None:
    party = await RawParty.connected_to(port)
    old = party.sock
    for _ in range(2 * ADDRESSES):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as passing:
            passing.sendto(party.check(use_candidate=False), ("127.0.0.1", port.port))
            await asyncio.sleep(0.001)
    await until(lambda: port.addresses == ADDRESSES)
    party.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    party.sock.setblocking(False)
    party.send(party.check(use_candidate=True))
    await until(party.swallow)
    party.transport.send_rtp(bytearray(party.packet()) + bytes(64), 17)
    assert await until(party.swallow)
    assert await party.still_works()
    old.close()
    party.close()
    assert port.addresses == 0


async def test_replayed_and_altered_packets_do_not_arrive(port: MediaPort) -> None:
    party = await RawParty.connected_to(port)
    sealed = party.seal(PacketBuffer(), party.packet())
    for datagram in (sealed, sealed, sealed[:-1] + bytes([sealed[-1] ^ 1])):
        party.send(datagram)
    await until(lambda: port.counters.unauthenticated == 2)
    assert party.got["rtp"] == 1
    party.close()


async def test_deadlines_end_what_never_connects_or_falls_silent(port: MediaPort) -> None:
    unheard, unshaken = RawParty(port), RawParty(port)
    for party in (unheard, unshaken):
        party.accept()
    await _answer(unshaken, unshaken.check(use_candidate=True))
    connected = await RawParty.connected_to(port)
    later = time.monotonic() + 16
    for party in (unheard, unshaken, connected):
        party.transport.tick(later)
        party.sock.close()
    assert [unheard.ended, unshaken.ended, connected.ended] == [
        Failure.NO_CHECKS,
        Failure.HANDSHAKE_TIMEOUT,
        Loss.SILENT,
    ]
    assert port.transports == port.addresses == 0


async def test_arrival_is_when_the_kernel_had_it(port: MediaPort) -> None:
    party = await RawParty.connected_to(port)
    arrivals: list[float] = []
    party.on_rtp = lambda buffer, length, arrival: arrivals.append(arrival)  # type: ignore[method-assign]
    before = time.monotonic()
    party.send(party.seal(PacketBuffer(), party.packet()))
    after = time.monotonic()
    time.sleep(0.2)  # the loop is busy elsewhere
    await until(lambda: arrivals)
    assert before - 0.01 < arrivals[0] < after + 0.01
    party.close()


@pytest.mark.timeout(240)
async def test_a_thousand_legs_leave_nothing_behind(port: MediaPort) -> None:
    def held() -> tuple[int, int, int]:
        return len(asyncio.all_tasks()), threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    for _ in range(ROUNDS):
        (await RawParty.connected_to(port)).close()
    assert held() == before
    assert port.transports == port.addresses == 0


async def test_a_number_goes_out_once_or_as_the_very_packet(port: MediaPort) -> None:
    party = await RawParty.connected_to(port)
    party.swallow()
    body = party.packet()
    party.transport.send_rtp(bytearray(body) + bytes(64), len(body), keep=True)
    (first,) = await until(party.swallow)
    party.transport.send_rtp(bytearray(body[:-1] + b"!") + bytes(64), len(body), keep=True)
    party.transport.send_rtp(bytearray(body) + bytes(64), len(body))
    assert port.counters.unsealed == 2
    assert party.swallow() == []
    assert party.transport.send_again(1, party.sequence) == len(first)
    (again,) = await until(party.swallow)
    assert again == first
    assert party.transport.send_again(1, party.sequence + 1) == party.transport.send_again(2, party.sequence) == 0
    party.transport.close()
    assert party.transport.send_again(1, party.sequence) == 0
    party.close()
