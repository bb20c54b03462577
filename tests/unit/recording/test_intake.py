"""Packets wait for the recorder: in their order, few, and not at all without consent."""

from media.recording.clock import SenderClock
from media.recording.codecs import Frame
from media.recording.intake import AT_ONCE, Intake
from media.recording.track import Track
from media.streams import OPUS
from tests.support import flash

NTP = 3_900_000_000 << 32


class _Kept:
    """What a track gave out: milliseconds of each frame."""

    def __init__(self) -> None:
        self.at_ms: list[float] = []
        self.intake = Intake(Track(OPUS, SenderClock(), self._emit, lambda: None))

    def _emit(self, track: Track, frame: Frame, at_ms: float, lost: bool, now: float) -> None:
        self.at_ms.append(at_ms)

    def send(self, number: int) -> None:
        packet = flash.rtp(OPUS, number, 960 * number, 5, False, flash.sounds(0.1)[0].data)
        self.intake.rtp(packet, number * 0.02)


def test_packets_wait_for_the_tick_and_reports_come_after_what_came_before_them() -> None:
    kept = _Kept()
    kept.send(0)
    kept.send(1)
    assert kept.at_ms == []
    kept.intake.sender_report(NTP, 0, 0.03)
    kept.send(2)
    kept.intake.tick(0.05)
    assert len(kept.at_ms) == 3
    assert kept.at_ms == sorted(kept.at_ms)
    assert kept.intake.first_arrival == 0.0


def test_few_are_kept_without_a_tick() -> None:
    kept = _Kept()
    kept.intake.sender_report(NTP, 0, 0.0)
    for number in range(AT_ONCE + 10):
        kept.send(number)
    assert 0 < len(kept.at_ms) <= AT_ONCE


def test_nothing_that_came_while_closed_is_given_out_later() -> None:
    kept = _Kept()
    kept.send(0)
    kept.intake.stop(0.01)
    before = len(kept.at_ms)
    for number in range(1, 20):
        kept.send(number)
    kept.intake.track.start()
    kept.intake.stop(5.0)
    assert before == len(kept.at_ms) == 1
