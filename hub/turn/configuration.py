"""coturn's configuration file for this hub: nothing but relaying of calls, for people whom the hub gave credentials.

Everything a client could otherwise reach through the server (its own networks, cloud metadata, addresses that stand for
others) is denied as a peer; the known ways around that are in `docs/how-to/turn.md`.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressRange = ipaddress.IPv4Network | ipaddress.IPv6Network

DENIED: Final[tuple[tuple[str, str], ...]] = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by carriers (RFC 6598)"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local, cloud metadata"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved, broadcast"),
    ("::/96", "unspecified, loopback, IPv4-compatible"),
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::ffff:0:0:0/96", "IPv4-translated"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "NAT64, local"),
    ("100::/64", "discard"),
    ("2001::/23", "protocol assignments: Teredo, ORCHID"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
"""IANA's special-purpose registries (RFC 6890 and its updates), as ranges no call has a peer in."""


@dataclass(frozen=True, slots=True)
class TurnServer:
    """What differs from server to server."""

    secrets: tuple[str, ...] = field(repr=False)
    realm: str
    listen: tuple[str, ...] = ()
    """Addresses to listen on; none: all of the machine."""
    port: int = 3478
    external: str | None = None
    """The public address behind a NAT, or `public/private`."""
    allowed: tuple[str, ...] = ()
    """Addresses or networks that may be peers although they are denied to all others."""
    ports: tuple[int, int] = (49_152, 65_535)
    certificate: Path | None = None
    key: Path | None = None
    tls_port: int = 5349
    user_quota: int = 12
    """Allocations of one person: three ways to reach the server over two addresses of a device, twice for a restart."""
    total_quota: int = 1200
    max_bytes_per_s: int = 500_000
    """Of one allocation in each direction: 4 Mbit/s, twice what a video needs."""


def configuration(server: TurnServer) -> str:
    """The file's text. ValueError (told to the operator) for addresses that are none, or ports that are no range."""
    if not 1024 <= server.ports[0] <= server.ports[1] <= 65_535:
        raise ValueError("the relayed ports are no range within 1024 and 65535")
    if (server.certificate is None) != (server.key is None):
        raise ValueError("a certificate needs its key")
    return "\n".join(_lines(server)) + "\n"


def _lines(server: TurnServer) -> Iterator[str]:
    yield "# coturn for Carewire, written by `python -m hub turn config`. It holds a secret."
    yield f"listening-port={server.port}"
    yield from (f"listening-ip={ipaddress.ip_address(address)}" for address in server.listen)
    yield from (f"relay-ip={ipaddress.ip_address(address)}" for address in server.listen)
    if server.external is not None:
        yield f"external-ip={'/'.join(str(ipaddress.ip_address(part)) for part in server.external.split('/'))}"
    yield f"min-port={server.ports[0]}"
    yield f"max-port={server.ports[1]}"
    yield from _credentials(server)
    yield from _transport(server)
    yield "\n# Nobody's peers; own relayed addresses are, so that two parties on TURN reach each other."
    yield "no-multicast-peers"
    yield from (f"allowed-peer-ip={_span(network)}" for network in _allowed(server))
    yield from (f"denied-peer-ip={_span(ipaddress.ip_network(text))}" for text, _ in DENIED)


def _credentials(server: TurnServer) -> Iterator[str]:
    yield "\n# Credentials are made by the hub and work for ten minutes; a second secret is on its way out."
    yield "use-auth-secret"
    yield from (f"static-auth-secret={secret}" for secret in server.secrets)
    yield f"realm={server.realm}"
    yield "stale-nonce=600"
    yield "max-allocate-lifetime=600"
    yield f"user-quota={server.user_quota}"
    yield f"total-quota={server.total_quota}"
    yield f"max-bps={server.max_bytes_per_s}"


def _transport(server: TurnServer) -> Iterator[str]:
    yield "\n# Media over UDP only; clients may reach the server over TCP and TLS too. No console, no web page."
    yield "fingerprint"
    yield "no-tcp-relay"
    yield "no-cli"
    yield "no-software-attribute"
    yield "no-tlsv1"
    yield "no-tlsv1_1"
    if server.certificate is None or server.key is None:
        yield from ("no-tls", "no-dtls")
    else:
        yield from (f"tls-listening-port={server.tls_port}", f"cert={server.certificate}", f"pkey={server.key}")
        yield "cipher-list=ECDHE+AESGCM:ECDHE+CHACHA20"
    yield from ("log-file=stdout", "simple-log")


def _allowed(server: TurnServer) -> Iterator[AddressRange]:
    own = [*(server.external.split("/") if server.external else ()), *server.listen]
    special = [ipaddress.ip_network(text) for text, _ in DENIED]
    for text in own:
        address = ipaddress.ip_address(text)
        # Only an address that is denied needs it: behind a NAT, or on a network of one's own.
        if any(address in network for network in special) and not address.is_loopback and not address.is_unspecified:
            yield ipaddress.ip_network(address)
    yield from (ipaddress.ip_network(text) for text in server.allowed)


def _span(network: AddressRange) -> str:
    first, last = network[0], network[-1]
    if first == ipaddress.IPv6Address(0):
        first += 1  # to coturn a range that begins with `::` holds all of IPv4; `::` itself it never permits
    return str(first) if first == last else f"{first}-{last}"
