"""The four bugs of the recorder's prototype: each stays fixed."""

from media.recording.manifest import GapReason
from media.streams import OPUS, VP8, Kind
from tests.integration.recording.studio import START, Studio
from tests.support import flash

SOUNDS = flash.sounds(2.0)[:100]


def test_1_an_rtp_clock_that_stands_still_does_not_bring_sound_forward(studio: Studio) -> None:
    audio, video = flash.audio(20), flash.video(20)
    audio.stops = ((5.0, 10.0),)
    audio.reports_s = video.reports_s = 0  # arrival alone must notice it
    (part,) = studio.record(audio, video)
    heard = studio.heard()
    assert all(-80 < offset < -20 for offset in heard.offsets_ms)
    assert [round(beep) for beep in heard.beeps] == [0, 2, 4, 10, 12, 14, 16, 18]
    (gap,) = part.gaps
    assert (gap.kind, gap.reason) == (Kind.AUDIO, GapReason.SILENT)
    assert abs(gap.from_ms - 5_000) < 40
    assert abs(gap.to_ms - 10_000) < 40


def test_1_a_report_beyond_40_ms_sets_the_clock_again(studio: Studio) -> None:
    audio, video = flash.audio(20), flash.video(20)
    audio.stops = ((5.0, 5.25),)  # too short a pause for arrival to notice
    (part,) = studio.record(audio, video)
    heard = studio.heard()
    assert part.sync == "sender_reports"
    late = [beep for beep in heard.beeps if beep > 8.5]
    assert len(late) >= 5
    assert all(abs(beep - 2 * round(beep / 2)) < 0.01 for beep in late)


def test_2_lost_sound_is_no_pause(studio: Studio) -> None:
    """Each lost packet is waited for, so packets are processed in bursts; that moves nothing."""
    audio, video = flash.audio(60), flash.video(60)
    audio.reports_s = video.reports_s = 0
    path = flash.Path(loss=0.1, recovered=1.0, late_s=(0.3, 0.55))
    (part,) = studio.record(audio, video, path=path)
    heard = studio.heard()
    assert part.dropped[Kind.AUDIO] > 200
    assert max(heard.beeps) > 57
    assert all(abs(beep - 2 * round(beep / 2)) < 0.11 for beep in heard.beeps)  # 0.1: a beep may lose its beginning
    assert abs(heard.duration_s - 60.02) < 0.05


def test_3_a_camera_that_comes_on_late_is_declared_already(studio: Studio) -> None:
    audio, video = flash.audio(12), flash.video(12)
    video.silent = ((0.0, 6.0),)
    (part,) = studio.record(audio, video)
    heard = studio.heard()
    assert part.frames == {Kind.AUDIO: 601, Kind.VIDEO: 90}
    assert heard.pictures == 90
    assert len(heard.beeps) == 6  # the sound after the camera is there too
    assert [round(at) for at in heard.flashes] == [6, 8, 10]
    assert all(abs(offset) < 10 for offset in heard.offsets_ms)
    assert part.sizes[0].at_ms > 5_900


def test_3_both_tracks_are_declared_before_the_camera_comes_on(studio: Studio) -> None:
    taps = studio.taps(OPUS, VP8)
    end = flash.feed(taps, [flash.audio(2)], flash.Path(), studio.recorder.tick, START)
    studio.recorder.tick(end)
    studio.disk.close()
    with studio.open() as sealed:
        assert b"V_VP8" in sealed.beginning
        assert b"A_OPUS" in sealed.beginning


def test_4_missing_sound_is_waited_for_150_ms(studio: Studio) -> None:
    tap = studio.taps(OPUS)[Kind.AUDIO]
    packets = [flash.rtp(OPUS, number, number * 960, 7, False, frame.data) for number, frame in enumerate(SOUNDS)]
    late = {60: 50, 85: 80}  # 210 ms and 110 ms late
    for number, packet in enumerate(packets):
        at = START + number * 0.02
        if number not in late.values():
            tap.rtp(packet, at)
        if number in late:
            tap.rtp(packets[late[number]], at + 0.01)
    (part,) = studio.close(START + 2)
    assert (part.frames[Kind.AUDIO], part.dropped[Kind.AUDIO]) == (99, 1)


def test_4_missing_pictures_are_waited_for_600_ms_then_dropped_to_the_next_key_frame(studio: Studio) -> None:
    """15 pictures a second, one packet each, a key frame each 30."""
    tap = studio.taps(VP8)[Kind.VIDEO]
    packets = [
        flash.rtp(VP8, number, number * 6000, 7, True, flash.vp8_payloads(frame.data)[0])
        for number, frame in enumerate(flash.pictures(12.0))
    ]
    asked = []
    for number, packet in enumerate(packets):
        at = START + number / flash.FPS
        if number not in (50, 80):
            tap.rtp(packet, at)
        if number == 58:
            tap.rtp(packets[50], at)  # 0.53 s late
        studio.recorder.tick(at)
        asked.append(studio.asked)
    (part,) = studio.close(START + 12)
    assert studio.heard().pictures == part.frames[Kind.VIDEO] == 170
    assert part.dropped[Kind.VIDEO] == 10
    (gap,) = part.gaps
    assert (gap.kind, gap.reason, gap.to_ms) == (Kind.VIDEO, GapReason.LOST, 6_000)
    assert asked[0] == asked[88] == 1  # the tap asked once, for the first picture
    assert asked[-1] == 2
