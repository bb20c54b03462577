"""Back-off against guessing, counted in the database so that it holds on every node.

An attempt is counted before its password is looked at and given back if it was right, so that guesses made at the
same moment cannot slip past the limit together.
"""

import ipaddress
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from models.documents.throttle import Throttle
from models.errors import TooFast, TryAgain
from services.accounts.settings import ThrottleSettings
from services.fields import BlindIndex
from services.state import collection_of

FORGET_AFTER: Final = timedelta(hours=24)
DAY: Final = timedelta(days=1)
MOST_DOUBLINGS: Final = 16
ATTEMPTS: Final = 5


class Throttling:
    """Counts attempts per account (or unknown name), address and network."""

    def __init__(self, settings: ThrottleSettings, index: BlindIndex) -> None:
        self._settings = settings
        self._index = index

    async def attempt(self, key: str, now: datetime) -> tuple[int, datetime | None]:
        """Count one attempt: how many it makes, and until when further ones are refused. Raises `TooFast`.

        From the fifth on each attempt closes the door behind it, for twice as long as the one before.
        """
        settings = self._settings
        over = {"$min": [{"$subtract": ["$hits", settings.account_failures]}, MOST_DOUBLINGS]}
        block_s = {"$min": [{"$multiply": [settings.first_block_s, {"$pow": [2, over]}]}, settings.longest_block_s]}
        update: list[dict[str, Any]] = [
            {"$set": {"hits": {"$add": [{"$cond": [{"$gt": ["$purge_at", now]}, "$hits", 0]}, 1]}}},
            {
                "$set": {
                    "purge_at": now + FORGET_AFTER,
                    "blocked_until": {
                        "$cond": [
                            {"$gte": ["$hits", settings.account_failures]},
                            {"$add": [now, {"$multiply": [block_s, 1000]}]},
                            None,
                        ]
                    },
                }
            },
        ]
        collection = collection_of(Throttle)
        for _ in range(ATTEMPTS):
            try:
                counted = await collection.find_one_and_update(
                    {"_id": key, "$or": [{"blocked_until": None}, {"blocked_until": {"$lte": now}}]},
                    update,
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
                return _counted(counted)["hits"], _counted(counted)["blocked_until"]
            except DuplicateKeyError:
                found = await collection.find_one({"_id": key})
                if found is not None and found["blocked_until"] is not None and found["blocked_until"] > now:
                    raise TooFast(after_ms=_ms(found["blocked_until"] - now)) from None
        raise TryAgain(after_ms=100)

    async def undo(self, key: str) -> None:
        """Take back one attempt that was no wrong guess, and the block that it began."""
        await collection_of(Throttle).update_one(
            {"_id": key, "hits": {"$gt": 0}}, {"$inc": {"hits": -1}, "$set": {"blocked_until": None}}
        )

    async def clear(self, key: str) -> None:
        """Forget the wrong guesses: the person has proved who they are."""
        await collection_of(Throttle).delete_one({"_id": key})

    async def visit(self, address: str, now: datetime) -> None:
        """Count one attempt from an address and its network in the present minute. Raises `TooFast`."""
        for key, limit in self._windows(address, now):
            if await self._hit(key, now + timedelta(minutes=2)) > limit:
                raise TooFast(after_ms=60_000 - int(now.timestamp() * 1000) % 60_000)

    async def leave(self, address: str, now: datetime) -> None:
        """Take back one visit that turned out right: many people may share an address."""
        keys = [key for key, _ in self._windows(address, now)]
        await collection_of(Throttle).update_many({"_id": {"$in": keys}}, {"$inc": {"hits": -1}})

    async def lookup(self, user_id: str, address: str, now: datetime) -> None:
        """Count one search for a person by contact, whether or not it finds anybody. Raises `TooFast`."""
        settings = self._settings
        windows = (
            (f"lookup:{user_id}", settings.lookups_per_account),
            (f"lookup:{self._index.of('address', address)}", settings.lookups_per_address),
        )
        for key, limit in windows:
            if not await self.within(key, limit, now, DAY):
                raise TooFast(after_ms=86_400_000 - int(now.timestamp() * 1000) % 86_400_000)

    async def within(self, key: str, limit: int, now: datetime, window: timedelta) -> bool:
        """Count one use in a fixed window; False when there were more than `limit`."""
        slot = int(now.timestamp() // window.total_seconds())
        return await self._hit(f"{key}:{slot}", now + window * 2) <= limit

    async def _hit(self, key: str, purge_at: datetime) -> int:
        counted = await collection_of(Throttle).find_one_and_update(
            {"_id": key},
            {"$inc": {"hits": 1}, "$setOnInsert": {"purge_at": purge_at, "blocked_until": None}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return int(_counted(counted)["hits"])

    def _windows(self, address: str, now: datetime) -> tuple[tuple[str, int], tuple[str, int]]:
        minute = int(now.timestamp() // 60)
        settings = self._settings
        return (
            (f"address:{self._index.of('address', address)}:{minute}", settings.address_per_minute),
            (f"network:{self._index.of('network', network_of(address))}:{minute}", settings.network_per_minute),
        )


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /56 of an IPv6 one: what one customer of a provider usually holds."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 56), strict=False))


def _counted(found: dict[str, Any] | None) -> dict[str, Any]:
    if found is None:  # an upsert always returns the document; if not, nothing was counted
        raise TryAgain(after_ms=100)
    return found


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000) + 1
