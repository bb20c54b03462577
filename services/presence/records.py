"""The durable side of presence. Every call is bounded in time and raises `TryAgain` when the database is silent."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import pymongo
from pymongo.errors import PyMongoError

from models.documents.presence import PresenceRecord
from models.errors import TryAgain
from models.events.presence import SetStatus
from models.ids import UserId
from services import state

WAIT_S: Final = 3.0


async def records_of(user_ids: Collection[UserId]) -> dict[UserId, PresenceRecord]:
    """The records of these people, where there are any."""
    with _bounded():
        cursor = state.collection_of(PresenceRecord).find({"_id": {"$in": list(user_ids)}})
        return {UserId(raw["_id"]): PresenceRecord.model_validate(raw) async for raw in cursor}


async def keep_status(user_id: UserId, cmd: SetStatus) -> None:
    """A clinician's own word; null ends it, note and all."""
    said = cmd.status is not None
    await _write(
        user_id,
        {
            "$set": {
                "status": cmd.status,
                "note": cmd.note if said else "",
                "until": cmd.expires_at if said else None,
            }
        },
    )


async def keep_last_seen(user_id: UserId, moment: datetime) -> None:
    """Somebody was here until now; an earlier time changes nothing."""
    await _write(user_id, {"$max": {"last_seen_at": moment}})


async def forget_expired(now: datetime) -> int:
    """Take away what clinicians said for a time that is over."""
    with _bounded():
        ended = await state.collection_of(PresenceRecord).update_many(
            {"until": {"$lte": now}}, {"$set": {"status": None, "note": "", "until": None}}
        )
    return int(ended.modified_count)


async def expiries() -> AsyncIterator[tuple[UserId, float]]:
    """Who has said something that will end, and when, in seconds since the epoch."""
    pending = {"until": {"$gt": datetime.now(UTC)}}
    async for raw in state.collection_of(PresenceRecord).find(pending, {"until": 1}):
        yield UserId(raw["_id"]), raw["until"].timestamp()


async def _write(user_id: UserId, change: dict[str, Any]) -> None:
    with _bounded():
        await state.collection_of(PresenceRecord).update_one({"_id": user_id}, change, upsert=True)


@contextmanager
def _bounded() -> Iterator[None]:
    try:
        with pymongo.timeout(WAIT_S):
            yield
    except PyMongoError as error:
        raise TryAgain from error
