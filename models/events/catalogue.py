"""All of it, in one place: what exists is what is listed here."""

from typing import Any

from models.events import (
    accounts,
    calls,
    chat,
    conversations,
    credentials,
    guests,
    notifications,
    presence,
    recordings,
    relationships,
    sessions,
    signaling,
    sync,
)
from models.events.base import CommandSpec, FactSpec

NOUNS = (sync, accounts, sessions, credentials, relationships, conversations, chat, notifications, presence, calls,
         signaling, guests, recordings)  # fmt: skip

COMMANDS: dict[str, CommandSpec[Any, Any]] = {spec.name: spec for noun in NOUNS for spec in noun.COMMANDS}
FACTS: dict[str, FactSpec[Any]] = {spec.name: spec for noun in NOUNS for spec in noun.FACTS}
