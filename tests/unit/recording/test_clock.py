"""Where frames lie in time."""

from hypothesis import given
from hypothesis import strategies as st

from media.recording.clock import AHEAD_MS, BEHIND_MS, SenderClock, TrackClock

NTP = 3_900_000_000 << 32
WRAP = 1 << 32


def _ntp(seconds: float) -> int:
    return NTP + round(seconds * WRAP)


def _settled(sender: SenderClock | None = None) -> TrackClock:
    """A clock of 1000 Hz that has heard RTP time equal to arrival for ten seconds."""
    clock = TrackClock(1000, sender or SenderClock())
    for at in range(0, 10_001, 20):
        clock.arrived(at, at)
    assert not clock.settling(10_001)
    return clock


def test_the_least_delayed_of_the_first_packets_sets_the_clock() -> None:
    clock = TrackClock(1000, SenderClock())
    for timestamp, arrival in ((0, 1080.0), (20, 1090.0), (40, 1045.0), (60, 1100.0)):
        clock.arrived(timestamp, arrival)
    assert clock.settling(1_300)
    assert not clock.settling(1_700)
    assert clock.place(100, 1_700) == 1105.0


def test_time_wraps() -> None:
    clock = TrackClock(1000, SenderClock())
    clock.arrived(WRAP - 10, 0.0)
    clock.settling(700)
    clock.arrived(10, 20.0)
    assert clock.place((WRAP - 5) & (WRAP - 1), 20.0) == 5.0
    assert clock.place(30, 40.0) == 40.0


def test_a_report_before_the_first_packet_counts() -> None:
    clock = TrackClock(1000, SenderClock())
    clock.report(_ntp(5.0), 0, 5_030.0)
    clock.arrived(100, 5_200.0)
    assert clock.reported
    assert not clock.settling(5_200.0)
    assert abs(clock.place(100, 5_200.0) - 5_130.0) < 0.1


def test_small_differences_are_approached_and_large_ones_set() -> None:
    sender = SenderClock()
    clock = _settled(sender)
    clock.report(_ntp(10.0), 10_000, 10_000.0)
    before = clock.place(10_000, 10_500.0)
    clock.report(_ntp(11.0), 10_970, 11_000.0)
    assert abs(clock.place(10_000, 10_500.0) - before - 1) < 0.1
    assert clock.anchors == 0
    clock.report(_ntp(12.0), 11_900, 12_000.0)
    assert abs(clock.place(11_900, 12_000.0) - 12_000) < 0.1
    assert clock.anchors == 1


def test_a_report_that_contradicts_arrival_is_ignored() -> None:
    clock = _settled()
    clock.report(_ntp(10.0), 10_000, 10_000.0)
    clock.report(_ntp(10.5), 700_000, 10_500.0)
    clock.report(0, 0, 10_600.0)
    assert abs(clock.place(10_000, 10_500.0) - 10_000) < 0.1


def test_a_sender_whose_wall_clock_is_set_keeps_its_place() -> None:
    clock = _settled()
    clock.report(_ntp(10.0), 10_000, 10_000.0)
    clock.report(_ntp(3610.5), 10_500, 10_500.0)
    assert abs(clock.place(10_500, 10_500.0) - 10_500) < 0.1


def test_a_jump_of_rtp_time_ahead_of_arrival_is_undone() -> None:
    clock = _settled()
    clock.arrived(60_000, 10_020.0)
    assert abs(clock.place(60_000, 10_020.0) - 10_020) < 0.1
    assert clock.anchors == 1


def test_a_jump_of_rtp_time_far_back_is_undone() -> None:
    clock = _settled()
    assert clock.arrived(0, 10_020.0)
    for step in range(20):
        clock.arrived(step * 20, 10_020.0 + step * 20)
    assert not clock.settling(10_400)
    assert abs(clock.place(0, 10_400.0) - 10_020) < 0.1


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, WRAP - 1), st.integers(0, WRAP * WRAP - 1), st.integers(0, 3_000)),
        max_size=40,
    )
)
def test_whatever_is_sent_frames_stay_near_their_arrival(events: list[tuple[bool, int, int, int]]) -> None:
    """A hostile sender moves its own pictures by at most what delay could explain."""
    clock, now = TrackClock(90_000, SenderClock()), 0.0
    for is_report, rtp, ntp, pause in events:
        now += pause
        if is_report:
            clock.report(ntp, rtp, now)
            continue
        clock.arrived(rtp, now)
        if not clock.settling(now):
            assert -BEHIND_MS - 1 <= clock.place(rtp, now) - now <= AHEAD_MS + 1
