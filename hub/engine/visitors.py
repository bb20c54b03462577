"""Who is knocking: the real address behind trusted proxies, and whether the page that sent the request is ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp import web

from hub.engine.settings import EngineSettings, Network

Address = IPv4Address | IPv6Address

_MAX_USER_AGENT: Final = 256
_MAX_HOPS: Final = 16


@dataclass(frozen=True, slots=True)
class Visitor:
    """The sender of one HTTP request."""

    address: str
    origin: str
    """The hub's own origin, as this visitor sees it: `scheme://host[:port]`."""
    user_agent: str
    quota_key: str
    """What per-address limits count by: an IPv6 visitor owns a whole /64."""


def identify(request: web.BaseRequest, trusted_proxies: Iterable[Network]) -> Visitor:
    """Read the visitor off a request; `X-Forwarded-*` counts only when the TCP peer is a trusted proxy."""
    networks = tuple(trusted_proxies)
    peer = _parse(request.remote or "")
    scheme, host = request.scheme, request.headers.get("Host", "")
    address = peer
    if peer is not None and _is_trusted(peer, networks):
        address = _forwarded_address(request, peer, networks)
        scheme = _last(request, "X-Forwarded-Proto") or scheme
        host = _last(request, "X-Forwarded-Host") or host
    shown = str(address) if address is not None else "unknown"
    return Visitor(
        address=shown,
        origin=f"{scheme}://{host}".lower(),
        user_agent=request.headers.get("User-Agent", "")[:_MAX_USER_AGENT],
        quota_key=str(IPv6Network((address, 64), strict=False)) if isinstance(address, IPv6Address) else shown,
    )


def is_welcome(request: web.BaseRequest, visitor: Visitor, settings: EngineSettings) -> bool:
    """Whether the page behind this request may open sockets; the rule is told in `EngineSettings`."""
    origins = request.headers.getall("Origin", [])
    if origins:
        allowed = tuple(origin.lower() for origin in settings.allowed_origins) or (visitor.origin,)
        return len(origins) == 1 and origins[0].lower() in allowed
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        # A browser: it always sends Origin on an upgrade, and leaves it out of same-origin GETs.
        return site.lower() in ("same-origin", "none") and "Upgrade" not in request.headers
    return settings.allow_missing_origin


def _forwarded_address(request: web.BaseRequest, peer: Address, networks: tuple[Network, ...]) -> Address:
    """The nearest hop that is not one of our proxies: what stands left of it was written by the visitor."""
    hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    address = peer
    for hop in reversed(hops[-_MAX_HOPS:]):
        candidate = _parse(hop)
        if candidate is None:
            break
        address = candidate
        if not _is_trusted(candidate, networks):
            break
    return address


def _last(request: web.BaseRequest, header: str) -> str:
    return ",".join(request.headers.getall(header, [])).rsplit(",", 1)[-1].strip()


def _is_trusted(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _parse(text: str) -> Address | None:
    """An address, also as `1.2.3.4:567` or `[::1]:567`; IPv4 in IPv6 clothing is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
