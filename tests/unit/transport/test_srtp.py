"""libsrtp, as we set it up: what is sent once under a number is never sealed again under it."""

import secrets
import struct

import pytest

from media.transport.kept import KEPT, Kept
from media.transport.libraries import IN_PLACE
from media.transport.srtp import PROFILES, REPLAY_WINDOW, PacketBuffer, Profile, Srtp, keyed, material_bytes

WAYS = [True, False] if IN_PLACE else [False]


def packet(sequence: int, payload: bytes = b"sound", ssrc: int = 7) -> bytes:
    return struct.pack("!BBHII", 0x80, 111, sequence & 0xFFFF, 0, ssrc) + payload


def sealed(srtp: Srtp, body: bytes) -> bytes | None:
    buffer = PacketBuffer()
    buffer.view[: len(body)] = body
    n = srtp.protect(buffer, len(body))
    return bytes(buffer.view[:n]) if n > 0 else None


def opened(srtp: Srtp, body: bytes) -> bytes | None:
    buffer = PacketBuffer()
    buffer.view[: len(body)] = body
    n = srtp.unprotect(buffer, len(body))
    return bytes(buffer.view[:n]) if n > 0 else None


def pair(profile: Profile, *, in_place: bool) -> tuple[Srtp, Srtp]:
    material = secrets.token_bytes(material_bytes(profile))
    return keyed(profile, material, server=True, in_place=in_place), keyed(profile, material, server=False)


@pytest.mark.parametrize("in_place", WAYS)
@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name.decode())
def test_a_number_is_sealed_once(profile: Profile, in_place: bool) -> None:
    ours, theirs = pair(profile, in_place=in_place)
    first = sealed(ours, packet(10))
    assert first is not None
    assert opened(theirs, first) == packet(10)
    for again in (packet(10), packet(10, b"altered")):
        assert sealed(ours, again) is None
    assert sealed(ours, packet(9)) is not None  # late, but unused
    assert sealed(ours, packet(9)) is None
    assert sealed(ours, packet(10, ssrc=8)) is not None


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name.decode())
def test_no_number_comes_back_beyond_the_window_or_around_the_wrap(profile: Profile) -> None:
    ours, theirs = pair(profile, in_place=IN_PLACE)
    for sequence in range(60_000, 60_000 + 2 * REPLAY_WINDOW):
        assert sealed(ours, packet(sequence)) is not None
    for old in (60_000, 60_001, 60_000 + REPLAY_WINDOW // 2):
        assert sealed(ours, packet(old)) is None
    for sequence in range(60_000 + 2 * REPLAY_WINDOW, 0x10000 + 60_001):
        last = sealed(ours, packet(sequence))
        assert last is not None
        assert opened(theirs, last) == packet(sequence)
    # The same sixteen bits as the first one, and the same bytes: under the next roll-over count another ciphertext.
    assert sealed(ours, packet(60_000)) is None


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name.decode())
def test_a_kept_packet_opens_where_the_first_was_lost_and_not_where_it_came(profile: Profile) -> None:
    ours, theirs = pair(profile, in_place=IN_PLACE)
    kept = Kept()
    for sequence in range(0xFF00, 0x10000 + KEPT):
        body = sealed(ours, packet(sequence))
        assert body is not None
        kept.keep(body)
        if sequence != 0x10000 + 5:
            assert opened(theirs, body) is not None
    assert opened(theirs, kept.find(7, 5) or b"") == packet(5)
    assert opened(theirs, kept.find(7, 6) or b"") is None
    assert kept.find(7, 0xFF00) is None
    assert kept.find(8, 5) is None
