"""The part of the hub's settings that is about paths of calls and TURN servers."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, Field

from hub.turn.url import ServerUrl
from models.values import Listed
from services.calls.paths import PathPolicy
from services.calls.turn import TurnSettings
from services.keyring import derived_key

MIN_SECRET: Final = 32
MAX_URLS: Final = 8


def _urls(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(value) > MAX_URLS:
        raise ValueError("at most 8 servers")
    for url in value:
        ServerUrl.parse(url)
    return value


def _secrets(value: tuple[str, ...]) -> tuple[str, ...]:
    # What coturn's configuration file can hold as it stands, and long enough not to be guessed.
    if any(len(secret) < MIN_SECRET or not secret.isascii() or not secret.isprintable() or set(secret) & set(" #\"'")
           for secret in value):  # fmt: skip
        raise ValueError("each at least 32 printable characters without space, quote and #")
    return value


class TurnFields(BaseModel):
    """The environment variable is the field's name in capitals."""

    turn_urls: Annotated[Listed, AfterValidator(_urls)] = Field(
        default=(), description="STUN and TURN servers for calls: turn:host:3478?transport=udp, turns:host, stun:host."
    )
    turn_secret: Annotated[Listed, AfterValidator(_secrets)] = Field(
        default=(),
        description="Shared with the TURN server, 32 characters or more; the current one first, then the former.",
        repr=False,
    )
    turn_realm: str = Field(
        default="carewire", pattern=r"^[A-Za-z0-9.-]{1,127}$", description="Realm of the TURN server."
    )
    call_paths: PathPolicy = Field(
        default=PathPolicy.AUTO,
        description="auto; turn: parties never see each other's addresses; relay: never directly.",
    )

    def turn_problems(self) -> list[str]:
        """What does not fit together."""
        turn = [url for url in self.turn_urls if ServerUrl.parse(url).is_turn]
        if turn and not self.turn_secret:
            return ["TURN_SECRET: needed with TURN servers"]
        if self.call_paths is PathPolicy.TURN and not turn:
            return ["TURN_URLS: a TURN server is needed when CALL_PATHS is turn"]
        return []

    def turn_settings(self, index_key: bytes) -> TurnSettings:
        """The slice of them."""
        return TurnSettings(
            pseudonym_key=derived_key(index_key, "turn users"),
            urls=self.turn_urls,
            secrets=self.turn_secret,
            realm=self.turn_realm,
            relay_only=self.call_paths is PathPolicy.TURN,
        )
