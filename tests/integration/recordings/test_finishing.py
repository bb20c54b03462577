"""Recordings outlive processes, nodes and disks; what is told as ready is whole."""

import asyncio

import pytest

from media.recording.sealed import claimed
from models.events.call_views import RecordingState
from models.events.recording_views import RecordingStatus
from models.events.recordings import SetRecordingPolicy
from models.ids import new_id
from models.media import Answer, RecordedFile, Shape, StartRecord
from services.recordings.finishing import SEALED_ACTION
from services.recordings.ports import InUse
from tests.integration.recordings.visit import Visit
from tests.support.clinic import use
from tests.support.recordings import later, write
from tests.support.waiting import until


async def test_a_stopped_recording_is_ready_with_every_file_and_its_hash_in_the_audit(visit: Visit) -> None:
    record = await visit.watchable()

    assert record.status is RecordingStatus.READY and record.duration_ms > 3500
    assert {file.party_id for file in record.files} == {one.party_id for one in record.participants}
    key = visit.recordings.records.key(record)
    rows = {row.resource: row for row in visit.ledger.of(SEALED_ACTION)}
    for file in record.files:
        sealed = await visit.store.open(record.id, file.name, key)
        assert sealed is not None
        with sealed:
            sealed.verify()
            assert sealed.sha256() == file.sha256 == rows[f"{record.id}/{file.name}"].ref
    ready = await visit.facts("recording.ready")
    assert [event.data["recording_id"] for event in ready] == [record.id] and ready[0].data["seconds"] == 4


async def test_the_key_is_neither_in_the_document_nor_on_disk(visit: Visit) -> None:
    record = await visit.watchable()
    key = visit.recordings.records.key(record)
    (start,) = [wish for _, wish in visit.studio.asked if isinstance(wish, StartRecord)]
    assert start.key not in record.model_dump_json() and start.key not in repr(start)
    for path in (visit.folder / record.id).iterdir():
        assert key not in path.read_bytes()


