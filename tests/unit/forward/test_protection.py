"""Downlinks that carry less than is forwarded: relieved, without starving anybody else."""

from media.forward import rtcp
from media.forward.downlink import UNLIMITED, Downlink
from media.forward.protection import LEAST, LEAST_FOR_OTHERS, Guard, Share, Video, limit
from media.streams import TRANSPORT_CC, Kind
from tests.unit.forward.browsers import World
from tests.unit.forward.parties import ALL, Call


def test_two_parties_the_sender_is_asked_for_less_and_for_more_again() -> None:
    world = World()
    ann, bob = world.join("ann"), world.join("bob", rate=300_000)
    world.run(6)
    dropped, before = bob.down.dropped, bob.bytes_in
    world.run(15)
    assert bob.down.dropped - dropped < 50
    assert 220_000 < (bob.bytes_in - before) * 8 / 15 <= 300_000
    assert 150_000 <= ann.limit < 300_000
    assert bob.limit == bob.video_rate
    quality = bob.leg.quality()
    assert quality.downlink_kbps is not None
    assert 200 < quality.downlink_kbps < 450
    bob.down.rate = None
    world.run(16)
    assert ann.limit == ann.video_rate


def test_of_three_one_slow_receiver_loses_a_video_and_nobody_else_anything() -> None:
    world = World()
    ann, bob = world.join("ann"), world.join("bob")
    cyd = world.join("cyd", rate=900_000)
    world.run(8)
    assert world.call.paused == {"cyd": frozenset({"bob"})}
    assert (ann.limit, bob.limit) == (ann.video_rate, bob.video_rate)
    dropped = cyd.down.dropped
    world.run(4)
    assert cyd.down.dropped == dropped
    assert cyd.leg.forwarded > 600_000
    cyd.down.rate = None
    world.run(40)
    assert world.call.paused["cyd"] == frozenset()
    assert cyd.leg.forwarded > 1_200_000


def test_with_nothing_left_to_pause_the_sender_is_asked_but_not_below_what_suits_the_others() -> None:
    world = World()
    ann, bob = world.join("ann"), world.join("bob")
    world.join("cyd", rate=300_000)
    world.run(10)
    assert world.call.paused["cyd"] == frozenset({"bob"})
    assert (ann.limit, bob.limit) == (LEAST_FOR_OTHERS, bob.video_rate)


def test_loss_of_radio_links_is_not_taken_for_congestion() -> None:
    world = World()
    browsers = [world.join(name, loss=0.05) for name in ("ann", "bob", "cyd")]
    world.run(12)
    assert world.call.paused == {}
    assert all(not browser.leg.downlink.limited for browser in browsers)


def test_the_speaker_is_never_paused_and_audio_never() -> None:
    call = Call()
    ann, bob, cyd = call.join("ann"), call.join("bob"), call.join("cyd", extensions=ALL - {TRANSPORT_CC})
    for _ in range(100):
        for party in (ann, bob):
            party.send(Kind.AUDIO, level=20 if party is bob else 127)
            packet = party.packet(Kind.VIDEO, key=True)
            packet.payload += bytes(1100)
            party.put(packet)
        report = rtcp.Report(cyd.got("1")[0].ssrc, 100, 9, 9, 9, 0, 0)
        cyd.put_rtcp(rtcp.receiver_report([report]))
        call.pass_time(0.05)
    assert call.speakers == ["bob"]
    assert call.paused["cyd"] == frozenset({"ann"})
    heard = len(cyd.got("0"))
    ann.send(Kind.AUDIO)
    assert len(cyd.got("0")) == heard + 1
    for _ in range(60):
        ann.send(Kind.AUDIO, level=10)
        call.pass_time(0.05)
    assert call.speakers[-1] == "ann"
    assert "ann" not in call.paused["cyd"]


def test_a_remb_counts_only_below_what_is_forwarded() -> None:
    downlink = Downlink()
    downlink.on_remb(900_000)
    downlink.estimate_anew(1_000_000, 0.5)
    assert downlink.estimate == UNLIMITED
    downlink.on_remb(400_000)
    downlink.estimate_anew(1_000_000, 0.5)
    assert downlink.estimate == 400_000
    for _ in range(100):
        downlink.estimate_anew(1_000_000, 0.5)
    assert not downlink.limited


