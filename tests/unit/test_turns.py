"""Every call has its turn once in each period, and they are spread over it."""

from collections import Counter

from media.turns import PERIOD_S, TURNS, Turns

CALLS = [f"call-{n}" for n in range(4 * TURNS)]


def _crowd(now: float) -> Turns:
    turns = Turns()
    for call_id in CALLS:
        turns.add(call_id, now)
    return turns


def test_calls_are_spread_over_the_period_and_none_is_left_out() -> None:
    turns, now = _crowd(100.0), 100.0
    came: Counter[str] = Counter()
    for _ in range(20 * TURNS):
        now = turns.next(now)
        ready = turns.take(now)
        assert len(ready) == len(CALLS) // TURNS
        came.update(ready)
    assert came == dict.fromkeys(CALLS, 20)
    assert abs(now - 101.0) <= 2 * PERIOD_S


def test_who_was_late_has_one_turn_and_then_its_own_time_again() -> None:
    turns = _crowd(7.0)
    before = turns.next(7.0)
    assert sorted(turns.take(8.0)) == sorted(CALLS)
    assert turns.take(8.0) == []
    after = turns.next(8.0)
    assert 8.0 < after <= 8.0 + PERIOD_S
    assert abs((after - before) / PERIOD_S * TURNS - round((after - before) / PERIOD_S * TURNS)) < 1e-6


def test_without_calls_the_next_turn_is_a_period_away() -> None:
    turns = _crowd(1.0)
    for call_id in CALLS:
        turns.remove(call_id)
    turns.remove("nobody")
    assert turns.next(3.0) == 3.0 + PERIOD_S
    assert turns.take(4.0) == []
