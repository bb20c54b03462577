"""The hub's own look at its TURN servers and its relay tells the ways apart in which they can be wrong."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aioice import stun
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.media.settings import MediaSettings
from hub.mongo.data import free_port
from hub.turn.probe import Probe, ice_answers
from hub.turn.report import findings, text_of
from models.events.guests import ServerCheck
from models.media import CloseRoom, JoinLeg
from services.calls.turn import TurnServers, TurnSettings
from tests.integration.signaling.nodes import Relays
from tests.support.turn import SECRET, CoturnProcess

WRONG = "a-secret-that-this-turn-server-does-not-know"
PASSWORD = "an-ice-password-of-the-relay"


def servers(*urls: str, secret: str = SECRET) -> TurnServers:
    return TurnServers(TurnSettings(b"p" * 32, urls, (secret,)))


async def turn(known: TurnServers) -> ServerCheck:
    return await Probe(Relays(), known).turn()


async def test_a_turn_server_that_relays(coturn: CoturnProcess) -> None:
    assert await turn(servers(coturn.url)) is ServerCheck.OK
    assert await turn(servers(coturn.url.replace("udp", "tcp"))) is ServerCheck.OK


async def test_a_turn_server_with_another_secret(coturn: CoturnProcess) -> None:
    assert await turn(servers(coturn.url, secret=WRONG)) is ServerCheck.REFUSED


async def test_nobody_where_the_turn_server_should_be() -> None:
    assert await turn(servers(f"turn:127.0.0.1:{free_port()}")) is ServerCheck.UNREACHABLE
    assert await turn(servers(f"turn:127.0.0.1:{free_port()}?transport=tcp")) is ServerCheck.UNREACHABLE


async def test_over_tls_the_certificate_counts(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = certified(folder, "localhost")
    server = CoturnProcess(folder, certificate=certificate, key=key)
    server.start()
    try:
        assert await turn(servers(server.secure_url)) is ServerCheck.UNREACHABLE
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert await turn(servers(server.secure_url)) is ServerCheck.OK
        assert await turn(servers(server.secure_url, secret=WRONG)) is ServerCheck.REFUSED
    finally:
        server.stop()


def certified(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for one day that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    return certificate, private


async def test_one_that_works_is_enough(coturn: CoturnProcess) -> None:
    assert await turn(servers(f"turn:127.0.0.1:{free_port()}", coturn.url)) is ServerCheck.OK


async def test_no_turn_server_at_all() -> None:
    assert await turn(servers()) is ServerCheck.NOT_CONFIGURED
    assert await turn(servers("stun:127.0.0.1")) is ServerCheck.NOT_CONFIGURED


class IceLite(asyncio.DatagramProtocol):
    """Answers authenticated checks, as a relay's port does."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        check = stun.parse_message(data)
        if not check.check_message_integrity(PASSWORD.encode()):
            return
        answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=check.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = addr
        answer.add_message_integrity(PASSWORD.encode())
        self.transport.sendto(bytes(answer), addr)


def offer(port: int, password: str = PASSWORD) -> str:
    return (
        f"v=0\r\na=ice-lite\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:hub1\r\na=ice-pwd:{password}\r\n"
        f"a=candidate:1 1 UDP 2130706431 127.0.0.1 {port} typ host\r\n"
    )


async def test_a_relay_answers_checks_at_the_address_it_announces() -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(IceLite, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    try:
        assert await ice_answers(offer(port))
        assert not await ice_answers(offer(port, password="another"))
        assert not await ice_answers(offer(free_port()))
        assert not await ice_answers("v=0\r\n")
    finally:
        transport.close()


async def test_the_room_of_a_probe_is_closed_again() -> None:
    relays = Relays()
    assert await Probe(relays, servers()).relay("unix:/one") is ServerCheck.UNREACHABLE
    [joined], [closed] = relays.of(JoinLeg), relays.of(CloseRoom)
    assert joined.call_id == closed.call_id
    assert await Probe(relays, servers()).relay("unix:/gone") is ServerCheck.REFUSED


async def test_a_report_says_what_to_do(coturn: CoturnProcess, tmp_path: Path) -> None:
    settings = TurnSettings(b"p" * 32, (coturn.url, f"turn:127.0.0.1:{free_port()}"), (SECRET,))
    found = await findings(settings, MediaSettings(secret=b""), tmp_path / "recordings")
    assert [one.fine for one in found] == [True, False, False, True]
    text = text_of(found)
    assert f"ok     {coturn.url} relays for us." in text
    assert "Is coturn running there" in text
    assert "MEDIA_PROCESSES" in text
    assert SECRET not in text


async def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.touch()
    found = await findings(TurnSettings(b"p" * 32), MediaSettings(secret=b""), taken)
    assert not found[-1].fine
    assert "RECORDINGS_DIR" in found[-1].text
