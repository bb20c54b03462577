"""Consent, migration, roles and handshakes that do not go as usual, over real sockets."""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Iterator

import pytest
from cryptography import x509

from media.streams import CodecName
from media.transport import stun
from media.transport.connection import HANDSHAKE_DATAGRAMS, TRANSACTIONS
from media.transport.dtls import DtlsState
from media.transport.events import Failure, Loss
from media.transport.port import MediaPort
from media.transport.srtp import PacketBuffer
from tests.support.waiting import until
from tests.unit.transport.certificates import identity_of, new_certificate
from tests.unit.transport.raw_party import RawParty

CODECS = (CodecName.OPUS, CodecName.VP8, CodecName.H264)


@contextlib.contextmanager
def another_socket() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        yield sock


def came(sock: socket.socket) -> bytes:
    with contextlib.suppress(BlockingIOError):
        return sock.recv(2048)
    return b""


async def test_a_party_that_only_sends_media_loses_its_consent(port: MediaPort) -> None:
    """Packets say that somebody is there, only checks from the address itself that it wants what is sent there."""
    party = await RawParty.connected_to(port)
    later = party.transport._consented_at + port.settings.consent_s
    party.transport.last_seen = later
    party.transport.tick(later - 1)
    assert party.ended is None
    party.transport.tick(later + 1)
    assert party.ended is Loss.SILENT
    party.close()


async def test_checks_from_the_address_in_use_keep_consent(port: MediaPort) -> None:
    party = await RawParty.connected_to(port)
    began = time.monotonic()
    await asyncio.sleep(0.05)
    party.swallow()
    party.send(party.check(use_candidate=False))
    await until(party.swallow)
    party.transport.last_seen = began + 2 * port.settings.consent_s
    party.transport.tick(began + port.settings.consent_s + 0.03)
    assert party.ended is None
    party.close()


async def test_a_party_changes_its_network(port: MediaPort) -> None:
    """The call goes on at the new address, its packets are taken there, and nothing is sent to the old one."""
    party = await RawParty.connected_to(port)
    old, party.sock = party.sock, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    party.sock.setblocking(False)
    old.setblocking(False)
    while came(old):
        pass
    party.send(party.check(use_candidate=False))
    await until(party.swallow)
    party.transport.send_rtp(bytearray(party.packet()) + bytes(64), 17)
    assert await until(lambda: came(old)), "without USE-CANDIDATE the media stays where it is"
    party.send(party.check(use_candidate=True))
    await until(party.swallow)
    party.transport.send_rtp(bytearray(party.packet()) + bytes(64), 17)
    assert await until(party.swallow)
    assert came(old) == b""
    assert await party.still_works()
    old.close()
    party.close()


async def test_a_check_that_was_overheard_moves_nothing(port: MediaPort) -> None:
    party = await RawParty.connected_to(port)
    check = party.check(use_candidate=True)
    party.swallow()
    party.send(check)
    await until(party.swallow)
    addresses = port.addresses
    with another_socket() as thief:
        thief.sendto(check, ("127.0.0.1", port.port))
        await until(lambda: port.counters.replayed == 1)
        party.transport.send_rtp(bytearray(party.packet()) + bytes(64), 17)
        assert await until(party.swallow)
        assert came(thief) == b""
    assert port.addresses == addresses
    party.send(check)  # from where it was said first it is a retransmission (RFC 8489, 6.2.1)
    assert await until(party.swallow)
    party.close()


async def test_remembered_checks_are_bounded(port: MediaPort) -> None:
    party = await RawParty.connected_to(port)
    address = party.sock.getsockname()
    for _ in range(2 * TRANSACTIONS):
        party.transport.checked(stun.parse(party.check(use_candidate=False)), address, port._sockets[0], 0.0)
    assert len(party.transport._asked_from) == TRANSACTIONS
    party.close()


async def test_a_party_that_answers_passive_is_spoken_to_first(port: MediaPort) -> None:
    party = RawParty(port, passive=True)
    party.accept()
    await party.connect()
    assert await party.still_works()
    party.transport.send_rtp(bytearray(party.packet()) + bytes(64), 17)
    assert await until(lambda: [datagram for datagram in party.swallow() if datagram[0] >> 6 == 2])
    party.close()


async def test_noise_before_a_passive_answer_does_not_change_the_roles(port: MediaPort) -> None:
    party = RawParty(port, passive=True)
    party.send(party.check(use_candidate=True))
    await until(party.swallow)
    party.send(b"\x16" + bytes(60))
    await until(lambda: port.counters.packets == 2)
    party.accept()
    await party.shake_hands()
    assert await party.still_works()
    party.close()


async def test_of_two_offers_at_once_the_answer_to_either_connects(port: MediaPort) -> None:
    """Both describe the same transport: same credentials, SSRCs and certificate, the second a version later."""
    party = RawParty(port)
    first, second = (party.transport.offer(CODECS) for _ in range(2))
    differing = [(a, b) for a, b in zip(first.split("\r\n"), second.split("\r\n"), strict=True) if a != b]
    assert len(differing) == 1
    assert differing[0][0].startswith("o=- ")
    party.accept()
    party.accept()
    await party.connect()
    assert await party.still_works()
    assert port.transports == 1
    party.close()


