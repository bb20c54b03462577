"""Indexes of the log. Built once before nodes start, never dropped by a node."""

from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase

EVENTS = "ev"
META = "meta"


def event_indexes() -> list[IndexModel]:
    """Besides `_id`, which is the stream's order: the name of the command that caused an event, unique.

    The two partial ones serve history pages and unread counts; no other type of event pays for them.
    """
    fields = [("s", ASCENDING), ("u", ASCENDING), ("dev", ASCENDING), ("cid", ASCENDING)]
    listed = {"t": {"$in": ["chat.sent", "notification.raised"]}}
    referring = {"body.ref": {"$exists": True}}
    return [
        IndexModel(fields, name="once", unique=True),
        IndexModel(
            [("s", ASCENDING), ("t", ASCENDING), ("n", ASCENDING)], name="by_type", partialFilterExpression=listed
        ),
        IndexModel([("s", ASCENDING), ("body.ref", ASCENDING)], name="by_ref", partialFilterExpression=referring),
    ]


async def create_indexes(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Make the log's indexes. `meta` needs none besides its `_id`."""
    await database[EVENTS].create_indexes(event_indexes())
