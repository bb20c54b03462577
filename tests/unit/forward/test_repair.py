"""What is lost is asked for, and answered near the loss; neither can be used to multiply."""

from struct import pack

from media.forward import rtcp
from media.forward.allowance import BURST
from media.forward.sink import HISTORY
from media.streams import VP8, Kind
from tests.unit.forward.packets import Packet
from tests.unit.forward.parties import MID_ID, NUMBER, Call, Party, ssrc_of

RTX = VP8.rtx_payload_type or 0


def nacks(party: Party) -> list[list[int]]:
    return [m.missing for packet in party.outbox.rtcp for m in rtcp.parse(packet) if isinstance(m, rtcp.Nack)]


def requests(party: Party) -> int:
    return sum(isinstance(m, rtcp.KeyframeRequest) for packet in party.outbox.rtcp for m in rtcp.parse(packet))


def wrapped(packet: Packet, sequence: int = 1, padding: int = 0) -> Packet:
    """As RFC 4588 says."""
    payload = pack("!H", packet.sequence) + packet.payload
    ssrc = packet.ssrc + 1000
    return Packet(RTX, sequence, packet.timestamp, ssrc, payload, packet.marker, packet.extensions, padding)


def playing() -> tuple[Call, Party, Party]:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.VIDEO, key=True)
    return call, ann, bob


def test_a_gap_is_asked_for_at_once_then_eight_times_in_all_then_for_a_key_frame() -> None:
    call, ann, _ = playing()
    lost = [ann.packet(Kind.VIDEO).sequence for _ in range(3)]
    ann.send(Kind.VIDEO)
    assert nacks(ann) == [lost]
    before = requests(ann)
    for _ in range(7):
        call.pass_time(0.05)
        ann.send(Kind.VIDEO)
    assert nacks(ann) == [lost] * 8
    assert requests(ann) == before
    call.pass_time(0.1)
    assert nacks(ann) == [lost] * 8
    assert requests(ann) == before + 1


def test_nothing_is_asked_for_a_stream_that_nobody_has() -> None:
    call = Call()
    ann = call.join("ann")
    ann.send(Kind.VIDEO, key=True)
    ann.packet(Kind.VIDEO)
    ann.send(Kind.VIDEO)
    call.pass_time(0.3)
    assert nacks(ann) == []


def test_audio_is_not_asked_for() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.send(Kind.AUDIO)
    late = ann.packet(Kind.AUDIO)
    ann.send(Kind.AUDIO)
    call.pass_time(1)
    ann.put(late)
    assert nacks(ann) == []
    assert len(bob.got("0")) == 2


def test_a_gap_too_large_is_given_up_for_a_key_frame() -> None:
    call, ann, bob = playing()
    call.now += 1
    for _ in range(400):
        ann.packet(Kind.VIDEO)
    before = requests(ann)
    ann.send(Kind.VIDEO)
    assert nacks(ann) == []
    assert requests(ann) == before + 1
    ann.send(Kind.VIDEO, key=True)
    assert [p.sequence - bob.got("1")[0].sequence for p in bob.got("1")] == [0, 1]


def test_an_rtx_packet_becomes_the_one_that_was_lost_once() -> None:
    _, ann, bob = playing()
    lost = ann.packet(Kind.VIDEO)
    last = ann.send(Kind.VIDEO)
    ann.put(wrapped(lost))
    ann.put(wrapped(lost, 2))
    ann.put(wrapped(last, 3))
    got = bob.got("1")
    assert [p.sequence - got[0].sequence for p in got] == [0, 2, 1]
    assert got[2].payload == lost.payload
    assert (got[2].payload_type, got[2].timestamp - got[0].timestamp) == (VP8.payload_type, 0)
    assert got[2].extensions[MID_ID] == b"1"
    # Healed for those further down as well.
    bob.put_rtcp(rtcp.nack(got[0].ssrc, [got[2].sequence]))
    assert bob.outbox.rtp[-1].payload == pack("!H", got[2].sequence) + lost.payload


def test_padding_in_rtx_probes_is_not_taken_for_media() -> None:
    _, ann, bob = playing()
    lost = ann.packet(Kind.VIDEO)
    ann.send(Kind.VIDEO)
    probe = wrapped(lost)
    probe.payload = b""
    for size in (1, 2, 3, 255):
        probe.padding = size
        ann.put(probe)
    probe.payload = b"\0"
    ann.put(probe)
    assert len(bob.got("1")) == 2
    ann.put(wrapped(lost, 9, padding=20))
    assert bob.got("1")[-1].payload == lost.payload


