"""Malformed datagrams and descriptions: no exception, no stall, and the real leg still works."""

from tests.fuzz.certificates import attack_handshakes
from tests.fuzz.media import Outcome, attack_descriptions, attack_port


async def test_malformed_datagrams_harm_nobody() -> None:
    outcome = await attack_port(20_000, 20_260)
    assert not outcome.troubles
    assert outcome.works_after
    assert min(outcome.counters.strangers, outcome.counters.malformed, outcome.counters.unauthenticated) > 1_000


def test_malformed_descriptions_are_read_or_refused() -> None:
    outcome = Outcome()
    attack_descriptions(1_500, 20_260, outcome)
    assert not outcome.troubles
    assert 500 < outcome.refused < outcome.descriptions


async def test_odd_certificates_harm_nobody() -> None:
    assert await attack_handshakes(150, 20_260) == (150, [])
