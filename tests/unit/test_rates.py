"""Token buckets: burst, refill, and the hint of when to come back."""

from typing import Any

import pytest

from hub.rates import Rates
from models.errors import TooFast
from models.events.base import CommandSpec, per_second
from models.events.calls import CALL_ACCEPT, CALL_INVITE, CALL_SET_MEDIA, CALL_START
from models.events.chat import CHAT_SEND


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_refused_until_a_token_has_grown() -> None:
    clock = Hand()
    rates = Rates(clock)
    for _ in range(3):
        rates.take("ann", "chat.send", per_second(2, 3))
    with pytest.raises(TooFast) as refused:
        rates.take("ann", "chat.send", per_second(2, 3))
    assert refused.value.after_ms == 501
    clock.now += 0.5
    rates.take("ann", "chat.send", per_second(2, 3))
    with pytest.raises(TooFast):
        rates.take("ann", "chat.send", per_second(2, 3))


def test_people_and_commands_do_not_share_a_bucket() -> None:
    rates = Rates(Hand())
    rates.take("ann", "a", per_second(1, 1))
    rates.take("bob", "a", per_second(1, 1))
    rates.take("ann", "b", per_second(1, 1))
    with pytest.raises(TooFast):
        rates.take("ann", "a", per_second(1, 1))


def test_saved_tokens_never_exceed_the_burst() -> None:
    clock = Hand()
    rates = Rates(clock)
    rates.take("ann", "a", per_second(10, 2))
    clock.now += 3600
    rates.take("ann", "a", per_second(10, 2))
    rates.take("ann", "a", per_second(10, 2))
    with pytest.raises(TooFast):
        rates.take("ann", "a", per_second(10, 2))


@pytest.mark.parametrize("spec", [CALL_ACCEPT, CALL_INVITE, CALL_SET_MEDIA, CALL_START], ids=lambda spec: spec.name)
def test_nobody_fills_a_conversation_faster_by_a_call_than_by_messages(spec: CommandSpec[Any, Any]) -> None:
    assert spec.rate.per_s <= CHAT_SEND.rate.per_s
    assert spec.rate.burst <= CHAT_SEND.rate.burst
