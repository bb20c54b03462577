"""What the media port is told at its start."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PortSettings:
    """Where the port listens, what it announces, and how patient it is. Times are seconds."""

    hosts: Sequence[str] = ("0.0.0.0", "::")  # noqa: S104 - media comes from everywhere; a leg's password lets it in
    """Addresses to bind, at most one per family; the same port number on both."""
    ports: tuple[int, int] = (0, 0)
    """First and last port to try, the first free one is taken; `(0, 0)` lets the system choose."""
    announced: Sequence[str] = field(default_factory=tuple)
    """Addresses of the offers' candidates (the public ones behind a NAT that keeps port numbers); empty: `hosts`."""
    receive_buffer: int = 4 << 20
    """Bytes the kernel may hold: about 75 ms of arrivals of 80 calls. Past that a stall is loss for every call."""
    coalesce_s: float = 0.001
    """Under load the socket is read once per this period instead of once per wake-up; 0 never coalesces."""
    connect_s: float = 15.0
    """From the answer to the first authenticated check."""
    handshake_s: float = 10.0
    """From the first authenticated check to the end of the DTLS handshake."""
    silence_s: float = 15.0
    """Without authenticated traffic for so long, a party is lost."""
    consent_s: float = 30.0
    """Without an authenticated check from where its media is sent for so long, a party is lost (RFC 7675, 5.1)."""
