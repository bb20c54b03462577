"""How recordings are encrypted: AES-256-GCM chunks that can be neither changed, moved nor taken from another file.

A chunk on disk: header (plain length, kind, time, nonce), HMAC of the header, ciphertext, GCM tag. The header has its
own MAC so that a changed length is told from a tail torn by a crash.
"""

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAX_CHUNK: Final = 1 << 20
"""Bytes of plaintext."""
KEY_BYTES: Final = 32
_HEADER: Final = struct.Struct(">IBI12s")
_MAC: Final = 16
_TAG: Final = 16
_NONCE: Final = 12
_HEAD_MAGIC: Final = b"CWREC1\r\n"
HEADER_BYTES: Final = _HEADER.size + _MAC
OVERHEAD: Final = HEADER_BYTES + _TAG


class Tampered(Exception):
    """The sealed file is not what was written under this name, key and recording id. The text holds no content."""


class ChunkKind(IntEnum):
    """What a chunk holds."""

    MEDIA = 1
    """Bytes of the Matroska file."""
    NOTE = 2
    """Lines for the manifest, as JSON; no part of the Matroska file."""
    HEAD = 3


@dataclass(frozen=True, slots=True)
class ChunkHeader:
    """What can be read of a chunk without decrypting it."""

    length: int
    kind: ChunkKind
    at_ms: int
    nonce: bytes


class Seal:
    """Encrypts and opens the chunks of one file."""

    def __init__(self, key: bytes, identity: str, file: str) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a recording's key has 32 bytes")
        names = [identity.encode(), file.encode()]
        self._context = b"".join(struct.pack(">H", len(name)) + name for name in names)
        derived = HKDF(SHA256(), 64, salt=None, info=b"carewire recording" + self._context).derive(key)
        self._aead = AESGCM(derived[:32])
        self._mac_key = derived[32:]

    def chunk(self, index: int, kind: ChunkKind, at_ms: int, plain: bytes) -> bytes:
        """One chunk as it is stored."""
        if len(plain) > MAX_CHUNK:
            raise ValueError("a chunk holds at most 1 MiB")
        header = _HEADER.pack(len(plain), kind, at_ms, os.urandom(_NONCE))
        sealed = self._aead.encrypt(header[-_NONCE:], plain, self._bound(index, header))
        return header + self._header_mac(index, header) + sealed

    def header(self, index: int, stored: bytes) -> ChunkHeader:
        """Check and read the first `HEADER_BYTES` of chunk number `index`."""
        header, mac = stored[: _HEADER.size], stored[_HEADER.size : HEADER_BYTES]
        if not hmac.compare_digest(mac, self._header_mac(index, header)):
            raise Tampered("a chunk's header was changed")
        length, kind, at_ms, nonce = _HEADER.unpack(header)
        return ChunkHeader(length, ChunkKind(kind), at_ms, nonce)

    def open(self, index: int, header: ChunkHeader, sealed: bytes) -> bytes:
        """The plaintext of `sealed` (ciphertext and tag)."""
        packed = _HEADER.pack(header.length, header.kind, header.at_ms, header.nonce)
        try:
            return self._aead.decrypt(header.nonce, sealed, self._bound(index, packed))
        except InvalidTag:
            raise Tampered("a chunk's content was changed") from None

    def head(self, plain: bytes) -> bytes:
        """The head file's content."""
        nonce = os.urandom(_NONCE)
        return _HEAD_MAGIC + nonce + self._aead.encrypt(nonce, plain, self._bound(0, bytes([ChunkKind.HEAD])))

    def open_head(self, stored: bytes) -> bytes:
        """The head file's plaintext."""
        start = len(_HEAD_MAGIC) + _NONCE
        if len(stored) < start + _TAG or not stored.startswith(_HEAD_MAGIC):
            raise Tampered("the head is no head of a recording")
        nonce = stored[len(_HEAD_MAGIC) : start]
        try:
            return self._aead.decrypt(nonce, stored[start:], self._bound(0, bytes([ChunkKind.HEAD])))
        except InvalidTag:
            raise Tampered("the head was changed") from None

    def _bound(self, index: int, header: bytes) -> bytes:
        return self._context + struct.pack(">Q", index) + header

    def _header_mac(self, index: int, header: bytes) -> bytes:
        return hmac.digest(self._mac_key, self._bound(index, header), hashlib.sha256)[:_MAC]
