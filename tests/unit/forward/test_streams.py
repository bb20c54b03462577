"""Streams as their receivers see them: without seams."""

from media.streams import Kind
from tests.unit.forward.parties import MID_ID, NUMBER, Call


def test_two_parties_hear_and_see_each_other() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    for _ in range(5):
        ann.send(Kind.AUDIO)
        ann.send(Kind.VIDEO, key=True)
        call.now += 0.02
    audio, video = bob.got("0"), bob.got("1")
    assert [p.sequence - audio[0].sequence for p in audio] == [0, 1, 2, 3, 4]
    assert [p.timestamp - audio[0].timestamp for p in audio] == [0, 960, 1920, 2880, 3840]
    assert [p.payload[:-2] for p in video] == [b"\x10\x00keyframe"] * 5
    assert {p.extensions[MID_ID] for p in video} == {b"1"}
    numbers = [int.from_bytes(p.extensions[NUMBER], "big") for p in bob.outbox.rtp]
    assert numbers == list(range(1, 11))
    assert ann.outbox.rtp == []
