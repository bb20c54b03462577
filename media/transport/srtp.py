"""SRTP and SRTCP (RFC 3711, RFC 7714) by libsrtp, in place in the port's buffers.

pylibsrtp's public calls copy twice and allocate (about 3 us a packet). Its cffi binding is used directly where it is as
we know it; otherwise the public calls do the same work slower.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pylibsrtp
from pylibsrtp import Policy, Session

from media.transport.libraries import BINDING, IN_PLACE, handle

BUFFER_BYTES: Final = 2048
TRAILER_BYTES: Final = 64
"""Room a buffer needs behind a packet: at most a 16 byte tag, and the SRTCP index."""
MAX_PACKET_BYTES: Final = BUFFER_BYTES - TRAILER_BYTES
REPLAY_WINDOW: Final = 1024
"""Packets; at 1000 packets/s a second of reordering."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A DTLS-SRTP protection profile (RFC 5764, RFC 7714) with the sizes of its key and salt in bytes."""

    name: bytes
    srtp: int
    key: int
    salt: int


PROFILES: Final = (
    Profile(b"SRTP_AEAD_AES_256_GCM", Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
    Profile(b"SRTP_AEAD_AES_128_GCM", Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    Profile(b"SRTP_AES128_CM_SHA1_80", Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
)
"""In order of preference."""


class PacketBuffer:
    """`BUFFER_BYTES` of memory that libsrtp and the socket write to; `view` shows it to Python."""

    def __init__(self) -> None:
        if BINDING is not None:
            self.memory = BINDING[0].new("char[]", BUFFER_BYTES)
            self.length = BINDING[0].new("int *")
            self.view = memoryview(BINDING[0].buffer(self.memory)).cast("B")
        else:
            self.view = memoryview(bytearray(BUFFER_BYTES))
        self.words = self.view.cast("I")
        """As 32 bit words in the machine's order: enough to tell SSRCs apart."""


Crypt = Callable[[PacketBuffer, int], int]
"""Transforms `buffer[:n]` in place and returns its new length; -1 when libsrtp refuses.

Protecting, it refuses every sequence number used before under the same SSRC: with AES-GCM a second packet would use a
nonce again (RFC 7714, 8.1), and both could be forged from then on.
"""


@dataclass(frozen=True, slots=True)
class Srtp:
    """Both directions of one party, keyed by its handshake."""

    protect: Crypt
    protect_rtcp: Crypt
    unprotect: Crypt
    unprotect_rtcp: Crypt


def keyed(profile: Profile, material: bytes, *, server: bool, in_place: bool = IN_PLACE) -> Srtp:
    """From exported keying material: client key, server key, client salt, server salt (RFC 5764, 4.2)."""
    salts = material[2 * profile.key :]
    client = material[: profile.key] + salts[: profile.salt]
    ours = material[profile.key : 2 * profile.key] + salts[profile.salt : 2 * profile.salt]
    rx, tx = (client, ours) if server else (ours, client)
    receiving = _session(profile, rx, Policy.SSRC_ANY_INBOUND)
    sending = _session(profile, tx, Policy.SSRC_ANY_OUTBOUND)
    make = _in_place if in_place else _copying
    return Srtp(
        protect=make(sending, "protect"),
        protect_rtcp=make(sending, "protect_rtcp"),
        unprotect=make(receiving, "unprotect"),
        unprotect_rtcp=make(receiving, "unprotect_rtcp"),
    )


def material_bytes(profile: Profile) -> int:
    """How much keying material a profile needs."""
    return 2 * (profile.key + profile.salt)


def _session(profile: Profile, key: bytes, direction: int) -> Session:
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=profile.srtp)
    policy.window_size = REPLAY_WINDOW
    return Session(policy)


def _in_place(session: Session, name: str) -> Crypt:
    assert BINDING is not None
    function = getattr(BINDING[1], f"srtp_{name}")
    srtp = handle(session)

    def crypt(buffer: PacketBuffer, n: int, _keep: Session = session) -> int:
        length = buffer.length
        length[0] = n
        if function(srtp, buffer.memory, length):
            return -1
        done: int = length[0]
        return done

    return crypt


def _copying(session: Session, name: str) -> Crypt:
    function = getattr(session, name)

    def crypt(buffer: PacketBuffer, n: int) -> int:
        try:
            packet = function(bytes(buffer.view[:n]))
        except (pylibsrtp.Error, ValueError):  # ValueError: longer than its own buffer
            return -1
        buffer.view[: len(packet)] = packet
        return len(packet)

    return crypt
