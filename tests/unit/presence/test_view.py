"""From leases and records to what is shown: no clock but the given one, no store."""

from datetime import UTC, datetime

import pytest

from hub.presence.memory import MemoryLeases
from models.documents.presence import PresenceRecord
from models.enums import Availability
from models.ids import UserId
from services.presence.lease import LEASE_S, Lease, strongest
from services.presence.view import Shown, effective, hidden, view_of

NOW = 1_800_000_000.0
ANNA = UserId("anna")
IN_CALL, BUSY, ONLINE, AWAY, OFFLINE = (
    Availability.IN_CALL, Availability.BUSY, Availability.ONLINE, Availability.AWAY, Availability.OFFLINE,
)  # fmt: skip


def record(**fields: object) -> PresenceRecord:
    """A record without a database."""
    given = {"status": None, "note": "", "until": None, "last_seen_at": None} | fields
    made: PresenceRecord = PresenceRecord.model_construct(id="anna", **given)
    return made


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("devices", "shown"),
    [
        ([], OFFLINE),
        ([AWAY], AWAY),
        ([AWAY, ONLINE], ONLINE),
        ([ONLINE, AWAY, AWAY], ONLINE),
        ([ONLINE, IN_CALL, AWAY], IN_CALL),
    ],
)
def test_the_strongest_device_counts(devices: list[Availability], shown: Availability) -> None:
    assert strongest(devices) is shown


@pytest.mark.parametrize(
    ("devices", "word", "shown"),
    [
        ([ONLINE], BUSY, BUSY),
        ([ONLINE], AWAY, AWAY),
        ([AWAY], ONLINE, ONLINE),
        ([IN_CALL], AWAY, IN_CALL),
        ([], BUSY, OFFLINE),
    ],
)
def test_their_own_word_goes_before_devices_but_hides_no_call_and_nobody_absent(
    devices: list[Availability], word: Availability, shown: Availability
) -> None:
    status, note = effective(devices, record(status=word, note="ward round"), NOW)
    assert (status, note) == (shown, "ward round")


def test_their_word_ends_when_they_said() -> None:
    said = record(status=BUSY, note="until two", until=at(NOW))
    assert effective([ONLINE], said, NOW - 0.001) == (BUSY, "until two")
    assert effective([ONLINE], said, NOW) == (ONLINE, "")


def test_last_seen_is_rounded_down_and_absent_while_there() -> None:
    seen = record(last_seen_at=at(NOW + 299))
    assert view_of(ANNA, [], seen, None, NOW + 400).last_seen_at == at(NOW)
    assert view_of(ANNA, [ONLINE], seen, None, NOW + 400).last_seen_at is None


def test_versions_only_grow_whatever_the_clock_does() -> None:
    shown = Shown()
    versions = [shown.next_version(moment) for moment in (NOW, NOW, NOW - 100, NOW + 1)]
    assert versions == sorted(set(versions))


def test_the_hidden_are_plainly_offline() -> None:
    view = hidden(ANNA, 7)
    assert (view.status, view.note, view.last_seen_at, view.version) == (OFFLINE, "", None, 7)


async def test_leases_in_memory_run_out_unless_said_again() -> None:
    now = NOW
    leases = MemoryLeases(lambda: now)
    await leases.renew([Lease("boot:1", ANNA), Lease("boot:2", ANNA, AWAY)])
    now += LEASE_S / 2
    await leases.renew([Lease("boot:2", ANNA, AWAY)])
    now += LEASE_S / 2 + 0.1
    assert await leases.look([ANNA]) == {ANNA: [AWAY]}
    assert await leases.lapsed() == set()
    now += LEASE_S
    assert await leases.look([ANNA]) == {}
    assert await leases.lapsed() == {ANNA}
    assert await leases.lapsed() == set()
