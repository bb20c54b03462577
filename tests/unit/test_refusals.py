"""A flood of refusals is answered like any other, and costs the audit a bounded number of rows."""

from collections.abc import Awaitable

import pytest

from hub.audit.refusals import MAX_PEOPLE, RATE, Refusals, site_of
from hub.rates import Rates
from models.errors import TryAgain, Unauthenticated, UnknownEvent
from models.events.chat import CHAT_SEND
from services.audit import ACTIONS, SUPPRESSED
from services.ports import AuditRow
from tests.unit.test_dispatch import Rig, Rows, unreached


def refusal(actor: str = "") -> AuditRow:
    return AuditRow(actor, "", CHAT_SEND.audit, "", "unauthenticated", "socket", "r")


async def test_beyond_the_burst_refusals_are_counted_and_told_once() -> None:
    rows = Rows()
    refusals = Refusals(rows, Rates(lambda: 0.0))
    for _ in range(RATE.burst + 300):
        await refusals.record(refusal(), "192.0.2.1")
    assert len(rows.rows) == RATE.burst
    await refusals.record(refusal(), "192.0.2.2")
    await refusals.record(refusal("u"), "192.0.2.1")
    assert len(rows.rows) == RATE.burst + 2
    del rows.rows[:]
    await refusals.tell()
    assert rows.rows == [AuditRow("", "", SUPPRESSED, "", "ok", "job", "count-300")]
    assert SUPPRESSED in ACTIONS
    await refusals.tell()
    assert len(rows.rows) == 1


async def test_the_count_is_kept_while_the_queue_is_full_and_never_grows_without_bound() -> None:
    class Full:
        def record(self, row: AuditRow) -> Awaitable[None]:
            raise TryAgain

    refusals = Refusals(Full(), Rates(lambda: 0.0, 1.0 / RATE.burst))
    for number in range(MAX_PEOPLE * 2):
        with pytest.raises(TryAgain):
            await refusals.record(refusal(f"u{number}"), "")
        await refusals.record(refusal(f"u{number}"), "")
    for _ in range(2):
        await refusals.tell()
        assert len(refusals._suppressed) == MAX_PEOPLE + 1
        assert sum(refusals._suppressed.values()) == MAX_PEOPLE * 2


async def test_every_gate_of_the_pipeline_is_bounded_and_still_answers_with_its_code() -> None:
    rig = Rig()
    for _ in range(RATE.burst * 2):
        unit = rig.unit(None)
        with pytest.raises(Unauthenticated):
            await rig.run(unit, unreached)
        await rig.dispatcher.refuse("command.unknown", unit, UnknownEvent())
    assert len(rig.rows.rows) == RATE.burst


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
    ],
)
def test_an_ipv6_client_cannot_multiply_itself_within_its_network(one: str, other: str, same: bool) -> None:
    assert (site_of(one) == site_of(other)) is same
