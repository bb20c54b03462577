"""Key frames: asked of the source, seldom; nobody starts without one."""

import pytest

from media.forward import rtcp
from media.forward.payload import begins_keyframe
from media.streams import CodecName, Kind
from tests.unit.forward.parties import Call, Party
from tests.unit.forward.test_repair import requests


def send_for(call: Call, party: Party, seconds: float, *, key: bool = False) -> None:
    for _ in range(round(seconds / 0.05)):
        call.pass_time(0.05)
        party.send(Kind.VIDEO, key=key)


def test_requests_of_many_receivers_become_one_per_300_ms() -> None:
    call = Call()
    ann, bob, cyd = call.join("ann"), call.join("bob"), call.join("cyd")
    ann.send(Kind.VIDEO, key=True)
    send_for(call, ann, 1)
    before = requests(ann)
    ssrc = bob.got("1")[0].ssrc
    for _ in range(20):
        bob.put_rtcp(rtcp.pli(ssrc))
        cyd.put_rtcp(rtcp.pli(cyd.got("1")[0].ssrc))
    assert requests(ann) == before + 1
    send_for(call, ann, 0.25)
    assert requests(ann) == before + 1
    send_for(call, ann, 0.1)
    assert requests(ann) == before + 2
    send_for(call, ann, 0.1, key=True)
    send_for(call, ann, 1)
    assert requests(ann) == before + 2


def test_a_party_that_sends_nothing_is_not_asked_on() -> None:
    call = Call()
    ann, _ = call.join("ann"), call.join("bob")
    ann.send(Kind.VIDEO)
    call.pass_time(5)
    assert requests(ann) == 1


def test_a_newcomer_starts_at_the_next_key_frame_and_asks_for_it() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.VIDEO, key=True)
    send_for(call, ann, 1)
    before = requests(ann)
    cyd = call.join("cyd")
    assert requests(ann) == before + 1
    send_for(call, ann, 0.1)
    assert cyd.got("1") == []
    ann.send(Kind.VIDEO, key=True)
    ann.send(Kind.VIDEO)
    assert len(cyd.got("1")) == 2
    assert len(bob.got("1")) == 25


def test_a_key_frame_whose_beginning_is_repaired_starts_a_newcomer() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    first = ann.send(Kind.VIDEO)
    beginning = ann.packet(Kind.VIDEO, key=True)
    rest = ann.send(Kind.VIDEO)
    assert bob.got("1") == []
    ann.put(beginning)
    ann.send(Kind.VIDEO)
    got = bob.got("1")
    assert [p.sequence - got[0].sequence for p in got] == [0, 2]
    bob.put_rtcp(rtcp.nack(got[0].ssrc, [(got[0].sequence + 1) & 0xFFFF, (got[0].sequence - 1) & 0xFFFF]))
    repaired = [p.payload[2:] for p in bob.outbox.rtp[2:]]
    assert repaired == [rest.payload]
    assert first.payload not in repaired


def test_the_owner_may_ask_and_so_does_a_new_tap() -> None:
    call = Call()
    ann = call.join("ann")
    ann.leg.request_keyframe()
    assert requests(ann) == 0
    ann.send(Kind.VIDEO)
    ann.leg.request_keyframe()
    assert requests(ann) == 1


@pytest.mark.parametrize(
    ("codec", "payload", "begins"),
    [
        (CodecName.VP8, "10 00", True),
        (CodecName.VP8, "10 01", False),
        (CodecName.VP8, "00 00", False),
        (CodecName.VP8, "11 00", False),
        (CodecName.VP8, "90 80 05 00", True),
        (CodecName.VP8, "90 80 85 05 00", True),
        (CodecName.VP8, "90 80 85 05 01", False),
        (CodecName.VP8, "90 e0 85 05 07 20 00", True),
        (CodecName.VP8, "90 f0 05 07 20 00", True),
        (CodecName.VP8, "90 f0 05 07 20 01", False),
        (CodecName.VP8, "90 80", False),
        (CodecName.VP8, "", False),
        (CodecName.H264, "65 88", True),
        (CodecName.H264, "67 42", True),
        (CodecName.H264, "41 9a", False),
        (CodecName.H264, "7c 85 00", True),
        (CodecName.H264, "7c 05 00", False),
        (CodecName.H264, "7c 81 00", False),
        (CodecName.H264, "78 00 02 67 42 00 01 68", True),
        (CodecName.H264, "78 00 01 06 00 02 65 88", True),
        (CodecName.H264, "78 00 01 06 00 02 41 88", False),
        (CodecName.H264, "78 ff ff", False),
        (CodecName.H264, "7c", False),
        (CodecName.OPUS, "", True),
    ],
)
def test_where_a_key_frame_begins(codec: CodecName, payload: str, begins: bool) -> None:
    assert begins_keyframe(codec, b"head" + bytes.fromhex(payload), 4) is begins
