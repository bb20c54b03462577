"""The UDP port of the process."""

from dataclasses import dataclass

from media.streams import RtpInput
from media.transport.connection import Transport
from media.transport.events import Watcher
from media.transport.settings import PortSettings


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
    throttled: int = 0
    """Authenticated checks beyond the answer rate."""
    sent: int = 0
    send_errors: int = 0
    """Datagrams the kernel did not take (buffer full, unreachable): dropped, never waited for."""


class MediaPort:
    """One UDP socket per address family, shared by all parties of this process. Used on one loop only."""

    def __init__(self, settings: PortSettings) -> None:
        self.settings = settings
        self.counters = PortCounters()

    async def open(self) -> None:
        """Bind and start reading. `OSError` when no port of the range is free, `ValueError` for unusable addresses."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close every transport (their watchers are not told) and the sockets."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        """The port number, equal on both families."""
        raise NotImplementedError

    @property
    def transports(self) -> int:
        """How many are open."""
        raise NotImplementedError

    def connect(self, receiver: RtpInput, watcher: Watcher) -> Transport:
        """A party's transport, ready to write its offer. Packets go to `receiver` once it is connected."""
        raise NotImplementedError
