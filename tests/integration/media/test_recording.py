"""Calls recorded by a real media process, decoded from its sealed files."""

import asyncio
import base64
import io
import signal
import time
from functools import partial
from pathlib import Path

import av
import pytest

from media.recording.sealed import SealedFile
from models.errors import MediaUnavailable, NotNow
from models.ids import new_id
from models.media import CloseRoom, Recorded, RecordParty, SetLegMedia, StartRecord, StopRecord
from tests.integration.media.conftest import MakePeer
from tests.integration.media.test_calls import see_each_other, talk
from tests.support.media import Process, Relays
from tests.support.waiting import until

KEY = b"k" * 32


def start(call_id: str, recording_id: str, *parties: str) -> StartRecord:
    """Of these parties."""
    return StartRecord(
        call_id=call_id, recording_id=recording_id, part=1, key=base64.b64encode(KEY).decode(), parties=list(parties)
    )


def decoded(folder: Path, recording_id: str, name: str) -> tuple[int, int]:
    """`(pictures, pieces of sound)` of one file."""
    with SealedFile.open(folder / recording_id, name, KEY, recording_id) as sealed:
        sealed.verify()
        plain = sealed.read(0, sealed.plain_size)
    with av.open(io.BytesIO(plain), "r") as container:
        pictures = sum(1 for _ in container.decode(video=0))
    with av.open(io.BytesIO(plain), "r") as container:
        return pictures, sum(1 for _ in container.decode(audio=0))


def on_disk(folder: Path, files: int, size: int) -> bool:
    """Whether so many files have grown so large."""
    return sum(path.stat().st_size >= size for path in folder.glob("*.body")) == files


async def stop(relays: Relays, process: Process, call_id: str, recording_id: str) -> Recorded:
    """And what there is."""
    told = await relays.pool.ask(process.address, StopRecord(call_id=call_id, recording_id=recording_id))
    assert isinstance(told, Recorded)
    return told


