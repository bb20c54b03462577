"""Streams as their receivers see them: without seams, whatever happens to the packets on the way in."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from media.streams import H264, OPUS, VP8, Kind
from tests.unit.forward.packets import DELTA, KEYFRAME, Packet
from tests.unit.forward.parties import MID_ID, NUMBER, Call, Party, ssrc_of


def ahead(later: int, earlier: int) -> int:
    return (later - earlier + 0x8000 & 0xFFFF) - 0x8000


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


def test_sequence_numbers_wrap_on_both_sides() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.sequences[Kind.AUDIO] = 65_530
    sent = [ann.send(Kind.AUDIO) for _ in range(70_000)]
    got = bob.got("0")
    assert len(got) == len(sent)
    assert all(ahead(b.sequence, a.sequence) == 1 for a, b in pairwise(got))


def test_a_gap_stays_a_gap_and_a_late_packet_finds_its_place() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    packets = [ann.packet(Kind.AUDIO) for _ in range(6)]
    for place in (0, 1, 4, 3, 5, 3, 5):
        ann.put(packets[place])
    got = bob.got("0")
    assert [ahead(p.sequence, got[0].sequence) for p in got] == [0, 1, 4, 3, 5]
    assert [p.payload for p in got] == [packets[i].payload for i in (0, 1, 4, 3, 5)]


def test_a_late_packet_does_not_lower_where_the_next_source_begins() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    packets = [ann.packet(Kind.AUDIO) for _ in range(4)]
    for place in (0, 1, 3, 2):
        ann.put(packets[place])
    call.board.forget("ann")
    cyd = call.join("cyd")
    cyd.send(Kind.AUDIO)
    got = bob.got("0")
    assert [ahead(p.sequence, got[0].sequence) for p in got] == [0, 1, 3, 2, 4]
    assert ahead(got[-1].timestamp & 0xFFFF, got[2].timestamp & 0xFFFF) >= 960


def test_what_comes_late_for_an_earlier_source_is_not_forwarded_after_a_pause() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    packets = [ann.packet(Kind.AUDIO) for _ in range(6)]
    ann.put(packets[0])
    ann.put(packets[2])
    call.board.set_muted("ann", Kind.AUDIO, True)
    ann.put(packets[3])
    call.board.set_muted("ann", Kind.AUDIO, False)
    ann.put(packets[4])
    ann.put(packets[1])
    got = bob.got("0")
    assert [p.payload for p in got] == [packets[i].payload for i in (0, 2, 4)]
    assert [ahead(p.sequence, got[0].sequence) for p in got] == [0, 2, 3]


def test_silence_and_mute_leave_no_gap_in_numbers_and_keep_time() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.AUDIO)
    call.now += 0.4
    ann.send(Kind.AUDIO)
    call.board.set_muted("ann", Kind.AUDIO, True)
    for _ in range(50):
        call.now += 0.02
        ann.send(Kind.AUDIO)
    call.board.set_muted("ann", Kind.AUDIO, False)
    call.now += 0.02
    ann.send(Kind.AUDIO)
    got = bob.got("0")
    assert [p.sequence - got[0].sequence for p in got] == [0, 1, 2]
    assert [p.timestamp - got[0].timestamp for p in got] == [0, 19_200, 19_200 + 51 * 960]


def test_a_jump_of_the_sender_is_not_one_for_its_receivers() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    for start in (100, 20_000, 3_000):
        ann.sequences[Kind.AUDIO] = start
        ann.send(Kind.AUDIO)
        ann.send(Kind.AUDIO)
    got = bob.got("0")
    # Back to 3000: one packet from long ago could be a straggler, the second in a row is a new beginning.
    assert [ahead(p.sequence, got[0].sequence) for p in got] == list(range(len(got)))
    assert len(got) == 5


def test_a_video_restart_waits_for_a_key_frame() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.VIDEO, key=True)
    ann.sequences[Kind.VIDEO] += 1000
    ann.send(Kind.VIDEO)
    assert len(bob.got("1")) == 1
    ann.send(Kind.VIDEO, key=True)
    ann.send(Kind.VIDEO)
    got = bob.got("1")
    assert [p.sequence - got[0].sequence for p in got] == [0, 1, 2]


def test_another_ssrc_takes_a_kind_over_only_once_the_first_is_silent() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.AUDIO)
    for _ in range(3):
        stray = ann.packet(Kind.AUDIO)
        stray.ssrc = 77
        ann.put(stray)
    assert len(bob.got("0")) == 1
    assert ann.leg.refused == 3
    call.now += 1
    stray = ann.packet(Kind.AUDIO)
    stray.ssrc = 77
    ann.put(stray)
    assert len(bob.got("0")) == 2
    assert len(ann.leg.sources) == 1


def test_an_announced_ssrc_needs_no_mid_and_others_wait() -> None:
    call = Call()
    ann, bob = call.join("ann", announced=True), call.join("bob")
    packet = Packet(OPUS.payload_type, 5, 6, ssrc_of("ann", Kind.AUDIO), b"opus")
    ann.put(packet)
    stray = Packet(OPUS.payload_type, 5, 6, 4711, b"opus")
    ann.put(stray)
    wrong = Packet(OPUS.payload_type, 5, 6, ssrc_of("ann", Kind.VIDEO), b"opus")
    ann.put(wrong)
    foreign = Packet(0, 5, 6, 4712, b"pcm")
    ann.put(foreign)
    assert len(bob.got("0")) == 1
    assert ann.leg.refused == 3


KINDS = st.sampled_from(["send", "lose", "swap", "twice", "mute", "leave", "jump"])


@settings(max_examples=150, deadline=None)
@given(st.lists(KINDS, max_size=60), st.integers(0, 0xFFFF), st.sampled_from(list(Kind)))
def test_numbers_tell_packets_apart_and_only_losses_leave_gaps(steps: list[str], start: int, kind: Kind) -> None:
    """Whatever happens: no number is used twice, every gap is one of the sender's, order by number is order sent."""
    call = Call()
    bob, sender = call.join("bob"), call.join("p0")
    sender.sequences[kind] = start
    lost, joined, sent, swapped = 0, 0, [b""], list[Packet]()
    for step in steps:
        call.now += 0.02
        if step == "leave":
            call.board.forget(sender.party_id)
            joined += 1
            sender, swapped = call.join(f"p{joined}"), []
            continue
        if step == "mute":
            call.board.set_muted(sender.party_id, kind, True)
            sender.send(kind, key=True)
            call.board.set_muted(sender.party_id, kind, False)
            swapped = []
            continue
        packet = sender.packet(kind, key=True)
        packet.payload += f"/{len(sent)}".encode()
        sent.append(packet.payload)
        if step == "lose":
            lost += 1
            continue
        if step == "jump":
            sender.sequences[kind] += 300
        if step == "swap" and not swapped:
            swapped = [packet]
            continue
        sender.put(packet)
        if step == "twice":
            sender.put(packet)
        for late in swapped:
            sender.put(late)
        swapped = []
    check(bob, kind, sent, lost + len(steps))


