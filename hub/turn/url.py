"""Addresses of STUN and TURN servers (RFC 7064, RFC 7065): `turn:host:port?transport=udp`."""

import re
from dataclasses import dataclass
from typing import Final, Self

_URL: Final = re.compile(
    r"(?P<scheme>stuns?|turns?):(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(?::(?P<port>\d{1,5}))?"
    r"(?:\?transport=(?P<transport>udp|tcp))?"
)


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """One server, and how it is spoken to."""

    scheme: str
    host: str
    port: int
    transport: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """ValueError unless it is one."""
        match = _URL.fullmatch(text)
        if match is None or not 0 < int(match["port"] or 1) < 65_536:
            raise ValueError("neither stun:host nor turn:host:port?transport=udp")
        scheme = match["scheme"]
        if scheme.startswith("stun") and match["transport"]:
            raise ValueError("a stun: address names no transport")
        secure = scheme.endswith("s")
        port = int(match["port"] or (5349 if secure else 3478))
        return cls(scheme, match["host"].strip("[]"), port, match["transport"] or ("tcp" if secure else "udp"))

    @property
    def secure(self) -> bool:
        """Over TLS."""
        return self.scheme.endswith("s")

    @property
    def is_turn(self) -> bool:
        """Whether it relays."""
        return self.scheme.startswith("turn")
