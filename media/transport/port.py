"""The UDP port of the process."""

import asyncio
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from media.streams import RtpInput
from media.transport import stun
from media.transport.connection import Address, Transport
from media.transport.dtls import Identity
from media.transport.events import Watcher
from media.transport.settings import PortSettings
from media.transport.sockets import announced_addresses, bind
from media.transport.srtp import BUFFER_BYTES, PacketBuffer

DATAGRAMS_PER_WAKEUP: Final = 256
TICK_S: Final = 0.1
COALESCE_FROM: Final = 2_000
"""Packets per second from which reads are coalesced."""
PROMPT_S: Final = 0.002
"""A wake-up whose first datagram is younger than this takes the rest as arrived just now."""
_STAMP: Final = struct.Struct("@qq")


@dataclass(slots=True)
class PortCounters:
    """What arrived and what became of it, since the port was opened."""

    packets: int = 0
    """Datagrams read."""
    wakeups: int = 0
    strangers: int = 0
    """From an address nobody has authenticated, and no check of ours either: dropped unread."""
    malformed: int = 0
    """STUN that cannot be parsed, or datagrams of no protocol of ours (RFC 7983)."""
    unauthenticated: int = 0
    """STUN without the right password, SRTP or SRTCP that fails its authentication or is replayed."""
    early: int = 0
    """SRTP before the handshake was over."""
    replayed: int = 0
    """Authenticated checks that had come from another address before: not answered, not followed."""
    throttled: int = 0
    """Authenticated checks beyond the answer rate, and packets beyond what one party may send."""
    unsealed: int = 0
    """Packets of ours that libsrtp refused to protect: a sequence number used before. Never sent."""
    sent: int = 0
    send_errors: int = 0
    """Datagrams the kernel did not take (buffer full, unreachable): dropped, never waited for."""


