"""Cameras, codecs, sizes, mutes and consent change during a call; the recording follows."""

from media.recording.h264 import H264Depacketizer
from media.recording.manifest import GapReason
from media.recording.matroska import Block, blocks
from media.recording.sealing import ChunkKind
from media.streams import H264, OPUS, VP8, CodecName, Kind, Tap
from tests.integration.recording.studio import START, Studio
from tests.support import flash


def _blocks(studio: Studio, file: str = "alice.1") -> list[Block]:
    with studio.open(file) as sealed:
        found = [list(blocks(plain)) for header, plain in sealed.chunks() if header.kind is ChunkKind.MEDIA]
    return [block for cluster in found for block in cluster]


def test_the_picture_changes_its_size(studio: Studio) -> None:
    video = flash.video(4)
    video.frames = flash.pictures(4.0) + flash.shifted(flash.pictures(4.0, (128, 96)), 4.0)
    (part,) = studio.record(flash.audio(8), video)
    heard = studio.heard()
    assert heard.sizes == {(64, 48), (128, 96)}
    assert heard.pictures == 120
    assert [(size.width, size.height) for size in part.sizes] == [(64, 48), (128, 96)]
    assert abs(part.sizes[1].at_ms - 4_000) < 10


def test_another_camera_under_another_ssrc_goes_on_in_the_same_file(studio: Studio) -> None:
    taps = studio.taps(VP8, OPUS)
    first, second = flash.video(4), flash.video(4)
    second.ssrc, second.rtp_start, second.sequence = 0x0C0C0C0C, 77, 9
    second.frames = flash.shifted(second.frames, 4.0)
    end = flash.feed(taps, [flash.audio(8), first, second], flash.Path(), studio.recorder.tick, START)
    (part,) = studio.close(end)
    heard = studio.heard()
    assert part.frames[Kind.VIDEO] == heard.pictures == 120
    assert all(abs(offset) < 10 for offset in heard.offsets_ms)


def test_a_new_tap_ends_the_one_before(studio: Studio) -> None:
    before = studio.taps(OPUS)[Kind.AUDIO]
    after = studio.taps(OPUS)[Kind.AUDIO]
    packet = flash.rtp(OPUS, 1, 960, 5, False, flash.sounds(2.0)[0].data)
    before.rtp(packet, START)
    after.rtp(packet, START)
    (part,) = studio.close(START + 1)
    assert part.frames[Kind.AUDIO] == 1


def test_h264_becomes_matroska_and_new_headers_a_new_part(studio: Studio) -> None:
    video = flash.video(4, codec=H264)
    later = flash.pictures(4.0, (128, 96), codec=CodecName.H264)
    video.frames = flash.pictures(4.0, codec=CodecName.H264) + flash.shifted(later, 4.0)
    first, second = studio.record(flash.audio(8), video)
    assert (first.container, first.codecs) == ("matroska", (CodecName.H264, CodecName.OPUS))
    heard = [studio.heard("alice.1"), studio.heard("alice.2")]
    assert [part.pictures for part in heard] == [60, 60]
    assert [part.sizes for part in heard] == [{(64, 48)}, {(128, 96)}]
    assert first.sizes[0].width == 64
    assert second.sizes[0].at_ms == 0
    assert abs((second.started_at - first.started_at).total_seconds() - 4.0) < 0.01
    # The beep of the moment between the files is cut: its beginning arrived before the picture that began the second
    assert all(abs(offset) < 10 for offset in heard[0].offsets_ms[:2] + heard[1].offsets_ms[1:])
    assert len(heard[1].offsets_ms) >= 1


def test_a_change_of_codec_is_a_new_part(studio: Studio) -> None:
    audio, vp8 = flash.audio(4), flash.video(4)
    flash.feed(studio.taps(OPUS, VP8), [audio, vp8], flash.Path(), studio.recorder.tick, START)
    h264 = flash.video(4, codec=H264)
    end = flash.feed(studio.taps(H264), [h264], flash.Path(), studio.recorder.tick, START + 4.0)
    first, second = studio.close(end)
    assert (first.container, second.container) == ("webm", "matroska")
    assert studio.heard("alice.1").pictures == studio.heard("alice.2").pictures == 60


def test_sound_alone_declares_no_picture_in_the_end_and_can_be_sought(studio: Studio) -> None:
    (part,) = studio.record(flash.audio(6))
    assert part.codecs == (CodecName.OPUS,)
    assert part.gaps == ()
    heard = studio.heard()
    assert len(heard.beeps) == 3
    with studio.open() as sealed:
        assert b"V_VP8" not in sealed.beginning


def test_dtx_leaves_times_alone_and_is_no_gap(studio: Studio) -> None:
    """In silence one packet each 400 ms, of one byte."""
    audio = flash.audio(12)
    kept = [frame for frame in audio.frames if frame.at_s % 2 < 0.3 or round(frame.at_s * 50) % 20 == 0]
    audio.frames = tuple(kept)
    (part,) = studio.record(audio, flash.video(12))
    assert len(kept) < 200
    assert part.frames[Kind.AUDIO] == len(kept)
    assert part.gaps == ()
    heard = studio.heard()
    assert len(heard.beeps) == 6
    assert all(abs(offset) < 10 for offset in heard.offsets_ms)


