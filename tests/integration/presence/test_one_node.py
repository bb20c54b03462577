"""One node: what viewers are told, when, and that nobody else is told anything."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from hub.presence.memory import MemoryLeases
from models.documents.presence import PresenceRecord
from models.enums import Availability
from models.errors import Invalid
from models.events.presence import ReportActivity, SetStatus, WatchPresence
from models.ids import UserId
from services.presence import PresenceService
from tests.integration.presence.stage import Stage
from tests.support.waiting import until

ONLINE: Final = Availability.ONLINE
AWAY: Final = Availability.AWAY
BUSY: Final = Availability.BUSY
IN_CALL: Final = Availability.IN_CALL
OFFLINE: Final = Availability.OFFLINE


@pytest.fixture
def node(stage: Stage) -> PresenceService:
    stage.circle.join("doc", "pat")
    return stage.node(MemoryLeases(stage.clock))


async def test_online_at_once_and_offline_only_after_the_grace(stage: Stage, node: PresenceService) -> None:
    screen = await stage.watch(node, "pat", "p1")
    doc = stage.connect(node, "doc", "d1")
    await stage.step()
    assert screen.status("doc") is ONLINE
    await stage.step(20)
    stage.disconnect(node, doc)
    await stage.step(7)
    assert screen.status("doc") is ONLINE
    await stage.step(2)
    assert screen.status("doc") is OFFLINE
    seen = screen.shown["doc"].last_seen_at
    assert seen is not None
    assert seen.timestamp() % 300 == 0


async def test_a_reload_is_no_news(stage: Stage, node: PresenceService) -> None:
    screen = await stage.watch(node, "pat", "p1")
    doc = stage.connect(node, "doc", "d1")
    await stage.step(10)
    for reload in range(5):
        stage.disconnect(node, doc)
        await stage.step(6)
        doc = stage.connect(node, "doc", f"d{reload + 2}")
        await stage.step(6)
    assert {view.status for view in screen.facts if view.user_id == "doc"} == {ONLINE}


async def test_several_devices_and_a_call_are_one_person(stage: Stage, node: PresenceService) -> None:
    screen = await stage.watch(node, "pat", "p1")
    phone, desk = stage.connect(node, "doc", "d1"), stage.connect(node, "doc", "d2")
    await stage.step(6)
    await node.report(stage.unit("doc", phone), ReportActivity(active=False))
    await stage.step(6)
    assert screen.status("doc") is ONLINE
    await node.report(stage.unit("doc", desk), ReportActivity(active=False))
    await stage.step(6)
    assert screen.status("doc") is AWAY
    node.set_in_call(UserId("doc"), True)
    await stage.step(6)
    assert screen.status("doc") is IN_CALL
    node.set_in_call(UserId("doc"), False)
    await stage.step(6)
    assert screen.status("doc") is AWAY
    stage.disconnect(node, phone)
    await stage.step(10)
    assert screen.status("doc") is AWAY


async def test_flapping_is_one_visible_change_in_five_seconds_and_the_last_value_is_told(
    stage: Stage, node: PresenceService
) -> None:
    screen = await stage.watch(node, "pat", "p1")
    doc = stage.connect(node, "doc", "d1")
    await stage.step(6)
    told_before = len(screen.facts)
    for second in range(20):
        await node.report(stage.unit("doc", doc), ReportActivity(active=second % 2 == 1))
        await stage.step(1)
    told = len(screen.facts) - told_before
    assert 1 <= told <= 5
    await node.report(stage.unit("doc", doc), ReportActivity(active=False))
    await stage.step(6)
    assert screen.status("doc") is AWAY


async def test_versions_only_grow(stage: Stage, node: PresenceService) -> None:
    screen = await stage.watch(node, "pat", "p1")
    for k in range(4):
        doc = stage.connect(node, "doc", f"d{k}")
        await stage.step(6)
        stage.circle.part("doc", "pat")
        await stage.step(1)
        stage.circle.join("doc", "pat")
        await stage.step(1)
        stage.disconnect(node, doc)
        await stage.step(15)
    versions = [view.version for view in screen.facts if view.user_id == "doc"]
    assert len(versions) >= 16
    assert versions == sorted(set(versions))


async def test_a_manual_status_is_kept_told_and_ends(stage: Stage, node: PresenceService) -> None:
    screen = await stage.watch(node, "pat", "p1")
    stage.connect(node, "doc", "d1")
    await stage.step(6)
    ends_at = datetime.fromtimestamp(stage.clock.now, UTC) + timedelta(seconds=60)
    await node.set_status(stage.unit("doc"), SetStatus(status=BUSY, note="back at 14:00", expires_at=ends_at))
    await stage.step(1)
    assert (screen.status("doc"), screen.shown["doc"].note) == (BUSY, "back at 14:00")

    restarted = Stage.node(stage, MemoryLeases(stage.clock), "boot-after")
    stage.nodes = [restarted]
    stage.connect(restarted, "doc", "d2")
    screen = await stage.watch(restarted, "pat", "p2")
    await stage.step(6)
    assert (screen.status("doc"), screen.shown["doc"].note) == (BUSY, "back at 14:00")
    await stage.step(60)
    assert (screen.status("doc"), screen.shown["doc"].note) == (ONLINE, "")
    assert await restarted.forget_expired() == 1
    kept = await PresenceRecord.get("doc")
    assert kept is not None
    assert (kept.status, kept.note) == (None, "")


async def test_ending_a_manual_status_takes_its_note_along(stage: Stage, node: PresenceService) -> None:
    screen = await stage.watch(node, "pat", "p1")
    stage.connect(node, "doc", "d1")
    await node.set_status(stage.unit("doc"), SetStatus(status=AWAY, note="lunch"))
    await stage.step(6)
    assert screen.shown["doc"].note == "lunch"
    await node.set_status(stage.unit("doc"), SetStatus(status=None, note="left over"))
    await stage.step(6)
    assert (screen.status("doc"), screen.shown["doc"].note) == (ONLINE, "")


async def test_a_status_that_is_over_or_too_long_is_refused(stage: Stage, node: PresenceService) -> None:
    now = datetime.fromtimestamp(stage.clock.now, UTC)
    for ends_at in (now, now + timedelta(days=31)):
        with pytest.raises(Invalid):
            await node.set_status(stage.unit("doc"), SetStatus(status=BUSY, expires_at=ends_at))


async def test_whoever_is_no_longer_related_is_shown_offline_and_told_nothing_more(
    stage: Stage, node: PresenceService
) -> None:
    screen = await stage.watch(node, "pat", "p1")
    doc = stage.connect(node, "doc", "d1")
    await stage.step(6)
    await node.set_status(stage.unit("doc"), SetStatus(status=BUSY, note="secret"))
    await stage.step(6)
    stage.circle.part("doc", "pat")
    await stage.step()
    view = screen.shown["doc"]
    assert (view.status, view.note, view.last_seen_at) == (OFFLINE, "", None)
    heard = len(screen.facts)
    await node.report(stage.unit("doc", doc), ReportActivity(active=False))
    stage.disconnect(node, doc)
    await stage.step(20)
    assert len(screen.facts) == heard
    assert (await node.watch(stage.unit("pat"), WatchPresence())).people == []


async def test_only_connections_that_asked_are_told(stage: Stage, node: PresenceService) -> None:
    quiet = stage.connect(node, "pat", "p1")
    watching = await stage.watch(node, "pat", "p2")
    stage.connect(node, "doc", "d1")
    await stage.step()
    assert watching.facts
    assert quiet.screen.facts == []


async def test_a_command_that_outlives_its_connection_leaves_nothing_behind(
    stage: Stage, node: PresenceService
) -> None:
    gone = stage.connect(node, "pat", "p1")
    stage.disconnect(node, gone)
    await stage.look(node, "pat", gone)
    assert not any(stage.rooms.members.values())


async def test_what_could_not_be_told_is_told_later(stage: Stage, node: PresenceService) -> None:
    screen = await stage.watch(node, "pat", "p1")
    doc = stage.connect(node, "doc", "d1")
    await stage.step(6)
    stage.circle.broken = True
    stage.circle.part("doc", "pat")
    stage.circle.join("pat", "nurse")
    stage.connect(node, "nurse", "n1")
    with pytest.raises(TimeoutError):
        await stage.step()
    assert screen.status("doc") is ONLINE
    stage.circle.broken = False
    await stage.step()
    assert screen.status("doc") is OFFLINE
    assert screen.status("nurse") is ONLINE
    stage.disconnect(node, doc)


async def test_the_background_task_does_what_steps_do_and_ends(stage: Stage, node: PresenceService) -> None:
    await node.start()
    screen = await stage.watch(node, "pat", "p1")
    stage.connect(node, "doc", "d1")
    await until(lambda: screen.status("doc") is ONLINE)
    stage.circle.broken = True
    stage.circle.part("doc", "pat")
    stage.circle.broken = False
    await until(lambda: screen.status("doc") is OFFLINE)
    await node.stop()


async def test_a_flood_of_other_news_never_displaces_the_news_of_an_ended_relationship(
    stage: Stage, node: PresenceService
) -> None:
    screen = await stage.watch(node, "pat", "p1")
    stage.connect(node, "doc", "d1")
    await stage.step(6)
    stage.circle.broken = True
    stage.circle.part("doc", "pat")
    for _ in range(10_001):
        stage.circle.join("pat", "nurse")
    stage.circle.broken = False
    before = stage.rooms.sent
    await stage.step()
    assert screen.status("doc") is OFFLINE
    assert stage.rooms.sent - before == 4