class MediaPort:
    """One UDP socket per address family, shared by all parties of this process. Used on one loop only."""

    def __init__(self, settings: PortSettings) -> None:
        self.settings = settings
        self.counters = PortCounters()
        self.identity = Identity()
        self.announced = announced_addresses(settings)
        self.received = PacketBuffer()
        self.sending = PacketBuffer()
        self._by_address: dict[Address, Transport] = {}
        self._by_ufrag: dict[str, Transport] = {}
        self._sockets: list[socket.socket] = []
        self._timer: asyncio.TimerHandle | None = None
        self._rate_packets = 0
        self._busy = False
        self._ticked = 0.0

    async def open(self) -> None:
        """Bind and start reading. `OSError` when no port of the range is free, `ValueError` for unusable addresses."""
        self._sockets = bind(self.settings)
        for sock in self._sockets:
            self._listen(sock)
        self._ticked = time.monotonic()
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    async def close(self) -> None:
        """Close every transport (their watchers are not told) and the sockets."""
        for transport in list(self._by_ufrag.values()):
            transport.close()
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        sockets, self._sockets = self._sockets, []
        for sock in sockets:
            loop.remove_reader(sock.fileno())
            sock.close()

    @property
    def port(self) -> int:
        """The port number, equal on both families."""
        return int(self._sockets[0].getsockname()[1])

    @property
    def transports(self) -> int:
        """How many are open."""
        return len(self._by_ufrag)

    @property
    def addresses(self) -> int:
        """How many remote addresses are known."""
        return len(self._by_address)

    def connect(self, receiver: RtpInput, watcher: Watcher) -> Transport:
        """A party's transport, ready to write its offer. Packets go to `receiver` once it is connected."""
        transport = Transport(self, receiver, watcher)
        self._by_ufrag[transport.ufrag] = transport
        return transport

    def send(self, sock: socket.socket, datagram: bytes | memoryview, address: Address | None) -> None:
        """Hand one datagram to the kernel, or drop it."""
        try:
            sock.sendto(datagram, address)  # type: ignore[arg-type]  # whoever has a socket has an address
            self.counters.sent += 1
        except OSError:
            self.counters.send_errors += 1

    def learn(self, transport: Transport, address: Address) -> None:
        """From now on, datagrams from there are this party's. The latest to authenticate has it."""
        self._by_address[address] = transport

    def unlearn(self, transport: Transport, address: Address) -> None:
        """The party no longer owns that address."""
        if self._by_address.get(address) is transport:
            del self._by_address[address]

    def forget(self, transport: Transport, addresses: Iterable[Address]) -> None:
        """The party is closed."""
        self._by_ufrag.pop(transport.ufrag, None)
        for address in addresses:
            self.unlearn(transport, address)

    def _listen(self, sock: socket.socket) -> None:
        if sock in self._sockets:
            asyncio.get_running_loop().add_reader(sock.fileno(), self._readable, sock)

    def _readable(self, sock: socket.socket) -> None:
        self._drain(sock)
        if self._busy and self.settings.coalesce_s:
            loop = asyncio.get_running_loop()
            loop.remove_reader(sock.fileno())
            loop.call_later(self.settings.coalesce_s, self._poll, sock)

    def _poll(self, sock: socket.socket) -> None:
        """As long as there is load, the socket is read by the clock and the poller is not asked."""
        if sock not in self._sockets:
            return
        try:
            self._drain(sock)
        finally:  # whatever one party's datagram does, the others' are read
            if self._busy:
                asyncio.get_running_loop().call_later(self.settings.coalesce_s, self._poll, sock)
            else:
                self._listen(sock)

    def _drain(self, sock: socket.socket) -> None:
        """Read what waits, bounded. The kernel's time stamp costs 0.5 us a packet: all are asked only after a stall."""
        counters, view, by_address = self.counters, self.received.view, self._by_address
        receive = partial(sock.recvmsg_into, [view], 64)
        counters.wakeups += 1
        now = time.monotonic()
        offset = now - time.time()
        prompt = False
        for _ in range(DATAGRAMS_PER_WAKEUP):
            try:
                if prompt:
                    n, address = sock.recvfrom_into(view)
                    arrival = now
                else:
                    n, control, _, address = receive()
                    arrival = _stamped(control, offset, now)
                    prompt = now - arrival < PROMPT_S
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier datagram
                continue
            counters.packets += 1
            transport = by_address.get(address)
            if transport is not None and 127 < view[0] < 192 and 0 < n < BUFFER_BYTES:
                transport.received(n, arrival)
            else:
                self._dispatch(sock, n, address, arrival)

    def _dispatch(self, sock: socket.socket, n: int, address: Address, arrival: float) -> None:
        first = self.received.view[0] if 0 < n < BUFFER_BYTES else 255
        transport = self._by_address.get(address)
        if transport is not None and 127 < first < 192:
            transport.received(n, arrival)
        elif first < 4:
            self._check(sock, n, address, arrival)
        elif transport is None:
            self.counters.strangers += 1
        elif 19 < first < 64:
            transport.handshake(bytes(self.received.view[:n]))
        else:
            self.counters.malformed += 1

    def _check(self, sock: socket.socket, n: int, address: Address, now: float) -> None:
        try:
            message = stun.parse(bytes(self.received.view[:n]))
        except stun.MalformedStun:
            self.counters.malformed += 1
            return
        name = message.attributes.get(stun.USERNAME, b"").partition(b":")[0]
        transport = self._by_ufrag.get(name.decode("ascii", "replace"))
        if message.type != stun.BINDING_REQUEST or transport is None:
            self.counters.strangers += 1
        elif not message.is_signed_with(transport.password.encode()):
            self.counters.unauthenticated += 1
        else:
            transport.checked(message, address, sock, now)

    def _tick(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)
        now = time.monotonic()
        packets = self.counters.packets
        self._busy = packets - self._rate_packets > COALESCE_FROM * max(TICK_S, now - self._ticked)
        self._rate_packets, self._ticked = packets, now
        for transport in list(self._by_ufrag.values()):
            transport.tick(now)


def _stamped(control: list[tuple[int, int, bytes]], offset: float, now: float) -> float:
    """The kernel's arrival time on the monotonic clock; now, if there is none or the wall clock has jumped."""
    for _, kind, data in control:
        if kind == 35 and len(data) >= _STAMP.size:  # SCM_TIMESTAMPNS
            seconds, nanoseconds = _STAMP.unpack_from(data)
            arrival: float = seconds + nanoseconds * 1e-9 + offset
            if now - 5 < arrival <= now:
                return arrival
    return now