def test_an_rtx_packet_too_short_for_its_number_is_dropped() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    ann.sequences[Kind.VIDEO] = 0xFFFF
    ann.send(Kind.VIDEO, key=True)
    lost = ann.packet(Kind.VIDEO)
    ann.send(Kind.VIDEO)
    probe = wrapped(lost, padding=1)
    # The number would be 0x0001, the one that is missing, but its second octet is padding.
    probe.payload = b"\0"
    ann.put(probe)
    assert lost.sequence == 1
    assert len(bob.got("1")) == 2


def test_a_nack_is_answered_by_rtx_once_per_round_trip() -> None:
    call, ann, bob = playing()
    for _ in range(10):
        ann.send(Kind.VIDEO)
    got = bob.got("1")
    rtx_ssrc = next(slot.rtx_ssrc for slot in bob.agreement.slots if slot.mid == "1")
    ask = rtcp.nack(got[0].ssrc, [got[3].sequence, got[5].sequence])
    bob.put_rtcp(ask)
    bob.put_rtcp(ask)
    call.now += 0.06
    bob.put_rtcp(ask)
    repairs = [p for p in bob.outbox.rtp if p.ssrc == rtx_ssrc]
    assert [p.payload for p in repairs] == [pack("!H", p.sequence) + p.payload for p in (got[3], got[5])] * 2
    assert {p.payload_type for p in repairs} == {RTX}
    assert [p.sequence - repairs[0].sequence for p in repairs] == [0, 1, 2, 3]
    assert [p.timestamp for p in repairs[:2]] == [got[3].timestamp, got[5].timestamp]


def test_without_an_rtx_stream_the_packet_itself_is_sent_again() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob", rtx=False)
    ann.send(Kind.VIDEO, key=True)
    (got,) = bob.got("1")
    bob.put_rtcp(rtcp.nack(got.ssrc, [got.sequence]))
    again = bob.got("1")[1]
    assert bytes(again) == bytes(got)
    assert again.extensions[NUMBER] == got.extensions[NUMBER]


def test_what_was_never_sent_here_is_never_repaired() -> None:
    call, ann, bob = playing()
    for _ in range(HISTORY + 20):
        ann.send(Kind.VIDEO)
    cyd = call.join("cyd")
    ann.send(Kind.VIDEO, key=True)
    (first,) = cyd.got("1")
    cyd.put_rtcp(rtcp.nack(first.ssrc, [(first.sequence - back) & 0xFFFF for back in range(1, 20)]))
    assert len(cyd.outbox.rtp) == 1
    old = bob.got("1")[5]
    ahead = (bob.got("1")[-1].sequence + 1) & 0xFFFF
    count = len(bob.outbox.rtp)
    bob.put_rtcp(rtcp.nack(old.ssrc, [old.sequence, ahead]))
    assert len(bob.outbox.rtp) == count


def test_nacks_cannot_multiply() -> None:
    call, ann, bob = playing()
    for _ in range(300):
        packet = ann.packet(Kind.VIDEO)
        packet.payload += bytes(1100)
        ann.put(packet)
    got = bob.got("1")
    everything = rtcp.nack(got[0].ssrc, [p.sequence for p in got])
    for _ in range(50):
        call.now += 0.1
        bob.put_rtcp(everything)
    repairs = [p for p in bob.outbox.rtp if p.payload_type == RTX]
    assert 0.95 * BURST < sum(len(bytes(p)) for p in repairs) < BURST


def test_a_flood_of_control_packets_is_cut_off() -> None:
    call, _, bob = playing()
    for _ in range(1000):
        bob.put_rtcp(rtcp.pli(1))
    assert bob.leg.refused == 600
    call.pass_time(2.1)
    bob.put_rtcp(rtcp.pli(1))
    assert bob.leg.refused == 600


def test_ssrc_of_rtx_is_one_per_kind() -> None:
    _, ann, bob = playing()
    lost = [ann.packet(Kind.VIDEO), ann.packet(Kind.VIDEO)]
    ann.send(Kind.VIDEO)
    ann.put(wrapped(lost[0]))
    stray = wrapped(lost[1])
    stray.ssrc = 3
    ann.put(stray)
    stray.ssrc = ssrc_of("ann", Kind.VIDEO)
    ann.put(stray)
    assert len(bob.got("1")) == 3
