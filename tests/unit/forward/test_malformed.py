"""Whatever an authenticated party sends: nothing is raised, and nothing malformed is passed on."""

import random
from struct import pack

from hypothesis import given, settings
from hypothesis import strategies as st

from media.forward import rtcp
from media.streams import Kind
from tests.unit.forward.packets import Packet
from tests.unit.forward.parties import Call, Party
from tests.unit.forward.test_repair import wrapped

ROUNDS = 50_000


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few octets changed, the end cut or grown."""
    changed = bytearray(data)
    for _ in range(chance.randrange(4)):
        changed[chance.randrange(min(len(changed), 40))] = chance.randrange(256)
    if chance.random() < 0.2:
        del changed[chance.randrange(len(changed)) :]
    elif chance.random() < 0.1:
        changed += chance.randbytes(chance.randrange(40))
    return bytes(changed)


def samples(party: Party) -> list[bytes]:
    video = party.packet(Kind.VIDEO, key=True)
    padded = party.packet(Kind.AUDIO)
    padded.padding, padded.csrcs = 7, (1, 2)
    h264 = Packet(98, 5, 6, video.ssrc, b"\x78\0\2\x67\x42\0\1\x68", True, video.extensions)
    return [bytes(p) for p in (video, party.packet(Kind.AUDIO), padded, h264, wrapped(video))]


def reports(party: Party, other: Party) -> list[bytes]:
    """Control packets that are about something."""
    ssrc = other.agreement.slots[1].ssrc
    tcc = pack("!HH3sB", 1, 9, b"\0\0\1", 0) + b"\x20\x03\xc5\x55" + bytes(12)
    uplink = next(iter(party.leg.sources.values())).ssrc
    return [
        rtcp.nack(ssrc, [1, 2, 3, 700]), rtcp.pli(ssrc), rtcp.remb(ssrc, 90_000), rtcp.transport_feedback(ssrc, tcc),
        rtcp.sender_report(rtcp.SenderReport(uplink, 2**40, 77), 5, 500),
        rtcp.receiver_report([rtcp.Report(ssrc, 20, 3, 9, 9, 0x100, 9)]),
    ]  # fmt: skip


def test_fifty_thousand_damaged_datagrams() -> None:
    call = Call()
    ann, bob, cyd = (call.join(name) for name in ("ann", "bob", "cyd"))
    for party in (ann, bob, cyd):
        party.send(Kind.VIDEO, key=True)
    chance = random.Random(7)
    media = samples(ann)
    control = reports(ann, ann)
    for place in range(ROUNDS):
        if place % 4:
            data = chance.choice(media)
            ann.put(mutated(data[:2] + pack("!H", place & 0xFFFF) + data[4:], chance))
        else:
            ann.put_rtcp(mutated(chance.choice(control), chance))
        if place % 50 == 0:
            call.pass_time(0.05)
        if place % 5000 == 0:
            for party in (ann, bob, cyd):
                party.outbox.rtp.clear()
                party.outbox.rtcp.clear()
    # And the call is none the worse for it.
    call.pass_time(2)
    bob.outbox.rtp.clear()
    for _ in range(3):
        ann.send(Kind.AUDIO)
    assert len(bob.outbox.rtp) >= 2
    assert len(ann.leg.sources) == 2
    assert all(len(source.missing) <= 512 for source in ann.leg.sources.values())


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=120)), max_size=20))
def test_anything_at_all(datagrams: list[tuple[bool, bytes]]) -> None:
    call = Call()
    ann = call.join("ann")
    call.join("bob")
    ann.send(Kind.VIDEO, key=True)
    for is_rtp, data in datagrams:
        if is_rtp:
            ann.put(b"\x90\x60" + data)
        else:
            ann.put_rtcp(data)
        call.pass_time(0.05)
