"""The film of a visit: made by a child process, decodable, sealed, told, and gone with the recording."""

import asyncio
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import av
import pytest

from hub.recordings.composing import FILM, Composer
from media.recording.skew import PlainReader, look
from models.documents.recording import Recording
from models.errors import NotFound, NotNow
from models.events.chat import DeleteMessage, EditMessage
from models.events.recording_views import ComposeState, RecordingStatus
from models.events.recordings import ChangeRecording, LinkRecording, RecordingLink
from models.ids import new_id
from services.recordings.composing import Film
from services.unit import Actor
from tests.integration.recordings.visit import Visit
from tests.support.clinic import use
from tests.support.recordings import later
from tests.support.waiting import until

SIZE = 320, 180
pytestmark = pytest.mark.timeout(120)


async def ask(visit: Visit, recording_id: str) -> None:
    await visit.recordings.composing.compose(
        use(visit.doctor), ChangeRecording(cid=new_id(), recording_id=recording_id)
    )


async def recorded(visit: Visit) -> Recording:
    await visit.call()
    recording_id = await visit.run()
    await visit.ward.send(visit.patient, visit.conversation_id, "it <hurts> here")
    await visit.stop()
    return await visit.record(recording_id)


async def film_of(visit: Visit, composer: Composer, recording_id: str) -> Recording:
    """Ask for the film and have it made."""
    await ask(visit, recording_id)
    await composer.tick()
    assert composer._task is not None
    await asyncio.wait_for(composer._task, 90)
    made = await visit.record(recording_id)
    assert made.composed.state is ComposeState.READY
    return made


async def linked(visit: Visit, who: Actor, recording_id: str, file: str) -> RecordingLink:
    return await visit.recordings.review.link(use(who), LinkRecording(recording_id=recording_id, file=file))


async def captions_of(visit: Visit, record: Recording) -> bytes:
    captions = await visit.store.open(record.id, "film.vtt", visit.recordings.records.key(record))
    assert captions is not None
    with captions:
        return captions.read(0, captions.plain_size)


async def working(composer: Composer) -> asyncio.subprocess.Process:
    """The child, once it is there."""

    async def there() -> asyncio.subprocess.Process | None:
        return composer.child

    child = await until(there, what="a child composes")
    assert child is not None
    return child


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/environ").read_text()


async def test_a_film_has_everybody_and_what_was_said(visit: Visit) -> None:
    record = await recorded(visit)
    composer = Composer(visit.recordings.composing, visit.store, SIZE)
    await ask(visit, record.id)
    await ask(visit, record.id)  # once is enough
    await composer.tick()
    child = await working(composer)
    assert "media.compose" in command_line(child.pid) and record.id not in command_line(child.pid)

    async def nice() -> bool:
        return os.getpriority(os.PRIO_PROCESS, child.pid) >= 10

    await until(nice, 20, what="the child is nice")

    async def ready() -> Recording | None:
        found = await visit.record(record.id)
        return found if found.composed.state is ComposeState.READY else None

    made = await until(ready, 90, what="the film is ready")
    assert made is not None
    await composer.close()
    key = visit.recordings.records.key(made)
    film = await visit.store.open(record.id, FILM, key)
    assert film is not None
    with film:
        film.verify()
        assert film.plain_size == made.composed.bytes and film.sha256() == made.composed.sha256
        seen = look(PlainReader(film))
        with av.open(PlainReader(film), "r") as container:
            kinds = [stream.type for stream in container.streams]
            (cue,) = [bytes(packet) for packet in container.demux(subtitles=0) if packet.size]
    assert abs(seen.duration_s * 1000 - made.duration_ms) < 100 and seen.sizes == {SIZE}
    assert len(seen.flashes) == len(seen.beeps) == 2
    assert all(abs(flash - beep) < 0.08 for flash, beep in zip(seen.flashes, seen.beeps, strict=True))
    assert kinds == ["video", "audio", "subtitle"] and cue == b"Paul: it &lt;hurts&gt; here"
    captions = await visit.store.open(record.id, "film.vtt", key)
    assert captions is not None
    with captions:
        assert b"Paul: it &lt;hurts&gt; here" in captions.read(0, 2048)
    rooms = {room for room, name, _ in visit.told.facts if name == "recording.changed"}
    assert rooms == {f"user:{visit.doctor.user_id}", f"user:{visit.patient.user_id}"}
    assert [row.ref for row in visit.ledger.of("recording.seal")][-1] == made.composed.sha256


