"""Opening the sockets of a media port."""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

from media.transport.settings import PortSettings

SO_RCVBUFFORCE: Final = 33
SO_TIMESTAMPNS: Final = 35
"""Linux's numbers; Python does not name them."""
ATTEMPTS: Final = 16
"""When the system chooses the port, it may be free in one family only."""


def announced_addresses(settings: PortSettings) -> tuple[str, ...]:
    """Addresses of our candidates. Raises `ValueError` if there are none, or one that cannot be reached."""
    addresses = tuple(settings.announced or settings.hosts)
    if not addresses or any(ipaddress.ip_address(address).is_unspecified for address in addresses):
        raise ValueError("announced addresses are needed when listening on all of them")
    return addresses


def bind(settings: PortSettings) -> list[socket.socket]:
    """One socket per host, all on one port number. Raises `OSError` when no port will do."""
    first, last = settings.ports
    ports = range(first, last + 1) if first else (0,) * ATTEMPTS
    error = OSError("no media port in the configured range")
    for port in ports:
        sockets: list[socket.socket] = []
        try:
            for host in settings.hosts:
                sockets.append(_socket(host, port, settings.receive_buffer))
                port = sockets[0].getsockname()[1]  # noqa: PLW2901 - the second family takes the first one's
        except OSError as refused:
            error = refused
            _close(sockets)
        else:
            return sockets
    raise error


def _socket(host: str, port: int, receive_buffer: int) -> socket.socket:
    family = socket.AF_INET if ipaddress.ip_address(host).version == 4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer)
        except PermissionError:  # then up to net.core.rmem_max
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _close(sockets: Sequence[socket.socket]) -> None:
    for sock in sockets:
        sock.close()