def test_who_sends_feedback_is_not_asked_for_a_remb_even_while_the_feedback_stalls() -> None:
    # Chromium estimates what has no transport-wide number: our repairs alone, a small part of what it receives.
    downlink = Downlink()
    downlink.on_feedback(0, [])
    downlink.on_remb(60_000)
    downlink.estimate_anew(1_000_000, 0.5)
    assert downlink.estimate == UNLIMITED


def test_what_arrives_without_complaint_lifts_an_estimate_far_below_it() -> None:
    downlink = Downlink()
    downlink.on_remb(60_000)
    downlink.estimate_anew(640_000, 0.5)
    assert downlink.estimate == 60_000
    for number in range(1, 41):
        downlink.number = number
        downlink.sent_at[number], downlink.sizes[number] = number * 0.0125, 1000
    downlink.on_feedback(1, [int(number * 0.0125 * 4000) for number in range(1, 41)])
    downlink.estimate_anew(640_000, 0.5)
    assert downlink.estimate == 0.85 * 640_000


def test_feedback_about_what_was_never_sent_is_nothing() -> None:
    downlink = Downlink()
    downlink.on_feedback(500, [None] * 500 + [7] * 500)
    downlink.estimate_anew(1_000_000, 0.5)
    assert downlink.estimate == UNLIMITED


def test_a_queue_that_gets_shorter_is_not_congestion() -> None:
    downlink = Downlink()
    estimates: list[float] = []
    for delay_ms in (20, 20, 220, 420, 380, 320, 240, 160, 20):
        base = downlink.number + 1
        for _ in range(40):
            downlink.number += 1
            downlink.sent_at[downlink.number] = downlink.number * 0.0125
            downlink.sizes[downlink.number] = 1000
        sent = [downlink.sent_at[number] for number in range(base, base + 40)]
        downlink.on_feedback(base, [int((at + delay_ms / 1000) * 4000) for at in sent])
        downlink.estimate_anew(640_000, 0.5)
        estimates.append(downlink.estimate)
    assert estimates[1] == UNLIMITED
    assert estimates[2] == 0.85 * 640_000
    assert estimates[3] == estimates[2]
    assert estimates[3:] == sorted(set(estimates[3:]))


def test_a_measure_has_two_seconds_to_work_before_the_next() -> None:
    guard = Guard()
    shown = [Video("ann", 600.0), Video("bob", 100.0), Video("cyd", 100.0)]
    taken: list[float] = []
    for step in range(12):
        now = 100 + step / 2
        left = [video for video in shown if video.party_id not in guard.paused]
        if guard.review(now, 900.0, 1000.0, left, []):
            taken.append(now)
    assert taken == [101.0, 103.0, 105.0]
    assert guard.paused == frozenset({"bob", "cyd"})
    assert guard.stuck


def test_limits() -> None:
    assert limit([]) is None
    assert limit([Share(400_000, True, False), Share(300_000, True, False)]) == 285_000
    assert limit([Share(10_000, True, True)]) == LEAST
    assert limit([Share(300_000, True, False), Share(9e6, False, False)]) is None
    assert limit([Share(300_000, True, True), Share(9e6, False, False)]) == LEAST_FOR_OTHERS
    assert limit([Share(1_000_000, True, True), Share(9e6, False, False)]) == 950_000


def test_a_pause_takes_a_second_of_excess_and_a_resumption_five_of_room_then_ten() -> None:
    guard = Guard()
    shown, hidden = [Video("ann", 600.0), Video("bob", 600.0)], [Video("bob", 600.0)]
    now, waits = 100.0, []
    for _ in range(2):
        began = now
        while "bob" not in guard.paused:
            guard.review(now, 900.0, 1200.0, shown, [])
            now += 0.5
        assert now - began <= 3.5
        began = now
        while guard.paused:
            guard.review(now, 1300.0, 600.0, shown[:1], hidden)
            now += 0.5
        waits.append(now - began)
    assert 5 <= waits[0] <= 6
    assert 10 <= waits[1] <= 11
    guard.review(now, 900.0, 1200.0, shown, [])
    guard.review(now + 0.9, 900.0, 1200.0, shown, [])
    assert guard.paused == frozenset()
