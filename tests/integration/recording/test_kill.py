"""Kill -9 of a process that records; fifty rounds: `python -m tests.integration.recording.kill --rounds 50`."""

from pathlib import Path

from tests.integration.recording.kill import ALLOWED_S, run


def test_kill_9_costs_at_most_a_second(tmp_path: Path) -> None:
    outcomes = run(tmp_path, rounds=5, at_once=5)
    assert max(outcome.lost_s for outcome in outcomes) <= ALLOWED_S
    assert any(outcome.given_s > ALLOWED_S for outcome in outcomes)
