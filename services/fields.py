"""Encryption of single fields, and blind indexes to find them again.

A sealed value is `1.<kid>.<base64(nonce ‖ ciphertext ‖ tag)>`: AES-256-GCM with a fresh 96-bit nonce. Collection, id,
field and version are authenticated with it, so a value that is moved to another row or field does not open. A blind
index is HMAC-SHA-256 over the normalised value with a key of its own per field; only for values of high entropy.
"""

import base64
import binascii
import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.keyring import KeyRing, derived_key

VERSION: Final = "1"
NONCE_BYTES: Final = 12


class SealBrokenError(Exception):
    """A stored value does not open: it was changed, moved, or its key is missing. Never tells the value."""

    def __init__(self) -> None:
        super().__init__("a stored value does not open with the keys at hand")


class FieldCipher:
    """Seals and opens single fields of documents."""

    def __init__(self, ring: KeyRing) -> None:
        self._current = ring.current
        self._keys = {kid: AESGCM(derived_key(key, "field")) for kid, key in ring.keys.items()}

    @property
    def current_prefix(self) -> str:
        """How every value begins that is sealed with the current key."""
        return f"{VERSION}.{self._current}."

    def seal(self, collection: str, key: str, field: str, value: str) -> str:
        """Encrypt one value for one place."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self._current].encrypt(nonce, value.encode(), _place(collection, key, field))
        return self.current_prefix + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, collection: str, key: str, field: str, sealed: str) -> str:
        """Decrypt one value at its place; `SealBrokenError` if it does not belong there."""
        version, _, rest = sealed.partition(".")
        kid, _, encoded = rest.partition(".")
        if version != VERSION or kid not in self._keys:
            raise SealBrokenError
        try:
            raw = base64.b64decode(encoded.encode(), altchars=b"-_", validate=True)
            plain = self._keys[kid].decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _place(collection, key, field))
        except (InvalidTag, ValueError, binascii.Error):
            raise SealBrokenError from None
        return plain.decode()


class BlindIndex:
    """Equality search over encrypted fields. The root key is never rotated with the field keys."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._keys: dict[str, bytes] = {}

    def of(self, field: str, normalised: str) -> str:
        """What stands in `<field>_index` for this value."""
        key = self._keys.get(field)
        if key is None:
            key = self._keys[field] = derived_key(self._root, f"index:{field}")
        return base64.urlsafe_b64encode(hmac.new(key, normalised.encode(), hashlib.sha256).digest()).decode()


def _place(collection: str, key: str, field: str) -> bytes:
    return "|".join((collection, key, field, VERSION)).encode()