async def test_the_end_of_the_call_ends_the_recording(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    await visit.end()

    async def ready() -> bool:
        return (await visit.record(recording_id)).status is RecordingStatus.READY

    await until(ready, 15, what="the recording is finished")
    (stopped,) = await visit.facts("recording.stopped")
    assert stopped.data["reason"] == "call_ended"


async def test_a_lost_process_costs_a_part_and_its_files_are_repaired(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    await visit.studio.kill("unix:/a")
    await visit.move("unix:/b")
    await until(lambda: ("unix:/b", recording_id) in visit.studio.takes, what="it goes on elsewhere")
    await visit.stop()

    record = await visit.record(recording_id)
    assert record.status is RecordingStatus.READY
    assert sorted(file.part for file in record.files) == [1, 1, 2, 2]
    assert [part.process for part in record.parts] == ["unix:/a", "unix:/b"]
    repaired = next(file for file in record.files if file.part == 1)
    assert repaired.duration_ms > 2000  # four seconds less at most one that was not flushed, and what was held back


async def test_a_process_that_comes_back_under_its_name_is_told_again(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    await visit.studio.kill("unix:/a")
    visit.studio.gone.clear()
    await visit.move("unix:/a")
    await until(lambda: ("unix:/a", recording_id) in visit.studio.takes, what="the new process records")
    assert visit.studio.takes["unix:/a", recording_id].wish.part == 2


async def test_a_process_that_has_forgotten_a_recording_is_given_another_part(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    take = visit.studio.takes.pop(("unix:/a", recording_id))  # its room was closed behind our back
    visit.studio.over.add(("unix:/a", recording_id, 1))
    await visit.recordings.recorder.sweep()
    assert visit.studio.takes["unix:/a", recording_id].wish.part == 2
    await asyncio.to_thread(write, visit.folder / recording_id, take)
    await visit.stop()
    record = await visit.record(recording_id)
    assert record.status is RecordingStatus.READY
    assert sorted(file.part for file in record.files) == [1, 1, 2, 2]


async def test_a_node_that_begins_what_another_has_stopped_takes_it_back(visit: Visit) -> None:
    await visit.call()
    await visit.ask()
    await visit.consent(visit.doctor)
    ask = visit.studio.ask
    other = Visit(visit.ward, visit.folder, studio=visit.studio)
    other.call_id = visit.call_id

    async def slow(process: str, request: Shape) -> Answer:
        if isinstance(request, StartRecord):
            visit.studio.ask = ask  # type: ignore[method-assign]
            await other.consent(visit.patient, agreed=False)
            visit.studio.finished.clear()  # the stop came first: the process knew nothing of the recording
        return await ask(process, request)

    visit.studio.ask = slow  # type: ignore[method-assign]
    call = await visit.consent(visit.patient)
    await other.recordings.close()
    assert call.recording is RecordingState.OFF
    assert visit.studio.takes == {}


async def test_what_is_still_written_is_neither_repaired_nor_told_as_ready(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    key = visit.recordings.records.key(await visit.record(recording_id))
    await visit.studio.kill("unix:/a")
    files = await visit.store.listing(recording_id)
    with claimed(visit.folder / recording_id, files[0]):  # as a process does that does not answer
        with pytest.raises(InUse):
            await visit.store.repair(recording_id, files[0], key)
        await visit.stop()
        assert (await visit.record(recording_id)).status is RecordingStatus.FINISHING
    await visit.recordings.recorder.sweep()
    assert (await visit.record(recording_id)).status is RecordingStatus.READY


async def test_an_older_recording_that_takes_long_does_not_keep_a_withdrawal_waiting(visit: Visit) -> None:
    await visit.call()
    first = await visit.run()
    repair, go_on, there = visit.store.repair, asyncio.Event(), asyncio.Event()

    async def slow(recording_id: str, file: str, key: bytes) -> RecordedFile | None:
        there.set()
        await go_on.wait()
        return await repair(recording_id, file, key)

    visit.store.repair = slow  # type: ignore[method-assign]
    await visit.studio.kill("unix:/a")
    finishing = asyncio.create_task(visit.stop())
    await there.wait()
    await visit.move("unix:/b")
    await visit.ask()
    second = (await visit.book.fetch(visit.call_id)).recording_id
    assert second is not None and second != first
    await until(lambda: ("unix:/b", second) in visit.studio.takes, what="the second one runs")
    withdrawing = asyncio.create_task(visit.consent(visit.patient, agreed=False))
    await until(lambda: not visit.studio.takes, 10, what="nothing is recorded")
    assert (await visit.record(first)).status is RecordingStatus.FINISHING
    go_on.set()
    await asyncio.gather(finishing, withdrawing)


async def test_a_full_disk_ends_the_recording_loudly_and_the_call_goes_on(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    await visit.studio.fail("unix:/a", recording_id)

    async def failed() -> bool:
        return (await visit.record(recording_id)).status is RecordingStatus.READY  # what was kept can be watched

    await until(failed, 15, what="the recording is finished")
    call = await visit.book.fetch(visit.call_id)
    assert call.recording is RecordingState.FAILED and call.live and len(call.present) == 2
    (stopped,) = await visit.facts("recording.stopped")
    assert stopped.data["reason"] == "disk"
    assert (await visit.ask()).recording is RecordingState.RUNNING  # consent stands: it may begin again


async def test_another_node_finishes_what_a_killed_one_left(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    visit.studio.gone.add("unix:/a")
    await visit.stop()
    assert (await visit.record(recording_id)).status is RecordingStatus.FINISHING
    visit.studio.gone.clear()

    other = Visit(visit.ward, visit.folder, studio=visit.studio)
    other.recordings.finishing._clock = lambda: later(seconds=130)  # the lease of the first is over
    await other.recordings.recorder.sweep()
    await other.recordings.close()
    assert (await visit.record(recording_id)).status is RecordingStatus.READY


async def test_a_recording_no_process_takes_is_told_as_failed(visit: Visit) -> None:
    await visit.call()
    visit.studio.gone.update(("unix:/a", "unix:/b"))
    recording_id = await visit.run()
    visit.recordings.recorder._clock = lambda: later(seconds=31)
    await visit.recordings.recorder.sweep()
    call = await visit.book.fetch(visit.call_id)
    assert call.recording is RecordingState.FAILED
    (stopped,) = await visit.facts("recording.stopped")
    assert stopped.data == {
        "call_id": call.id, "recording_id": recording_id, "reason": "process_lost", "party_id": None,
    }  # fmt: skip


async def test_retention_is_that_of_the_policy_when_it_ended(visit: Visit) -> None:
    policies, admin = visit.recordings.policies, use(visit.ward.clinic.admin)
    policy = (await policies.current()).policy
    await policies.set(admin, SetRecordingPolicy(cid=new_id(), policy=policy, keep_days=30))
    record = await visit.watchable()
    assert record.delete_after is not None and record.stopped_at is not None
    assert (record.delete_after - record.stopped_at).days == 30
