"""All of it, in one place: what exists is what is listed here."""

from typing import Any

from models.events import (
    accounts,
    chat,
    conversations,
    credentials,
    notifications,
    presence,
    relationships,
    sessions,
    sync,
)
from models.events.base import CommandSpec, FactSpec

NOUNS = (sync, accounts, sessions, credentials, relationships, conversations, chat, notifications, presence)

COMMANDS: dict[str, CommandSpec[Any, Any]] = {spec.name: spec for noun in NOUNS for spec in noun.COMMANDS}
FACTS: dict[str, FactSpec[Any]] = {spec.name: spec for noun in NOUNS for spec in noun.FACTS}
