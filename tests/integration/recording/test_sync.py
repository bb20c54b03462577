"""Sound and picture meet: within 40 ms over ten minutes, whatever the path and the clocks do."""

from datetime import timedelta

import pytest

from media.recording.manifest import GapReason
from media.streams import Kind
from tests.integration.recording.studio import BEGAN_AT, Studio
from tests.support import flash

SKEW_MS = 40.0


def test_a_clean_call_is_exact(studio: Studio) -> None:
    (part,) = studio.record(flash.audio(10), flash.video(10))
    heard = studio.heard()
    assert (part.container, part.sync, part.complete) == ("webm", "sender_reports", True)
    assert part.frames == {Kind.AUDIO: 501, Kind.VIDEO: 150}
    assert heard.pictures == 150
    assert part.gaps == ()
    assert abs(heard.duration_s - 10.02) < 0.02
    assert part.duration_ms == round(heard.duration_s * 1000)
    assert part.started_at - BEGAN_AT == timedelta(milliseconds=30)  # the path's delay: zero is an arrival
    assert len(heard.offsets_ms) == 5
    assert all(abs(offset) < 5 for offset in heard.offsets_ms)


def test_ten_minutes_with_loss_jitter_and_drifting_clocks(studio: Studio) -> None:
    audio, video = flash.looped(flash.audio(20), 600), flash.looped(flash.video(20), 600)
    audio.rate_ppm, video.rate_ppm = 120.0, -40.0
    path = flash.Path(loss=0.02, jitter_s=0.03)
    (part,) = studio.record(audio, video, path=path, sender_ppm=80.0)
    heard = studio.heard()
    assert part.sync == "sender_reports"
    assert heard.pictures == part.frames[Kind.VIDEO] > 8_800
    assert part.dropped[Kind.AUDIO] > 400  # 2 % were lost for good
    offsets = heard.offsets_ms
    assert len(offsets) > 280
    assert max(abs(offset) for offset in offsets) <= SKEW_MS
    # The participant's own clock runs 80 ppm slow, and the file is on the server's
    assert abs(heard.duration_s - 600 * (1 + 80e-6)) < 0.1


def test_without_reports_arrival_tells(studio: Studio) -> None:
    audio, video = flash.audio(10), flash.video(10)
    audio.reports_s = video.reports_s = 0
    (part,) = studio.record(audio, video)
    assert part.sync == "arrival"
    assert all(-60 < offset < -40 for offset in studio.heard().offsets_ms)  # the encoder's 50 ms, which nobody told


@pytest.mark.parametrize("blackout_s", [1.5, 8.0])
def test_a_blackout_is_a_gap_and_moves_nothing(studio: Studio, blackout_s: float) -> None:
    path = flash.Path(blackouts=((7.0, 7.0 + blackout_s),))
    (part,) = studio.record(flash.audio(24), flash.video(24), path=path)
    heard = studio.heard()
    assert all(abs(offset) < 10 for offset in heard.offsets_ms)
    assert abs(heard.duration_s - 24.02) < 0.02
    for kind in Kind:
        (gap,) = [gap for gap in part.gaps if gap.kind is kind]
        assert gap.reason is GapReason.LOST
        assert abs(gap.from_ms - 7_000) < 150
        assert gap.to_ms - gap.from_ms >= blackout_s * 1000 - 150
    assert studio.asked >= 2


def test_a_burst_after_a_stall_of_the_path_is_no_stopped_clock(studio: Studio) -> None:
    """Everything sent in a second arrives at its end, at once: the RTP clock is right, arrival is not."""
    audio, video = flash.audio(12), flash.video(12)
    audio.reports_s = video.reports_s = 0
    taps = studio.taps(audio.codec, video.codec)
    every = [arrival for stream in (audio, video) for arrival in flash.arrivals(stream, flash.Path())]
    for number, arrival in enumerate(every):
        if 5.0 < arrival.at_s < 6.0:
            arrival.at_s = 6.0 + (arrival.at_s - 5.0) / 20
        arrival.number = number
    now = 0.0
    for arrival in sorted(every):
        now = 1000.0 + arrival.at_s
        arrival.deliver(taps[arrival.kind], now)
        studio.recorder.tick(now)
    studio.close(now)
    heard = studio.heard()
    assert all(abs(offset + 50) < 10 for offset in heard.offsets_ms)
    assert [round(flash_s - heard.flashes[0]) for flash_s in heard.flashes] == [0, 2, 4, 6, 8, 10]
