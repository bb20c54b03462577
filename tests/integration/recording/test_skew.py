"""The command that measures flash against beep."""

from pathlib import Path

import pytest

from media.recording.sealing import Tampered
from media.recording.skew import main
from tests.integration.recording.studio import IDENTITY, KEY, Studio
from tests.support import flash


def test_plain_and_sealed_files_are_measured_alike(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studio.record(flash.audio(6), flash.video(6))
    plain, key = tmp_path / "plain.webm", tmp_path / "key"
    with studio.open() as sealed:
        plain.write_bytes(sealed.read(0, sealed.plain_size))
    key.write_text(KEY.hex())
    assert main([str(plain)]) == 0
    assert main(["--key", str(key), "--id", IDENTITY, str(studio.folder / "alice.1")]) == 0
    lines = [line.split(": ")[1] for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == lines[1]
    assert lines[0].startswith("3 flashes, beep ")
    with pytest.raises(Tampered):
        main(["--key", str(key), "--id", "another", str(studio.folder / "alice.1")])


def test_a_recording_without_pictures_has_nothing_to_compare(
    studio: Studio, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studio.record(flash.audio(4))
    plain = tmp_path / "plain.webm"
    with studio.open() as sealed:
        plain.write_bytes(sealed.read(0, sealed.plain_size))
    assert main([str(plain)]) == 1
    assert capsys.readouterr().out.endswith("no flash with a beep\n")


def test_sound_that_nobody_reported_late_is_shown_late(studio: Studio, tmp_path: Path) -> None:
    """The measure itself: a path that holds sound back by 120 ms, without reports to tell."""
    audio, video = flash.audio(8), flash.video(8)
    audio.reports_s = video.reports_s = 0
    audio.extra_delay_s = 0.17
    studio.record(audio, video)
    assert [round(offset / 10) for offset in studio.heard().offsets_ms] == [12] * 4
