"""At rest: what was not written under this name, key and id is refused; what was is read by ranges."""

import random
from pathlib import Path

import pytest

from media.recording.repair import destroy, repair
from media.recording.sealed import HEAD_BYTES, SealedFile, body_path, head_path
from media.recording.sealing import HEADER_BYTES, ChunkKind, Tampered
from tests.integration.recording.studio import IDENTITY, KEY, Studio
from tests.support import flash

FILE = "alice.1"


@pytest.fixture
def folder(studio: Studio) -> Path:
    """A folder with one finished recording."""
    studio.record(flash.audio(6), flash.video(6))
    return studio.folder


def _verify(folder: Path, file: str = FILE, key: bytes = KEY, identity: str = IDENTITY) -> None:
    with SealedFile.open(folder, file, key, identity) as sealed:
        sealed.verify()


def _chunks(folder: Path) -> list[bytes]:
    stored, pieces, at = body_path(folder, FILE).read_bytes(), [], 0
    with SealedFile.open(folder, FILE, KEY, IDENTITY) as sealed:
        for header in sealed.headers:
            length = header.length + HEADER_BYTES + 16
            pieces.append(stored[at : at + length])
            at += length
    assert at == len(stored)
    return pieces


def test_any_range_reads_as_the_whole_does(folder: Path) -> None:
    dice = random.Random(3)
    with SealedFile.open(folder, FILE, KEY, IDENTITY) as sealed:
        whole = sealed.read(0, sealed.plain_size)
        assert len(whole) == sealed.plain_size
        for _ in range(300):
            start, end = dice.randrange(sealed.plain_size + 10), dice.randrange(sealed.plain_size + 10)
            assert sealed.read(start, end) == whole[start:end]
        assert sealed.read(sealed.plain_size, sealed.plain_size + 5) == b""
        assert sealed.time_of(0) == sealed.time_of(HEAD_BYTES) == 0
        times = [sealed.time_of(offset) for offset in range(0, sealed.plain_size, 97)]
        assert times == sorted(times)
        assert 5_500 < times[-1] <= 6_020


def test_nothing_of_it_is_readable_on_disk(folder: Path) -> None:
    for path in folder.iterdir():
        stored = path.read_bytes()
        assert not [word for word in (b"webm", b"V_VP8", b"OpusHead", b"Carewire") if word in stored]


@pytest.mark.parametrize("which", ["body", "head"])
def test_every_changed_byte_is_noticed(folder: Path, which: str) -> None:
    path = body_path(folder, FILE) if which == "body" else head_path(folder, FILE)
    stored = path.read_bytes()
    heads = range(min(len(stored), 2 * HEADER_BYTES))
    places = {*heads, *random.Random(5).sample(range(len(stored)), 250), len(stored) - 1}
    for place in places:
        changed = bytearray(stored)
        changed[place] ^= 0x40
        path.write_bytes(changed)
        with pytest.raises(Tampered):
            _verify(folder)
    path.write_bytes(stored)
    _verify(folder)


def test_moved_missing_doubled_and_cut_chunks_are_noticed(folder: Path) -> None:
    pieces = _chunks(folder)
    body = body_path(folder, FILE)
    swapped = [pieces[1], pieces[0], *pieces[2:]]
    for changed in (swapped, pieces[:3] + pieces[4:], [*pieces, pieces[-1]], pieces[:-1], []):
        body.write_bytes(b"".join(changed))
        with pytest.raises(Tampered):
            _verify(folder)
    body.write_bytes(b"".join(pieces)[:-1])
    with pytest.raises(Tampered):
        _verify(folder)


def test_another_key_id_or_name_does_not_open_it(folder: Path) -> None:
    with pytest.raises(Tampered):
        _verify(folder, key=bytes(32))
    with pytest.raises(Tampered):
        _verify(folder, identity="recording-2")
    body_path(folder, FILE).rename(body_path(folder, "bob.1"))
    head_path(folder, FILE).rename(head_path(folder, "bob.1"))
    with pytest.raises(Tampered):
        _verify(folder, "bob.1")


def test_the_manifest_carries_the_hash_of_the_ciphertext(studio: Studio) -> None:
    (part,) = studio.record(flash.audio(4), flash.video(4))
    with studio.open() as sealed:
        assert part.sha256 == sealed.sha256()
        assert part.bytes == sealed.plain_size
        assert {header.kind for header in sealed.headers} == {ChunkKind.MEDIA, ChunkKind.NOTE}
    assert repair(studio.folder, FILE, KEY, IDENTITY) == part  # a finished file is left as it is


def test_destroyed_is_gone(folder: Path) -> None:
    destroy(folder, FILE)
    assert list(folder.iterdir()) == []
    destroy(folder, FILE)
    with pytest.raises(FileNotFoundError):
        _verify(folder)
