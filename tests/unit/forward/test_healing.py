"""Calls over paths that lose 5 % each way: video arrives whole."""

import pytest

from media.streams import Kind
from tests.unit.forward.browsers import Browser, World


def holes(browser: Browser, mid: str) -> tuple[int, int]:
    """`(packets, packets missing between the first and the last)` in a slot."""
    ssrc = next(slot.ssrc for slot in browser.agreement.slots if slot.mid == mid)
    numbers = browser.received.get(ssrc, {})
    return len(numbers), max(numbers, default=0) - min(numbers, default=1) + 1 - len(numbers)


@pytest.mark.parametrize("parties", [2, 3, 6])
def test_five_percent_of_loss_is_healed(parties: int) -> None:
    world = World()
    names = ("ann", "bob", "cyd", "dan", "eve", "fay")[:parties]
    browsers = [world.join(name, loss=0.05) for name in names]
    world.run(6)
    world.run(1, sending=False)
    for browser in browsers:
        assert browser.down.dropped > 20
        for mid in ("1", "3", "5", "6", "7")[: parties - 1]:
            packets, missing = holes(browser, mid)
            assert packets > 250
            assert missing == 0
        packets, missing = holes(browser, "0")
        assert packets > 240
        assert 0 < missing < 0.2 * packets
        assert max(source.loss for source in browser.leg.sources.values()) < 0.3


def test_loss_is_healed_for_who_has_no_rtx_and_sends_none() -> None:
    """The one repairs by the very packet, the other by RTX; both see each other."""
    world = World()
    ann, bob = world.join("ann", loss=0.05, rtx=False), world.join("bob", loss=0.05)
    world.run(6)
    world.run(1, sending=False)
    for browser in (ann, bob):
        assert browser.down.dropped > 20
        packets, missing = holes(browser, "1")
        assert packets > 250
        assert missing == 0


def test_a_blackout_of_thirty_seconds_is_followed_by_a_seamless_stream() -> None:
    world = World()
    ann, bob = world.join("ann"), world.join("bob")
    world.run(2)
    ann.up.loss = ann.down.loss = 1.0
    world.run(30)
    before, _ = holes(bob, "1")
    ann.up.loss = ann.down.loss = 0.0
    world.run(2)
    after, missing = holes(bob, "1")
    assert after > before + 80
    assert missing == 0
    assert ann.leg.sources[Kind.VIDEO].loss < 1.0
    heard, _ = holes(ann, "0")
    assert heard > 180


def test_a_newcomer_sees_the_first_frame_within_300_ms() -> None:
    world = World()
    world.join("ann")
    world.join("bob")
    world.run(2)
    cyd = world.join("cyd")
    world.run(0.3)
    assert holes(cyd, "1")[0] > 0
    assert holes(cyd, "3")[0] > 0
