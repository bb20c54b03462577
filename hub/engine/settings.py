"""Limits of the Socket.IO server."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

MIB = 1 << 20
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Every bound of the engine. Durations are in seconds, sizes in bytes.

    Who may open a socket from a web page: a foreign `Origin` is always refused. With `allowed_origins` empty,
    only the hub's own origin is at home (scheme and `Host` as the client saw them); otherwise exactly the listed
    ones. Browsers are recognised by `Origin` or `Sec-Fetch-Site`; one that upgrades to WebSocket without an
    `Origin` is refused. Devices and native clients send neither, and may connect while `allow_missing_origin`.
    `X-Forwarded-*` counts only when the TCP peer is in `trusted_proxies`.
    """

    transports: tuple[str, ...] = ("polling", "websocket")
    namespaces: tuple[str, ...] = ("/",)

    ping_interval_s: float = 10.0
    ping_timeout_s: float = 8.0
    connect_timeout_s: float = 5.0
    """How long a socket may be without an admitted namespace, and how long an upgrade may take."""

    max_message_bytes: int = 131_072
    """Of one inbound WebSocket message, and of one inbound polling body. Whoever sends more is cut, without an answer:
    above any field's own bound, so that what is just too large for one is refused with a code (JSON doubles newlines).
    """
    max_sockets: int = 10_000
    max_unauthenticated: int = 500
    max_unauthenticated_per_address: int = 20
    max_buffered_bytes: int = MIB
    """Outbound bytes waiting for one socket before it is cut."""
    max_head_age_s: float = 10.0
    """Age of the oldest outbound byte of one socket before it is cut."""
    max_malformed_per_minute: int = 20
    inbound_bytes_per_s: int = 65536
    """Of one socket, sustained; whoever sends more for longer than the burst lasts is cut."""
    inbound_burst_bytes: int = MIB

    allowed_origins: tuple[str, ...] = ()
    allow_missing_origin: bool = True
    trusted_proxies: tuple[Network, ...] = field(default=())