async def test_a_message_that_is_taken_back_or_changed_takes_the_film_with_it_and_is_in_no_other(visit: Visit) -> None:
    record = await recorded(visit)
    ward, conversation_id = visit.ward, visit.conversation_id
    (said,) = [event for event in await visit.facts("chat.sent") if event.data["text"] == "it <hurts> here"]
    composer = Composer(visit.recordings.composing, visit.store, SIZE)
    made = await film_of(visit, composer, record.id)
    link = (await linked(visit, visit.doctor, record.id, "film.vtt")).url
    later_message = await ward.send(visit.patient, conversation_id, "after the visit")
    taken_back = DeleteMessage(cid=new_id(), conversation_id=conversation_id, n=later_message.n)
    await ward.clinic.chat.delete(use(visit.patient), taken_back)
    assert (await linked(visit, visit.doctor, record.id, FILM)).url  # not said during the visit

    edit = EditMessage(cid=new_id(), conversation_id=conversation_id, n=said.n, text="it itches here")
    await ward.clinic.chat.edit(use(visit.patient), edit)
    ticket = visit.recordings.links.open(
        unquote(link.partition("link=")[2]), record.id, "film.vtt", datetime.now(UTC)
    )  # fmt: skip
    with pytest.raises(NotFound):
        await visit.recordings.review.show(ticket)
    assert (await visit.record(record.id)).composed.state is ComposeState.OUTDATED
    assert [path for path in visit.folder.rglob("film*") if path.is_file()] == []
    with pytest.raises(NotFound):
        await linked(visit, visit.doctor, record.id, FILM)
    assert visit.told.facts[-1][2]["recording"]["composed"]["state"] == "outdated"

    again = await film_of(visit, composer, record.id)
    assert again.composed.sha256 != made.composed.sha256
    assert b"it itches here" in await captions_of(visit, again)
    delete = DeleteMessage(cid=new_id(), conversation_id=conversation_id, n=said.n)
    await ward.clinic.chat.delete(use(visit.patient), delete)
    await visit.recordings.outdating.sweep()  # nobody looked
    assert (await visit.record(record.id)).composed.state is ComposeState.OUTDATED
    assert [path for path in visit.folder.rglob("film*") if path.is_file()] == []
    assert b"it " not in await captions_of(visit, await film_of(visit, composer, record.id))
    await composer.close()


async def test_a_message_that_is_taken_back_while_the_film_is_made_is_shown_to_nobody(visit: Visit) -> None:
    record = await recorded(visit)
    composing = visit.recordings.composing
    await ask(visit, record.id)
    claimed = await composing.claim()
    assert claimed is not None
    plan = await composing.plan(claimed)
    assert [caption.text for caption in plan.captions] == ["it <hurts> here"]
    delete = DeleteMessage(cid=new_id(), conversation_id=visit.conversation_id, n=plan.said[0])
    await visit.ward.clinic.chat.delete(use(visit.patient), delete)
    assert await composing.finish(claimed, Film(FILM, 1, 1, "0" * 64), plan)
    assert (await visit.record(record.id)).composed.state is ComposeState.OUTDATED


async def test_a_killed_child_is_told_as_failed_and_may_be_asked_again(visit: Visit) -> None:
    record = await recorded(visit)
    composer = Composer(visit.recordings.composing, visit.store, SIZE)
    await ask(visit, record.id)
    await composer.tick()
    child = await working(composer)
    os.kill(child.pid, signal.SIGKILL)

    async def failed() -> bool:
        return (await visit.record(record.id)).composed.state is ComposeState.FAILED

    await until(failed, 20, what="the failure is told")
    await ask(visit, record.id)
    assert (await visit.record(record.id)).composed.state is ComposeState.WAITING
    await composer.close()


async def test_a_hub_that_goes_leaves_the_film_to_another_and_a_dead_ones_lease_runs_out(visit: Visit) -> None:
    record = await recorded(visit)
    composing = visit.recordings.composing
    composer = Composer(composing, visit.store, SIZE)
    await ask(visit, record.id)
    await composer.tick()
    child = await working(composer)
    await composer.close()
    assert child.returncode is not None
    assert (await visit.record(record.id)).composed.state is ComposeState.WAITING

    assert await composing.claim() is not None and await composing.claim() is None
    composing._clock = lambda: later(seconds=31)
    taken = await composing.claim()
    assert taken is not None and taken.composed.tries == 2


async def test_deleting_the_recording_ends_the_film_and_leaves_nothing(visit: Visit) -> None:
    record = await recorded(visit)
    composer = Composer(visit.recordings.composing, visit.store, SIZE)
    await ask(visit, record.id)
    await composer.tick()
    child = await working(composer)
    wish = ChangeRecording(cid=new_id(), recording_id=record.id)
    await visit.recordings.keeping.delete(use(visit.doctor), wish)
    task = composer._task
    assert task is not None
    await asyncio.wait_for(task, 30)
    assert child.returncode is not None
    assert [path for path in visit.folder.rglob("*") if path.is_file()] == []
    assert (await visit.record(record.id)).status is RecordingStatus.DELETED


async def test_only_finished_recordings_of_ones_own_become_films(visit: Visit) -> None:
    await visit.call()
    recording_id = await visit.run()
    with pytest.raises(NotNow):
        await ask(visit, recording_id)
    wish = ChangeRecording(cid=new_id(), recording_id=recording_id)
    with pytest.raises(NotFound):
        await visit.recordings.composing.compose(use(visit.ward.nurse), wish)
