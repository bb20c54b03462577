"""The three audit keys, all derived from one secret: pseudonyms, the mark on heads, the signature on seals."""

import hmac
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MIN_SECRET_BYTES: Final = 32
_PSEUDONYM_BYTES: Final = 16
_KNOWN_PSEUDONYMS: Final = 20_000


class AuditKeys:
    """Holds the derived keys; the secret itself is not kept. All nodes of a hub share one secret."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError("the audit secret is shorter than 32 bytes")
        self._pseudonym_key = _derive(secret, b"carewire audit pseudonym")
        self._head_key = _derive(secret, b"carewire audit head")
        self._signer = Ed25519PrivateKey.from_private_bytes(_derive(secret, b"carewire audit seal"))
        self._verifier = self._signer.public_key()
        self._known: dict[str, str] = {}

    def pseudonym(self, identifier: str) -> str:
        """What stands for an id in the rows: the same for the same id, and meaningless without the key."""
        known = self._known.get(identifier)
        if known is None:
            if not identifier:
                return ""
            if len(self._known) >= _KNOWN_PSEUDONYMS:
                self._known.clear()
            known = hmac.digest(self._pseudonym_key, identifier.encode(), "sha256")[:_PSEUDONYM_BYTES].hex()
            self._known[identifier] = known
        return known

    def head_mark(self, text: bytes) -> bytes:
        """HMAC-SHA256 under the head key."""
        return hmac.digest(self._head_key, text, "sha256")

    def sign(self, text: bytes) -> bytes:
        """Ed25519 signature of a seal."""
        return self._signer.sign(text)

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is ours."""
        try:
            self._verifier.verify(signature, text)
        except InvalidSignature:
            return False
        return True


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)
