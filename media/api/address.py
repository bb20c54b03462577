"""Where a process' API listens: `unix:/path`, `ws://host:port` or `wss://host:port`. The address is its name."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

MAX_UNIX_PATH: Final = 103
"""Bytes: `sun_path` of the strictest system, less its terminator."""
PATH: Final = "/media"


@dataclass(frozen=True, slots=True)
class Address:
    """One of the three."""

    scheme: str
    path: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """ValueError for anything else."""
        if text.startswith("unix:/"):
            path = text.removeprefix("unix:")
            if len(path.encode()) > MAX_UNIX_PATH:
                raise ValueError("the socket's path is too long")
            return cls("unix", path=path)
        parts = urlsplit(text)
        if parts.scheme not in ("ws", "wss") or not parts.hostname or parts.port is None:
            raise ValueError("neither unix:/path nor ws://host:port nor wss://host:port")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("more than a host and a port")
        return cls(parts.scheme, host=parts.hostname, port=parts.port)

    @property
    def url(self) -> str:
        """For a WebSocket client; a Unix socket takes any host name."""
        if self.scheme == "unix":
            return f"ws://media{PATH}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{PATH}"

    @property
    def sheltered(self) -> bool:
        """Nobody between both ends can listen: TLS, a Unix socket, or loopback."""
        if self.scheme == "ws":
            return self.host == "localhost" or _loopback(self.host)
        return True


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
