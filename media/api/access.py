"""Both sides prove that they know the shared secret, over nonces both have just made; nothing secret travels.

The process greets with its nonce; the hub answers with its own nonce and its proof; the process answers with its
proof. A recorded conversation is worthless to anybody: neither proof fits another nonce.
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

HANDSHAKE_S: Final = 2.0
NONCE_BYTES: Final = 32
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Side = Literal["hub", "media"]


class Refused(Exception):
    """The other side does not know the secret."""


class Message(BaseModel):
    """Part of the handshake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Greeting(Message):
    """The process' nonce."""

    nonce: Hex


class Claim(Message):
    """The hub's nonce and proof."""

    nonce: Hex
    proof: Hex


class Welcome(Message):
    """The process' proof."""

    proof: Hex


@dataclass(frozen=True, slots=True)
class Nonces:
    """What both sides made for one link."""

    media: str
    hub: str

    def proof(self, secret: bytes, side: Side) -> str:
        """What only somebody with the secret can say on this link, and only for that side."""
        said = f"carewire media {side} {self.media} {self.hub}"
        return hmac.new(secret, said.encode(), sha256).hexdigest()

    def check(self, secret: bytes, side: Side, proof: str) -> None:
        """Refused, unless that side has proved itself."""
        if not hmac.compare_digest(self.proof(secret, side), proof):
            raise Refused


def new_nonce() -> str:
    """Fresh, as hex."""
    return secrets.token_hex(NONCE_BYTES)