def check(bob: Party, kind: Kind, sent: list[bytes], most_gaps: int) -> None:
    got = bob.got("0" if kind is Kind.AUDIO else "1")
    if not got:
        return
    places = [ahead(p.sequence, got[0].sequence) for p in got]
    assert len(set(places)) == len(places)
    in_order = [sent.index(p.payload) for _, p in sorted(zip(places, got, strict=True), key=lambda pair: pair[0])]
    assert in_order == sorted(in_order)
    assert len(set(in_order)) == len(in_order)
    assert max(places) - min(places) + 1 - len(places) <= most_gaps


def test_the_codec_follows_the_payload_type() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    old = call.join("old", video=(VP8,))
    ann.send(Kind.VIDEO, key=True)
    late = ann.packet(Kind.VIDEO)
    ann.send(Kind.VIDEO, key=True, codec=H264)
    ann.put(late)
    ann.send(Kind.VIDEO, codec=H264)
    assert [p.payload_type for p in bob.got("1")] == [96, 98, 96, 98]
    assert [p.payload_type for p in old.got("1")] == [96]
    assert [codec.name for _, _, codec in call.sources] == [VP8.name, H264.name]
    assert KEYFRAME[98] in bob.got("1")[1].payload
    assert DELTA[98] in bob.got("1")[3].payload