def test_mutes_are_gaps_and_marks(studio: Studio) -> None:
    audio, video = flash.audio(10), flash.video(10)
    audio.silent, video.silent = ((3.0, 5.0),), ((4.0, 8.0),)
    told = {3.0: "muted:audio", 5.0: "unmuted:audio"}

    def tick(now: float) -> None:
        for at in [at for at in told if now >= START + at]:
            studio.recorder.mark(told.pop(at), START + at)
        studio.recorder.tick(now)

    (part,) = studio.record(audio, video, tick=tick)
    assert [(mark.name, abs(mark.at_ms - at) < 60) for mark, at in zip(part.marks, (3_000, 5_000), strict=True)] == [
        ("muted:audio", True),
        ("unmuted:audio", True),
    ]
    assert [(gap.kind, gap.reason) for gap in part.gaps] == [
        (Kind.AUDIO, GapReason.SILENT),
        (Kind.VIDEO, GapReason.SILENT),
    ]
    assert all(abs(offset) < 10 for offset in studio.heard().offsets_ms)


class _Muted:
    """A tap as the switchboard feeds it while a stream is muted that its sender goes on sending."""

    def __init__(self, tap: Tap, since: float, until: float) -> None:
        self._tap, self._since, self._until = tap, since, until
        self._away = False
        self.sender_report, self.begin = tap.sender_report, tap.begin

    def rtp(self, packet: bytes, arrival: float) -> None:
        muted = self._since <= arrival < self._until
        if self._away and not muted:
            self.begin(arrival)
        self._away = muted
        if not muted:
            self._tap.rtp(packet, arrival)


def test_what_a_muted_sender_goes_on_sending_is_not_lost(studio: Studio) -> None:
    taps: dict[Kind, Tap] = {kind: _Muted(tap, START + 3, START + 5) for kind, tap in studio.taps(OPUS, VP8).items()}
    end = flash.feed(taps, [flash.audio(10), flash.video(10)], flash.Path(), studio.recorder.tick, START)
    (part,) = studio.close(end)
    assert {(gap.kind, gap.reason) for gap in part.gaps} == {(kind, GapReason.SILENT) for kind in Kind}
    assert not [block for block in _blocks(studio) if 3_050 < block.at_ms < 4_950]
    assert all(abs(offset) < 10 for offset in studio.heard().offsets_ms)


def test_nothing_of_a_pause_is_kept(studio: Studio) -> None:
    steps = [(3.0, studio.recorder.pause), (7.0, studio.recorder.resume)]

    def tick(now: float) -> None:
        while steps and now >= START + steps[0][0]:
            steps.pop(0)[1](now)
        studio.recorder.tick(now)

    (part,) = studio.record(flash.audio(12), flash.video(12), tick=tick)
    found = _blocks(studio)
    assert not [block for block in found if 3_050 < block.at_ms < 6_950]
    assert [round(at) for at in studio.heard().flashes] == [0, 2, 8, 10]
    assert {(gap.kind, gap.reason) for gap in part.gaps} >= {(kind, GapReason.PAUSED) for kind in Kind}
    paused = [gap for gap in part.gaps if gap.reason is GapReason.PAUSED]
    assert all(abs(gap.from_ms - 3_000) < 100 and abs(gap.to_ms - 7_000) < 100 for gap in paused)
    assert studio.asked >= 2
    assert all(abs(offset) < 10 for offset in studio.heard().offsets_ms)


def test_paused_from_the_beginning_means_no_file(studio: Studio) -> None:
    studio.recorder.pause(START)
    assert studio.record(flash.audio(2), flash.video(2)) == []
    assert list(studio.folder.iterdir()) == []


def test_clusters_are_written_without_anything_arriving(studio: Studio) -> None:
    end = flash.feed(studio.taps(OPUS), [flash.audio(1)], flash.Path(), studio.recorder.tick, START)
    studio.recorder.tick(end + 0.4)
    studio.disk.close()
    assert len([block for block in _blocks(studio) if block.kind is Kind.AUDIO]) == 51


def test_an_access_unit_without_its_beginning_is_no_key_frame() -> None:
    payloads = flash.h264_payloads(flash.pictures(2.0, codec=CodecName.H264)[0].data)
    whole, torn = H264Depacketizer(), H264Depacketizer()
    frames = [whole.push(payload, 0, payload is payloads[-1]) for payload in payloads]
    assert frames[-1] is not None
    assert frames[-1].key
    assert frames[-1].size == flash.SIZE
    assert [torn.push(payload, 0, payload is payloads[-1]) for payload in payloads[1:]] == [None] * (len(payloads) - 1)
