"""Reports both ways: what senders learn, what receivers learn of the senders' clocks, and what we make of it."""

from media.forward import rtcp
from media.streams import Kind
from tests.unit.forward.parties import Call, Party
from tests.unit.forward.test_switchboard import Recording

NTP = 0x0123_4567_89AB_CDEF


def reports(party: Party) -> list[rtcp.Report]:
    return [m for packet in party.outbox.rtcp for m in rtcp.parse(packet) if isinstance(m, rtcp.Report)]


def sender_reports(party: Party) -> list[rtcp.SenderReport]:
    return [m for packet in party.outbox.rtcp for m in rtcp.parse(packet) if isinstance(m, rtcp.SenderReport)]


def test_a_sender_learns_each_second_what_was_lost_of_its_stream() -> None:
    call = Call()
    ann = call.join("ann")
    ann.sequences[Kind.AUDIO] = 65_530
    for place in range(40):
        if place % 4 == 3:
            ann.packet(Kind.AUDIO)
        else:
            ann.send(Kind.AUDIO)
        call.pass_time(0.05)
    ann.send(Kind.AUDIO)
    call.pass_time(1)
    blocks = reports(ann)
    assert 2 <= len(blocks) <= 3
    assert 50 <= blocks[0].fraction <= 70
    assert (blocks[-1].lost, blocks[-1].highest) == (10, 65_536 + 35)
    call.pass_time(1)
    assert reports(ann)[-1].fraction == 0


def test_jitter_is_that_of_arrivals() -> None:
    call = Call()
    ann = call.join("ann")
    for place in range(200):
        packet = ann.packet(Kind.AUDIO)
        call.now += 0.01 if place % 2 else 0
        ann.put(packet)
        call.now += 0.01 if place % 2 else 0.02
    assert 6 < ann.leg.sources[Kind.AUDIO].jitter_ms < 12


def test_the_senders_clock_is_passed_on_in_the_receivers_terms() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    tap = Recording()
    call.board.tap("ann", Kind.AUDIO, tap)
    sent = ann.send(Kind.AUDIO)
    ann.put_rtcp(rtcp.sender_report(rtcp.SenderReport(sent.ssrc, NTP, sent.timestamp + 480), 1, 100))
    (told,) = sender_reports(bob)
    (got,) = bob.got("0")
    assert (told.ssrc, told.ntp, told.rtp - got.timestamp) == (got.ssrc, NTP, 480)
    assert tap.reports == [(NTP, sent.timestamp + 480)]
    cyd = call.join("cyd")
    call.now += 0.02
    ann.send(Kind.AUDIO)
    (told,) = sender_reports(cyd)
    assert cyd.got("0")[0].timestamp - told.rtp == 960 - 480


def test_round_trip_loss_and_rates_are_measured() -> None:
    call = Call()
    ann, bob = call.join("ann"), call.join("bob")
    assert bob.leg.quality().rtt_ms is None
    sent = ann.send(Kind.AUDIO)
    ann.put_rtcp(rtcp.sender_report(rtcp.SenderReport(sent.ssrc, NTP, sent.timestamp), 1, 100))
    call.now += 0.3
    lsr = NTP >> 16 & 0xFFFFFFFF
    block = rtcp.Report(bob.got("0")[0].ssrc, 64, 1, 1, 1, lsr, 65_536 // 5)
    bob.put_rtcp(rtcp.receiver_report([block]))
    for _ in range(60):
        ann.send(Kind.AUDIO)
        call.pass_time(0.05)
    quality = bob.leg.quality()
    assert quality.rtt_ms is not None
    assert 99 < quality.rtt_ms < 101
    assert quality.loss_down == 0.25
    size = len(bytes(ann.packet(Kind.AUDIO)))
    assert abs(quality.kbps_down - 20 * size * 8 / 1000) < 2
    assert abs(ann.leg.quality().kbps_up - 20 * size * 8 / 1000) < 2
    assert quality.downlink_kbps is None
    assert ann.leg.last_packet_at is not None
    assert call.now - ann.leg.last_packet_at < 0.1
