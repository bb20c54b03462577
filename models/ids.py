"""Opaque identifiers. On the wire and in documents they are UUIDv7 strings, so they sort by the time they were made."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, NewType
from uuid import NAMESPACE_URL, uuid5

from pydantic import StringConstraints
from uuid_utils import uuid7

UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
UuidText = Annotated[str, StringConstraints(pattern=UUID_PATTERN, min_length=36, max_length=36)]

UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
DeviceId = NewType("DeviceId", str)
ConversationId = NewType("ConversationId", str)
RelationshipId = NewType("RelationshipId", str)
NotificationId = NewType("NotificationId", str)
Cid = NewType("Cid", str)

SYSTEM = UserId("system")
"""The author of facts that no person caused by hand."""


def new_id() -> str:
    """A fresh UUIDv7 as text."""
    return str(uuid7())


def derived_id(*parts: str) -> str:
    """The same id for the same parts, so that a retried creation names the same document."""
    return str(uuid5(NAMESPACE_URL, "carewire:" + "\x1f".join(parts)))


@lru_cache(maxsize=256)
def rfc3339(moment: datetime) -> str:
    """An aware UTC time with milliseconds and `Z`, as every time travels. One moment is often told many times."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
