"""A visit between real peers, recorded by real media processes, one of which is killed in the middle."""

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from media.recording.skew import PlainReader, look
from models.events.recording_views import RecordingStatus
from models.events.recordings import NameRecording
from tests.integration.chat.ward import ward_of
from tests.integration.recordings.visit import Visit
from tests.support.clinic import Clinic, use
from tests.support.media import Process, Relays, linked, running_process
from tests.support.media_peers import Peer
from tests.support.waiting import until

SECRET = b"s" * 32
pytestmark = pytest.mark.timeout(150)


@dataclass
class Stage:
    """Two processes, one visit."""

    visit: Visit
    relays: Relays
    first: Process
    second: Process
    stack: AsyncExitStack

    async def sit_down(self, process: Process, path_n: int, *, consented: bool) -> None:
        """Both parties connect to this process, and see each other."""
        call = await self.visit.book.fetch(self.visit.call_id)
        peers = [
            Peer(self.relays, process.address, call.id, party.party_id, level=level, hertz=hertz)
            for party, level, hertz in zip(call.present, (60, 190), (440, 660), strict=True)
        ]  # fmt: skip
        for peer in peers:
            self.stack.push_async_callback(peer.close)
            await peer.join(path_n, consented=consented)
        for peer, other in ((peers[0], peers[1]), (peers[1], peers[0])):
            await until(lambda peer=peer, other=other: peer.sees(other), 30, what="they see each other")  # type: ignore[misc]

    async def written(self, part: int, size: int) -> None:
        """Until so many bytes of both parties are on disk."""

        def enough() -> bool:
            bodies = [path.stat().st_size for path in self.visit.folder.rglob(f"*-{part}.1.body")]
            return len(bodies) == 2 and min(bodies) >= size

        await until(enough, 60, what=f"part {part} is on disk")


@pytest.fixture
async def stage(clinic: Clinic, tmp_path: Path) -> AsyncIterator[Stage]:
    """Doctor and patient in a call on the first process."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(running_process(tmp_path, SECRET))
        second = await stack.enter_async_context(running_process(tmp_path, SECRET))
        relays = await stack.enter_async_context(linked(first, second))
        visit = Visit(await ward_of(clinic), tmp_path / "recordings", media=relays.pool, process=first.address)
        stack.push_async_callback(visit.recordings.close)
        relays.pool.listen(relays._on_event, relays._on_lost)
        await visit.call()
        yield Stage(visit, relays, first, second, stack)


async def test_a_killed_process_costs_at_most_what_it_had_not_flushed(stage: Stage) -> None:
    visit = stage.visit
    await stage.sit_down(stage.first, 1, consented=False)
    recording_id = await visit.run()
    await stage.written(1, 80_000)
    await stage.first.end(signal.SIGKILL)
    await until(lambda: stage.relays.lost, 10, what="the loss is noticed")
    await visit.recordings.recorder.on_lost(stage.first.address)
    await visit.move(stage.second.address)
    await stage.sit_down(stage.second, 2, consented=True)

    async def goes_on() -> bool:
        await visit.recordings.recorder.sweep()
        return (await visit.record(recording_id)).parts[-1].started

    await until(goes_on, 20, what="it is recorded on the other process")
    part = (await visit.record(recording_id)).parts[-1].n
    await stage.written(part, 80_000)
    await visit.stop()

    record = await visit.record(recording_id)
    assert record.status is RecordingStatus.READY
    assert sorted(file.part for file in record.files) == [1, 1, part, part]
    key = visit.recordings.records.key(record)
    for file in record.files:
        sealed = await visit.store.open(record.id, file.name, key)
        assert sealed is not None
        with sealed:
            sealed.verify()
            seen = look(PlainReader(sealed))
        last_s = max(seen.last_sound_s, seen.last_picture_s)
        assert seen.pictures >= 5 and abs(last_s * 1000 - file.duration_ms) < 500
    detail = await visit.recordings.review.get(use(visit.patient), NameRecording(recording_id=recording_id))
    later = [
        track.offset_ms for track in detail.tracks if track.file in {f.name for f in record.files if f.part == part}
    ]
    assert len(detail.tracks) == 4 and min(later) > 500
