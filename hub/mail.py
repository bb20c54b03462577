"""Mail by SMTP: `smtp://` (STARTTLS when the server offers it), `smtp+tls://` (STARTTLS or nothing), `smtps://`."""

import asyncio
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

TIMEOUT_S: Final = 10.0
"""For one answer of the server."""
LONGEST_S: Final = 40.0
"""For the whole mail; less than the queue's lease."""
PORTS: Final = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server as its URL names it."""

    host: str
    port: int
    scheme: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """`scheme://user:password@host:port`. ValueError without any part of the URL in it."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("expected smtp://, smtp+tls:// or smtps:// and a host")
        username = None if parts.username is None else unquote(parts.username)
        password = None if parts.password is None else unquote(parts.password)
        if username is not None and parts.scheme == "smtp" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("a password may only travel by smtp+tls:// or smtps://")
        return cls(parts.hostname, parts.port or PORTS[parts.scheme], parts.scheme, username, password)


class SmtpMail:
    """Implements `MailPort`; one connection per mail, since mails are rare."""

    def __init__(self, server: SmtpServer, sender: str, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._sender = sender
        self._tls = tls or ssl.create_default_context()

    async def send(self, to: str, subject: str, text: str) -> None:
        """Hand one mail over. Raises what aiosmtplib raises unless the server accepted it."""
        server = self._server
        async with asyncio.timeout(LONGEST_S):
            await aiosmtplib.send(
                self._message(to, subject, text),
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.scheme == "smtps",
                start_tls={"smtp": None, "smtp+tls": True, "smtps": False}[server.scheme],
                tls_context=self._tls,
                timeout=TIMEOUT_S,
            )

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2].strip("> ") or None)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message
