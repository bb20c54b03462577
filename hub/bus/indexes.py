"""Indexes of the log. Built once before nodes start, never dropped by a node."""

from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

EVENTS = "ev"
META = "meta"


def event_indexes() -> list[IndexModel]:
    """Besides `_id`, which is the stream's order: the name of the command that caused an event, unique."""
    fields = [("s", ASCENDING), ("u", ASCENDING), ("dev", ASCENDING), ("cid", ASCENDING)]
    return [IndexModel(fields, name="once", unique=True)]


async def create_indexes(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Make the log's indexes. `meta` needs none besides its `_id`."""
    await database[EVENTS].create_indexes(event_indexes())
