"""Secret keys with names: one is current, older ones still open what they once closed."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

KEY_BYTES: Final = 32
MAX_KEYS: Final = 16


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id (`kid`). Every key is 32 bytes; `current` is the one that new things are made with."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current key is not in the key ring")
        if len(self.keys) > MAX_KEYS:
            raise ValueError("too many keys in the key ring")
        for kid, key in self.keys.items():
            if not kid.isascii() or not kid.isalnum() or len(kid) > 16:
                raise ValueError("a key id is 1 to 16 ASCII letters and digits")
            if len(key) != KEY_BYTES:
                raise ValueError("a key has 32 bytes")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`kid:base64,kid:base64`, the current key first. ValueError without any part of the text in it."""
        keys: dict[str, bytes] = {}
        for part in text.split(","):
            kid, colon, encoded = part.strip().partition(":")
            if not colon or kid in keys:
                raise ValueError("expected kid:base64, each kid once, separated by commas")
            try:
                keys[kid] = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                raise ValueError("a key is not base64") from None
        return cls(next(iter(keys)), keys)


def derived_key(root: bytes, purpose: str) -> bytes:
    """A key for one purpose from a root key (HKDF-Expand of RFC 5869, one block)."""
    return hmac.new(root, purpose.encode() + b"\x01", hashlib.sha256).digest()
