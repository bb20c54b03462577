"""A file to seek in, of which nothing readable is on disk."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from media.compose.scratch import BLOCK, Scratch

PLACES = st.integers(0, 6 * BLOCK)


def test_it_has_no_name_and_no_plaintext(tmp_path: Path) -> None:
    with Scratch(tmp_path) as scratch:
        scratch.write(b"patient" * BLOCK)
        assert list(tmp_path.iterdir()) == []
        stored = Path(f"/proc/self/fd/{scratch._file.fileno()}").read_bytes()
        assert len(stored) > BLOCK and b"patient" not in stored


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(PLACES, st.binary(min_size=1, max_size=300), st.integers(1, 2000)), max_size=12))
def test_it_reads_like_a_plain_file(writes: list[tuple[int, bytes, int]]) -> None:
    plain = bytearray()
    with Scratch(Path("/tmp")) as scratch:
        for place, data, times in writes:
            piece = data * times
            scratch.seek(place)
            assert scratch.write(piece) == len(piece)
            plain.extend(bytes(max(0, place + len(piece) - len(plain))))
            plain[place : place + len(piece)] = piece
        scratch.seek(0)
        assert scratch.read() == bytes(plain) and scratch.size == len(plain)
