"""Nothing of a recording is later than its end, however late its process heard of it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from hub.recordings.trimming import trim
from media.recording.repair import repair
from media.recording.sealed import SealedWriter
from media.recording.skew import Heard, PlainReader, look
from models.documents.recording import Recording
from models.events.recording_views import RecordingStatus
from models.media import RecordedFile
from services.recordings.finishing import SEALED_ACTION
from tests.integration.recordings.visit import Visit
from tests.support.recordings import later

SPENT = timedelta(seconds=2.5)
"""The process goes on for a second and a half after somebody took their consent back."""


async def withdrawn(visit: Visit) -> tuple[Recording, datetime]:
    """A recording of four seconds that was to end earlier, and when it was."""
    await visit.call()
    recording_id = await visit.run()
    visit.studio.takes["unix:/a", recording_id].began_at -= SPENT
    await visit.consent(visit.patient, agreed=False)
    answer = (await visit.facts("recording.consented"))[-1]
    assert answer.data["agreed"] is False
    return await visit.record(recording_id), answer.at


async def seen_in(visit: Visit, record: Recording, file: RecordedFile) -> Heard:
    """What a player finds in it, of whose every chunk the seal is whole."""
    sealed = await visit.store.open(record.id, file.name, visit.recordings.records.key(record))
    assert sealed is not None
    with sealed:
        sealed.verify()
        assert sealed.sha256() == file.sha256 and sealed.plain_size == file.bytes
        return look(PlainReader(sealed))


async def test_what_was_written_after_consent_was_taken_back_is_cut_off(visit: Visit) -> None:
    record, at = await withdrawn(visit)
    assert record.status is RecordingStatus.READY and len(record.files) == 2
    rows = {row.resource: row.ref for row in visit.ledger.of(SEALED_ACTION)}
    for file in record.files:
        until = (at - datetime.fromisoformat(file.started_at)) / timedelta(seconds=1)
        seen = await seen_in(visit, record, file)
        assert 2.4 < until < 3.9
        assert until - 0.1 < seen.last_sound_s <= until and until - 0.1 < seen.last_picture_s <= until
        assert seen.pictures > 30 and abs(seen.duration_s * 1000 - file.duration_ms) < 50
        assert rows[f"{record.id}/{file.name}"] == file.sha256
    assert record.duration_ms <= 3_900


async def test_what_others_stop_is_kept_to_its_end(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    visit.studio.takes["unix:/a", recording_id].began_at -= SPENT
    await visit.stop()
    assert (await visit.record(recording_id)).duration_ms > 3_900


async def test_of_what_others_stop_nothing_is_kept_that_a_process_wrote_that_did_not_hear_of_it(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    visit.studio.takes["unix:/a", recording_id].began_at += timedelta(seconds=3)  # goes on until seven seconds after
    await visit.stop()
    record, (stopped,) = await visit.record(recording_id), await visit.facts("recording.stopped")
    assert record.status is RecordingStatus.READY and len(record.files) == 2
    for file in record.files:
        until = (stopped.at - datetime.fromisoformat(file.started_at)) / timedelta(seconds=1) + 5
        seen = await seen_in(visit, record, file)
        assert 1.0 < until < 2.5
        assert until - 0.1 < seen.last_sound_s <= until and until - 0.1 < seen.last_picture_s <= until


async def test_a_cut_that_the_disk_or_a_crash_interrupted_is_made_again_and_nobody_sees_it_before(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:

        def no_room(*_: object) -> None:
            raise OSError(28, "no space left on device")

        broken.setattr("hub.recordings.trimming.SealedWriter.resume", no_room)
        record, at = await withdrawn(visit)
        assert record.status is RecordingStatus.FINISHING
    finishing = visit.recordings.finishing
    await finishing.finish(record)
    assert (await visit.record(record.id)).status is RecordingStatus.FINISHING  # the disk is given a rest
    finishing._clock = lambda: later(seconds=31)
    await finishing.finish(record)
    record = await visit.record(record.id)
    assert record.status is RecordingStatus.READY
    for file in record.files:
        seen = await seen_in(visit, record, file)
        until = (at - datetime.fromisoformat(file.started_at)) / timedelta(seconds=1)
        assert until - 1.1 < max(seen.last_sound_s, seen.last_picture_s) <= until  # of a crash, a cluster


async def test_of_a_file_that_is_all_later_nothing_is_left(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    visit.studio.takes["unix:/a", recording_id].began_at += timedelta(seconds=60)
    await visit.consent(visit.patient, agreed=False)
    assert (await visit.record(recording_id)).status is RecordingStatus.FAILED
    assert [path for path in visit.folder.rglob("*") if path.is_file()] == []


async def test_cutting_twice_and_cutting_nothing_change_nothing(visit: Visit) -> None:
    record = await visit.watchable()
    key, folder = visit.recordings.records.key(record), visit.folder / record.id
    name = record.files[0].name
    assert trim(folder, name, key, record.id, 60_000) == repair(folder, name, key, record.id)
    first = trim(folder, name, key, record.id, 1_500)
    assert first is not None and first.complete and 1_400 < first.duration_ms <= 1_540
    before = _bytes_of(folder)
    assert trim(folder, name, key, record.id, 1_500) == first == repair(folder, name, key, record.id)
    assert _bytes_of(folder) == before


@pytest.mark.parametrize("step", ["append", "resume", "finish"])
async def test_a_process_that_dies_while_it_cuts_leaves_a_file_that_can_be_finished(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    record = await visit.watchable()
    key, folder, name = visit.recordings.records.key(record), visit.folder / record.id, record.files[0].name

    class Died(Exception):
        pass

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr(SealedWriter, step, die)
        with pytest.raises(Died):
            trim(folder, name, key, record.id, 2_200)
    again = trim(folder, name, key, record.id, 2_200)
    assert again is not None and 1_200 < again.duration_ms <= 2_240  # a cluster may be lost, as by any crash


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