def fragments(record: bytes, pieces: int) -> list[bytes]:
    """A handshake record cut into several (RFC 6347, 4.2.3), the last first."""
    kind, length, message = record[13], int.from_bytes(record[14:17], "big"), record[17:19]
    body = record[25 : 25 + length]
    size = -(-length // pieces)
    cut = []
    for number, at in enumerate(range(0, length, size)):
        part = body[at : at + size]
        head = (
            bytes([kind]) + length.to_bytes(3, "big") + message + at.to_bytes(3, "big") + len(part).to_bytes(3, "big")
        )
        # Numbers above those of what the client sends next: each may come once only.
        sequence = (40 + number).to_bytes(6, "big")
        cut.append(record[:5] + sequence + struct.pack("!H", 12 + len(part)) + head + part)
    return cut[::-1]


@pytest.mark.parametrize("pieces", [2, 5])
async def test_a_client_hello_in_pieces_is_put_together(port: MediaPort, pieces: int) -> None:
    """As browsers send it whose first flight holds a post-quantum key."""
    party = RawParty(port)
    party.accept()
    party.send(party.check(use_candidate=True))
    (hello,) = party.dtls.start()
    for fragment in fragments(hello, pieces):
        party.send(fragment)
    await party.shake_hands()
    assert await party.still_works()
    party.close()


async def test_a_peer_that_never_finishes_costs_little_and_is_given_up(port: MediaPort) -> None:
    party = RawParty(port)
    party.accept()
    party.send(party.check(use_candidate=True))
    (hello,) = party.dtls.start()
    for _ in range(20 * HANDSHAKE_DATAGRAMS):
        party.send(hello)
        await asyncio.sleep(0)
    await until(lambda: len(party.swallow()) == 0)
    assert port.counters.sent < 4 * HANDSHAKE_DATAGRAMS
    sent = port.counters.sent
    await until(lambda: port.counters.sent > sent, 10, what="our flight again, after OpenSSL's second")
    party.transport.tick(time.monotonic() + port.settings.handshake_s + 1)
    assert party.ended is Failure.HANDSHAKE_TIMEOUT
    assert port.transports == port.addresses == 0
    party.sock.close()


async def test_goodbye_is_said_and_heard_and_cannot_be_forged(port: MediaPort) -> None:
    ours, theirs = await RawParty.connected_to(port), await RawParty.connected_to(port)
    packets = port.counters.packets
    theirs.send(b"\x15\xfe\xfd" + bytes(8) + b"\0\2\1\0")  # close_notify in the clear
    theirs.send(b"\x15\xfe\xfd\0\1" + bytes(6) + b"\0\x1a" + bytes(26))  # and one that nobody sealed
    await until(lambda: port.counters.packets == packets + 2)
    assert theirs.ended is None
    assert await theirs.still_works()
    for datagram in theirs.dtls.close():
        theirs.send(datagram)
    await until(lambda: theirs.ended)
    assert theirs.ended is Loss.CLOSED
    ours.transport.close()
    await until(lambda: [ours.dtls.receive(it) for it in ours.swallow()] and ours.dtls.state is DtlsState.CLOSED)
    assert port.transports == port.addresses == 0
    for party in (ours, theirs):
        party.sock.close()


async def test_a_certificate_that_cannot_be_read_does_no_harm(port: MediaPort) -> None:
    """It is what the answer named: nothing else is asked of it. Its version is one that there is none of."""
    other = await RawParty.connected_to(port)
    certificate, key = new_certificate()
    version = b"\xa0\x03\x02\x01\x02"
    assert version in certificate
    odd = certificate.replace(version, b"\xa0\x03\x02\x01\x09", 1)
    with pytest.raises(x509.InvalidVersion):
        x509.load_der_x509_certificate(odd)
    party = await RawParty.connected_to(port, identity_of(odd, key))
    assert await party.still_works()
    assert await other.still_works()
    for each in (party, other):
        each.close()


async def test_what_one_party_breaks_does_not_stop_the_port(port: MediaPort) -> None:
    """Under load, when it is read by the clock."""
    broken, other = await RawParty.connected_to(port), await RawParty.connected_to(port)
    loop, troubles = asyncio.get_running_loop(), list[BaseException]()
    watch = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: troubles.append(context["exception"]))

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    async def load() -> None:
        for _ in range(40):
            other.send(b"\x80")
        await asyncio.sleep(0.005)

    async def is_busy() -> bool:
        await load()
        return port._busy

    async def has_failed_often() -> bool:
        broken.send(broken.seal(PacketBuffer(), broken.packet()))
        await load()
        return len(troubles) > 40

    await until(is_busy)
    broken.on_rtp = fail  # type: ignore[method-assign, assignment]
    broken.transport.tick = fail  # type: ignore[method-assign, assignment]
    await until(has_failed_often)
    assert await other.still_works()
    for party in (broken, other):
        party.close()
    await asyncio.sleep(0)
    loop.set_exception_handler(watch)
