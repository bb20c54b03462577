"""Three media processes killed under recorded calls; and that the examination sees what it is there to see."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from media.streams import Kind
from tests.chaos.media import Verdict, trial
from tests.chaos.media_calls import Caller, Part
from tests.chaos.media_files import Findings, compare, examine


@pytest.mark.timeout(240)
async def test_a_kill_costs_less_than_a_second_of_a_recording(tmp_path: Path) -> None:
    verdict = await trial(3, 20_260, tmp_path, calls=1)
    print(verdict.summary())
    assert verdict.findings.problems == []
    assert verdict.findings.torn == 6
    assert verdict.findings.files == 8
    assert len(verdict.recovered_s) == 3


def part(**changes: Any) -> tuple[Part, Caller]:
    """Ten seconds of a party that sent without a pause."""
    peer = cast(Caller, SimpleNamespace(
        frames_sent={n: 100 + n / 30 for n in range(300)}, sound_sent_at=[100 + n / 50 for n in range(500)]
    ))  # fmt: skip
    return Part("r", 1, bytes(32), began_at=99.0, peers={"ann": peer}, ended_at=110.0, **changes), peer


def test_what_was_lost_is_seen() -> None:
    whole, short, nothing = Findings(), Findings(), Findings()
    for findings, ends in (
        (whole, {Kind.AUDIO: 109.9, Kind.VIDEO: 109.9}),
        (short, {Kind.AUDIO: 108.5, Kind.VIDEO: 109.9}),
        (nothing, {}),
    ):
        compare("ann", part()[1], part()[0], findings, ends, [])
    assert whole.problems == []
    assert [problem.split(" of ")[1] for problem in short.problems] == ["audio were lost"]
    assert len(nothing.problems) == 2


def test_a_picture_of_another_moment_is_seen() -> None:
    findings = Findings()
    ends = {Kind.AUDIO: 109.9, Kind.VIDEO: 109.9}
    compare("ann", part()[1], part()[0], findings, ends, [20])  # number 20 was sent at 109.67
    assert findings.problems == []
    compare("ann", part()[1], part()[0], findings, ends, [5])
    assert len(findings.problems) == 1


def test_a_file_that_is_no_recording_is_seen(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    for ending in ("head", "body"):
        (tmp_path / "r" / f"ann-1.1.{ending}").write_bytes(b"?" * 4096)
    findings = Findings()
    examine(tmp_path, part()[0], findings)
    assert findings.problems[0].startswith("ann-1.1: Tampered")


def test_media_that_comes_back_late_is_seen() -> None:
    assert Verdict(1, Findings(), 1, [1.0, 5.1]).problems == ["media flowed again only after 5.10 s"]
