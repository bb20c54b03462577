"""A UDP path that loses what it is told to lose, always the same."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from media.settings import own_addresses
from tests.support.media import Process

HOST = own_addresses()[0]
"""Peers do not use loopback, and want answers from where they asked."""

Drops = Callable[[int], bool]
"""By number of the datagram in its direction, from 0: whether it is lost."""


class LossyPath(asyncio.DatagramProtocol):
    """A way through which one peer reaches a media process, losing what it is told to lose."""

    def __init__(self, process: Process) -> None:
        self._to = ("127.0.0.1", process.port)
        self.drops: Drops = lambda number: False
        self.black = False
        """Everything is lost."""
        self.up = self.down = 0
        self._peer: tuple[str, int] | None = None
        self._near: asyncio.DatagramTransport
        self._far: asyncio.DatagramTransport

    async def open(self) -> None:
        """Both sockets."""
        loop = asyncio.get_running_loop()
        self._near, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        self._far, _ = await loop.create_datagram_endpoint(lambda: _Far(self), remote_addr=self._to)

    def close(self) -> None:
        """Both sockets."""
        self._near.close()
        self._far.close()

    def through(self, sdp: str) -> str:
        """An offer whose only candidate is this path."""
        port = self._near.get_extra_info("sockname")[1]
        lines = [line for line in sdp.split("\r\n") if not line.startswith("a=candidate")]
        candidate = f"a=candidate:1 1 udp 2130706431 {HOST} {port} typ host"
        at = next(number for number, line in enumerate(lines) if line.startswith("a=ice-pwd"))
        return "\r\n".join([*lines[: at + 1], candidate, *lines[at + 1 :]])

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """From the peer."""
        self._peer = addr[:2]
        self.up += 1
        if not self.black and not self.drops(self.up - 1):
            self._far.sendto(data)

    def back(self, data: bytes) -> None:
        """From the process."""
        self.down += 1
        if self._peer is not None and not self.black and not self.drops(self.down - 1):
            self._near.sendto(data, self._peer)


class _Far(asyncio.DatagramProtocol):
    def __init__(self, path: LossyPath) -> None:
        self._path = path

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._path.back(data)

    def error_received(self, exc: Exception) -> None:
        """The process is gone: that is what the test is about."""


@asynccontextmanager
async def lossy_path(process: Process) -> AsyncIterator[LossyPath]:
    """A path, closed with the block."""
    path = LossyPath(process)
    await path.open()
    try:
        yield path
    finally:
        path.close()
