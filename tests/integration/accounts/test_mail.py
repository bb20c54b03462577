"""Mail through a real SMTP server, and a queue that does not lose it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.mail import SmtpMail, SmtpServer
from hub.mongo.client import Database
from models.documents.outgoing_mail import MailState
from services.mail import MOST_ATTEMPTS, Letter
from tests.support.accounts import Office, office_on

LETTER = Letter("ana@example.org", "Tu contraseña ha cambiado", "Hola, Ana:\n\nمرحبًا\n")


class Postbox:
    """What the server took; refuses while told so."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refusals = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert envelope.rcpt_tos == [message["To"]]
        self.taken.append(message)
        return "250 taken"


@pytest.fixture
def postbox() -> Postbox:
    """An empty one."""
    return Postbox()


@asynccontextmanager
async def server_of(
    postbox: Postbox, implicit: ssl.SSLContext | None = None, upgrade: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A real mail server on a port of its own; `upgrade` makes it insist on STARTTLS."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(postbox, loop=loop, tls_context=upgrade, require_starttls=upgrade is not None),
        "127.0.0.1",
        0,
        ssl=implicit,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def office(database: Database, postbox: Postbox) -> AsyncIterator[Office]:
    """Accounts that send through a real mail server."""
    async with server_of(postbox) as port:
        mail = SmtpMail(SmtpServer.parse(f"smtp://127.0.0.1:{port}"), "Clinic <no-reply@clinic.test>")
        async with office_on(database, mail=mail) as ready:
            ready.services.mailroom._clock = lambda: ready.now
            yield ready


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize("scheme", ["smtps", "smtp+tls"])
async def test_tls_is_used_and_its_certificate_checked(postbox: Postbox, certificate: Path, scheme: str) -> None:
    offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offered.load_cert_chain(certificate)
    both = {"implicit": offered} if scheme == "smtps" else {"upgrade": offered}
    async with server_of(postbox, **both) as port:
        server = SmtpServer.parse(f"{scheme}://127.0.0.1:{port}")
        with pytest.raises((aiosmtplib.SMTPException, ssl.SSLCertVerificationError)):
            await SmtpMail(server, "no-reply@clinic.test").send(LETTER.to, LETTER.subject, LETTER.text)
        assert postbox.taken == []
        trusted = ssl.create_default_context(cafile=str(certificate))
        await SmtpMail(server, "no-reply@clinic.test", trusted).send(LETTER.to, LETTER.subject, LETTER.text)
    assert len(postbox.taken) == 1


async def test_starttls_that_is_not_offered_sends_nothing(postbox: Postbox) -> None:
    async with server_of(postbox) as port:
        mail = SmtpMail(SmtpServer.parse(f"smtp+tls://127.0.0.1:{port}"), "no-reply@clinic.test")
        with pytest.raises(aiosmtplib.SMTPException):
            await mail.send(LETTER.to, LETTER.subject, LETTER.text)
    assert postbox.taken == []


async def test_a_letter_arrives_once_and_whole(office: Office, postbox: Postbox) -> None:
    await office.services.mailroom.enqueue(LETTER, office.now)
    assert await office.services.mailroom.deliver() == 1
    assert await office.services.mailroom.deliver() == 0
    (message,) = postbox.taken
    assert (message["To"], message["Subject"]) == (LETTER.to, LETTER.subject)
    assert message["From"] == "Clinic <no-reply@clinic.test>"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert [one.state for one in await office.services.mailroom.list_mail()] == [MailState.SENT]


async def test_a_refused_letter_is_tried_again_later_and_longer_each_time(office: Office, postbox: Postbox) -> None:
    postbox.refusals = 2
    await office.services.mailroom.enqueue(LETTER, office.now)
    for pause_s in (15, 30):
        assert await office.services.mailroom.deliver() == 0
        office.later(seconds=pause_s - 1)
        assert await office.services.mailroom.deliver() == 0
        office.later(seconds=2)
    assert await office.services.mailroom.deliver() == 1
    assert len(postbox.taken) == 1


async def test_attempts_end(office: Office, postbox: Postbox) -> None:
    postbox.refusals = 1000
    await office.services.mailroom.enqueue(LETTER, office.now)
    for _ in range(MOST_ATTEMPTS + 3):
        await office.services.mailroom.deliver()
        office.later(hours=1)
    assert 1000 - postbox.refusals == MOST_ATTEMPTS
    assert [one.state for one in await office.services.mailroom.list_mail()] == [MailState.FAILED]


async def test_a_letter_whose_sender_died_is_taken_over(office: Office, postbox: Postbox) -> None:
    await office.services.mailroom.enqueue(LETTER, office.now)
    claimed = await office.services.mailroom._claim(office.now)
    assert claimed is not None
    assert await office.services.mailroom.deliver() == 0
    office.later(seconds=61)
    assert await office.services.mailroom.deliver() == 1


async def test_an_unreachable_server_keeps_the_letter(database: Database) -> None:
    mail = SmtpMail(SmtpServer.parse("smtp://127.0.0.1:9"), "no-reply@clinic.test")
    async with office_on(database, mail=mail) as office:
        await office.services.mailroom.enqueue(LETTER, office.now)
        assert await office.services.mailroom.deliver() == 0
        assert [one.state for one in await office.services.mailroom.list_mail()] == [MailState.WAITING]


@pytest.mark.parametrize("url", ["http://host", "smtp://", "smtp://user:secret@mail.example.org", "host:25"])
def test_bad_urls_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        SmtpServer.parse(url)
    assert "secret" not in str(refused.value)


def test_a_url_names_everything() -> None:
    server = SmtpServer.parse("smtps://user:p%40ss@mail.example.org")
    assert server == SmtpServer("mail.example.org", 465, "smtps", "user", "p@ss")
    assert "p@ss" not in repr(server)
