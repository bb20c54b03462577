"""Deleted means gone: bytes, key, names, notes. Held means kept."""

from pathlib import Path

import pytest

from models.documents.bookmark import Bookmark
from models.documents.recording import Recording
from models.errors import NotFound, NotNow, PolicyForbids
from models.events.recording_register import ListAllRecordings, RecordingRows
from models.events.recording_views import RecordingStatus
from models.events.recordings import (
    AddBookmark,
    ChangeRecording,
    ListRecordings,
    NameRecording,
    SetLegalHold,
    SetRecordingPolicy,
)
from models.ids import new_id
from services import state
from services.ports import AuditRow
from services.unit import Actor
from tests.integration.recordings.visit import Visit
from tests.support.clinic import use
from tests.support.recordings import later


async def delete(visit: Visit, actor: Actor, recording_id: str) -> None:
    await visit.recordings.keeping.delete(use(actor), ChangeRecording(cid=new_id(), recording_id=recording_id))


async def hold(visit: Visit, recording_id: str, *, held: bool) -> None:
    wish = SetLegalHold(cid=new_id(), recording_id=recording_id, held=held)
    await visit.recordings.keeping.set_hold(use(visit.ward.clinic.admin), wish)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_deletion_destroys_the_files_the_key_the_names_and_the_notes(visit: Visit) -> None:
    record = await visit.watchable()
    wish = AddBookmark(cid=new_id(), recording_id=record.id, at_ms=100, note="left knee")
    await visit.recordings.bookmarks.add(use(visit.doctor), wish)
    assert on_disk(visit.folder)

    await delete(visit, visit.doctor, record.id)

    assert on_disk(visit.folder) == [] and not (visit.folder / record.id).exists()
    raw = await state.collection_of(Bookmark).count_documents({})
    assert raw == 0
    gone = await visit.record(record.id)
    assert gone.status is RecordingStatus.DELETED and gone.key is None
    assert gone.files == [] and gone.participants == [] and "Dora" not in gone.model_dump_json()
    assert [event.data for event in await visit.facts("recording.deleted")] == [{"recording_id": record.id}]
    with pytest.raises(NotFound):
        await visit.recordings.review.get(use(visit.doctor), NameRecording(recording_id=record.id))
    assert (await visit.recordings.review.list_visible(use(visit.doctor), ListRecordings())).recordings == []


async def test_what_is_held_is_deleted_by_nobody(visit: Visit) -> None:
    policies, admin = visit.recordings.policies, use(visit.ward.clinic.admin)
    policy = (await policies.current()).policy
    await policies.set(admin, SetRecordingPolicy(cid=new_id(), policy=policy, keep_days=1))
    record = await visit.watchable()
    await hold(visit, record.id, held=True)
    keeping = visit.recordings.keeping
    keeping._clock = lambda: later(days=2)

    for who in (visit.doctor, visit.ward.clinic.admin):
        with pytest.raises(PolicyForbids):
            await delete(visit, who, record.id)
    await keeping.expire()
    assert on_disk(visit.folder) and (await visit.record(record.id)).status is RecordingStatus.READY

    await hold(visit, record.id, held=False)
    await keeping.expire()
    assert on_disk(visit.folder) == [] and (await visit.record(record.id)).status is RecordingStatus.DELETED
    assert [row.resource for row in visit.ledger.of("recording.expire")] == [record.id]


async def test_a_hold_that_comes_while_retention_looks_wins_and_no_deletion_is_audited(visit: Visit) -> None:
    policies, admin = visit.recordings.policies, use(visit.ward.clinic.admin)
    policy = (await policies.current()).policy
    await policies.set(admin, SetRecordingPolicy(cid=new_id(), policy=policy, keep_days=1))
    record = await visit.watchable()
    keeping = visit.recordings.keeping
    keeping._clock = lambda: later(days=2)
    delete_now = keeping._delete

    async def held_first(record: Recording, by: str, row: AuditRow | None = None) -> bool:
        await hold(visit, record.id, held=True)
        return await delete_now(record, by, row)

    keeping._delete = held_first  # type: ignore[method-assign]
    await keeping.expire()
    assert on_disk(visit.folder) and (await visit.record(record.id)).status is RecordingStatus.READY
    assert visit.ledger.of("recording.expire") == []


async def test_retention_waits_for_its_day(visit: Visit) -> None:
    policies, admin = visit.recordings.policies, use(visit.ward.clinic.admin)
    policy = (await policies.current()).policy
    await policies.set(admin, SetRecordingPolicy(cid=new_id(), policy=policy, keep_days=2))
    record = await visit.watchable()
    visit.recordings.keeping._clock = lambda: later(days=1, hours=23)
    await visit.recordings.keeping.expire()
    assert (await visit.record(record.id)).status is RecordingStatus.READY


async def test_a_deletion_that_a_crash_interrupted_is_finished(visit: Visit) -> None:
    record = await visit.watchable()
    hidden = {"$set": {"status": RecordingStatus.DELETED}}
    await state.change(type(record), {"_id": record.id}, hidden)
    assert on_disk(visit.folder)
    await visit.recordings.keeping.expire()
    assert on_disk(visit.folder) == [] and (await visit.record(record.id)).key is None


async def test_who_may_not_watch_may_not_delete_and_what_runs_cannot_be_deleted(visit: Visit) -> None:
    record = await visit.watchable()
    for stranger in (visit.ward.stranger, visit.ward.nurse):
        with pytest.raises(NotFound):
            await delete(visit, stranger, record.id)
    assert on_disk(visit.folder)
    running = (await visit.ask()).recording_id
    assert running is not None and running != record.id
    with pytest.raises(NotNow):
        await delete(visit, visit.doctor, running)
    with pytest.raises(NotFound):
        await hold(visit, new_id(), held=True)


async def listed(visit: Visit, **wish: object) -> RecordingRows:
    wanted = ListAllRecordings.model_validate(wish)
    return await visit.recordings.review.list_all(use(visit.ward.clinic.admin), wanted)


async def test_administrators_see_every_recording_in_pages_and_nothing_of_what_is_in_it(visit: Visit) -> None:
    first = await visit.watchable()
    await visit.end()
    second = await visit.watchable()
    await visit.end()
    running = (await visit.call(), await visit.run())[1]

    page = await listed(visit, limit=2)
    rest = await listed(visit, limit=2, cursor=page.next)

    assert [one.recording_id for one in page.recordings] == [running, second.id]
    assert [one.recording_id for one in rest.recordings] == [first.id] and rest.next is None
    (row,) = rest.recordings
    assert row.bytes == sum(file.bytes for file in first.files) > 0 and row.duration_ms == first.duration_ms
    assert {one.name for one in row.people} == {"Dora", "Paul"}
    told = row.model_dump_json()
    assert first.conversation_id not in told and first.files[0].name not in told
    await delete(visit, visit.doctor, first.id)
    assert [one.recording_id for one in (await listed(visit)).recordings] == [running, second.id]


async def test_administrators_find_what_is_held_and_one_recording_by_its_number(visit: Visit) -> None:
    first = await visit.watchable()
    await visit.end()
    second = await visit.watchable()
    await hold(visit, first.id, held=True)
    assert [one.recording_id for one in (await listed(visit, held=True)).recordings] == [first.id]
    assert [one.recording_id for one in (await listed(visit, held=False)).recordings] == [second.id]
    found = await listed(visit, recording_id=first.id)
    assert [(one.recording_id, one.legal_hold) for one in found.recordings] == [(first.id, True)]
    assert (await listed(visit, recording_id=first.id, held=False)).recordings == []
    assert (await listed(visit, recording_id=new_id())).recordings == []
