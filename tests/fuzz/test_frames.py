"""Fifty thousand malformed frames: no crash, no unhandled error, no server error, and people still talk."""

from pathlib import Path

import pytest

from tests.fuzz.attack import attack


@pytest.mark.timeout(300)
async def test_malformed_frames_harm_nobody(tmp_path: Path) -> None:
    outcome = await attack(50_000, 20_260, tmp_path)
    print(outcome)
    assert outcome.frames >= 50_000
    assert outcome.sound
    assert outcome.grown_kb < 50 * 1024