async def test_who_withdraws_while_a_recording_begins_is_not_recorded(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    call_id, recording_id = new_id(), new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    second = peer(relays, process.address, call_id, "second", level=190)
    await talk(first, second)
    await see_each_other(first, second)
    await asyncio.gather(
        relays.pool.ask(process.address, start(call_id, recording_id, "first", "second")),
        relays.pool.ask(process.address, RecordParty(call_id=call_id, party_id="second", on=False)),
    )
    folder = process.folder / "recordings" / recording_id
    await until(partial(on_disk, folder, 1, 80_000), 40, what="the other one is on disk")
    told = await stop(relays, process, call_id, recording_id)
    assert [file.party_id for file in told.files] == ["first"]
    assert {path.name.partition("-")[0] for path in folder.iterdir()} == {"first"}


async def test_two_parties_are_recorded(process: Process, relays: Relays, peer: MakePeer) -> None:
    call_id, recording_id = new_id(), new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    second = peer(relays, process.address, call_id, "second", level=190)
    await talk(first, second)
    await see_each_other(first, second)
    began = time.monotonic()
    for _ in range(2):
        await relays.pool.ask(process.address, start(call_id, recording_id, "first", "second"))
    await until(partial(on_disk, process.folder / "recordings" / recording_id, 2, 80_000), 40, what="both are on disk")
    await relays.pool.ask(process.address, SetLegMedia(
        call_id=call_id, party_id="first", audio=False, camera=True, screen=False, held=False
    ))  # fmt: skip
    await asyncio.sleep(1)
    told = await stop(relays, process, call_id, recording_id)
    longest = 1000 * (time.monotonic() - began) + 500  # the last picture is taken to last a while
    assert sorted(file.party_id for file in told.files) == ["first", "second"]
    for file in told.files:
        pictures, sounds = decoded(process.folder / "recordings", recording_id, file.name)
        assert pictures > 5
        assert sounds > 50
        assert 1_000 < file.duration_ms < longest
        assert file.video
        assert file.sizes[0][1:] == (160, 120)
    assert "muted:audio" in [mark for file in told.files for _, mark in file.marks if file.party_id == "first"]
    assert await stop(relays, process, call_id, recording_id) == told


async def test_who_has_not_agreed_is_in_the_call_and_in_no_file(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    call_id, recording_id = new_id(), new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    await talk(first)
    await relays.pool.ask(process.address, start(call_id, recording_id, "first"))
    second = peer(relays, process.address, call_id, "second", level=190)
    await talk(second)
    await see_each_other(first, second)
    folder = process.folder / "recordings" / recording_id
    await until(lambda: list(folder.glob("first-*")))
    assert not list(folder.glob("second-*"))
    await relays.pool.ask(process.address, RecordParty(call_id=call_id, party_id="second", on=True))
    await until(lambda: list(folder.glob("second-*")))
    await asyncio.sleep(1)
    await relays.pool.ask(process.address, RecordParty(call_id=call_id, party_id="second", on=False))
    told = await stop(relays, process, call_id, recording_id)
    assert {file.party_id for file in told.files} == {"first", "second"}


async def test_who_agreed_is_recorded_though_a_join_from_before_that_came_last(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    call_id, recording_id = new_id(), new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    await talk(first)
    wish = start(call_id, recording_id, "first")
    await relays.pool.ask(process.address, wish)
    await relays.pool.ask(process.address, RecordParty(call_id=call_id, party_id="first", on=False))
    for _ in range(2):  # what the clock of the hub asks changes nothing the second time
        await relays.pool.ask(process.address, wish)
    folder = process.folder / "recordings" / recording_id

    await until(partial(on_disk, folder, 1, 20_000), 40, what="it is recorded")
    (file,) = (await stop(relays, process, call_id, recording_id)).files
    assert file.video and file.duration_ms > 500


async def test_a_stopped_recording_is_not_begun_again_by_a_late_request(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    call_id, recording_id = new_id(), new_id()
    await talk(peer(relays, process.address, call_id, "first", level=60))
    with pytest.raises(NotNow):  # the stop overtakes the start
        await relays.pool.ask(process.address, StopRecord(call_id=call_id, recording_id=recording_id))
    with pytest.raises(NotNow):
        await relays.pool.ask(process.address, start(call_id, recording_id, "first"))
    other = new_id()
    await relays.pool.ask(process.address, start(call_id, other, "first"))
    folder = process.folder / "recordings"
    await until(lambda: list((folder / other).glob("first-*")), 10)
    await stop(relays, process, call_id, other)
    with pytest.raises(NotNow):
        await relays.pool.ask(process.address, start(call_id, other, "first").model_copy(update={"part": 2}))
    assert not list((folder / recording_id).glob("*"))


@pytest.mark.parametrize("name", ["../escape", "a/b", "..", ""])
async def test_no_name_leaves_the_folder(process: Process, relays: Relays, peer: MakePeer, name: str) -> None:
    call_id = new_id()
    await talk(peer(relays, process.address, call_id, "first"))
    wish = start(call_id, "r", "first")
    for changes in ({"recording_id": name}, {"parties": [name]}, {"key": name}):
        with pytest.raises(MediaUnavailable):
            await relays.pool.ask(process.address, wish.model_copy(update=changes))
    with pytest.raises(MediaUnavailable):
        await relays.pool.ask(process.address, RecordParty(call_id=call_id, party_id=name or " ", on=True))
    assert not list((process.folder / "recordings").glob("**/*.*"))


async def test_a_recording_of_no_call_is_refused(process: Process, relays: Relays) -> None:
    with pytest.raises(NotNow):
        await relays.pool.ask(process.address, start(new_id(), new_id(), "first"))
    with pytest.raises(NotNow):
        await relays.pool.ask(process.address, StopRecord(call_id=new_id(), recording_id=new_id()))


@pytest.mark.parametrize("ending", ["close", "terminate"])
async def test_a_recording_that_nobody_stopped_is_finished_with_its_call(
    process: Process, relays: Relays, peer: MakePeer, ending: str
) -> None:
    call_id, recording_id = new_id(), new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    await talk(first)
    await relays.pool.ask(process.address, start(call_id, recording_id, "first"))
    folder = process.folder / "recordings"
    await until(partial(on_disk, folder / recording_id, 1, 20_000), 40, what="it is on disk")
    if ending == "close":
        await relays.pool.ask(process.address, CloseRoom(call_id=call_id))
        told = await stop(relays, process, call_id, recording_id)
        names = [file.name for file in told.files]
    else:
        assert await process.end(signal.SIGTERM) == 0
        names = sorted({path.stem for path in (folder / recording_id).iterdir()})
    assert len(names) == 1
    with SealedFile.open(folder / recording_id, names[0], KEY, recording_id) as sealed:
        assert sealed.about.end is not None


async def test_a_full_disk_ends_the_recording_and_not_the_call(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    """A file in the way of the party's: the disk's thread meets the error, as it would a full disk."""
    call_id, recording_id = new_id(), new_id()
    first = peer(relays, process.address, call_id, "first", level=60)
    second = peer(relays, process.address, call_id, "second", level=190)
    await talk(first, second)
    await relays.pool.ask(process.address, start(call_id, recording_id))
    folder = process.folder / "recordings" / recording_id
    folder.rmdir()
    folder.write_text("")
    await relays.pool.ask(process.address, RecordParty(call_id=call_id, party_id="first", on=True))
    await until(lambda: relays.told("record.failed", recording_id=recording_id), 10)
    await see_each_other(first, second)
