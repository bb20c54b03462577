"""A file that muxers may seek in, of which nothing readable is ever on disk: blocks under a key that is never kept."""

import io
import os
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK: Final = 1 << 18
CACHED: Final = 4
_NONCE, _TAG = 12, 16
_STORED: Final = _NONCE + BLOCK + _TAG


class Scratch(io.RawIOBase):
    """Has no name in the folder, so that a killed process leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  closed in `close`
        self._aead = AESGCM(AESGCM.generate_key(256))
        self._blocks: OrderedDict[int, bytearray] = OrderedDict()
        self._stored: set[int] = set()
        self._at = 0
        self.size = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte goes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Anywhere; writing beyond the end fills up with zeros."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """All of it."""
        view = memoryview(data)
        written = 0
        while written < len(view):
            number, offset = divmod(self._at, BLOCK)
            piece = view[written : written + BLOCK - offset]
            self._block(number)[offset : offset + len(piece)] = piece
            written += len(piece)
            self._at += len(piece)
            self.size = max(self.size, self._at)
        return written

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes."""
        end = self.size if size < 0 else min(self.size, self._at + size)
        pieces = []
        while self._at < end:
            number, offset = divmod(self._at, BLOCK)
            piece = bytes(self._block(number)[offset : offset + end - self._at])
            pieces.append(piece)
            self._at += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """It is gone."""
        self._file.close()
        super().close()

    def _block(self, number: int) -> bytearray:
        block = self._blocks.get(number)
        if block is None:
            block = self._load(number)
            self._blocks[number] = block
            if len(self._blocks) > CACHED:
                self._store(*self._blocks.popitem(last=False))
        self._blocks.move_to_end(number)
        return block

    def _load(self, number: int) -> bytearray:
        if number not in self._stored:
            return bytearray(BLOCK)
        stored = os.pread(self._file.fileno(), _STORED, number * _STORED)
        return bytearray(self._aead.decrypt(stored[:_NONCE], stored[_NONCE:], number.to_bytes(8)))

    def _store(self, number: int, block: bytearray) -> None:
        nonce = os.urandom(_NONCE)
        stored = nonce + self._aead.encrypt(nonce, bytes(block), number.to_bytes(8))
        if os.pwrite(self._file.fileno(), stored, number * _STORED) != _STORED:
            raise OSError("the disk is full")
        self._stored.add(number)
