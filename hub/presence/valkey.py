"""Leases that several nodes share, in Valkey, by Valkey's clock. Lossy by nature: a flush is healed by renewing."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from models.enums import Availability
from models.ids import UserId
from services.presence.lease import LEASE_S, Lease

EVERYBODY: Final = "pr:all"
"""Sorted set: everybody with a lease, by when their newest one runs out (milliseconds)."""
TIMEOUT_S: Final = 1.0
BATCH: Final = 500

log = structlog.get_logger(__name__)


def _key(user_id: str) -> str:
    """Hash: lease id to `<runs out at, ms>:<state>`."""
    return f"pr:{user_id}"


class ValkeyLeases:
    """Implements `Leases`. When Valkey does not answer, nothing is raised: a node then knows its own people only."""

    def __init__(self, url: str, lease_s: float = LEASE_S) -> None:
        self._lease_ms = int(lease_s * 1000)
        self._client: Redis = Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, decode_responses=True
        )
        self._mute_until = 0.0

    @property
    def answering(self) -> bool:
        """False from a failure until Valkey may be asked again."""
        return asyncio.get_running_loop().time() >= self._mute_until

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()

    async def renew(self, leases: Sequence[Lease]) -> None:
        """Keep these for another `LEASE_S`."""
        now = await self._now()
        for start in range(0, len(leases), BATCH) if now is not None else ():
            pipeline = self._client.pipeline(transaction=False)
            for lease in leases[start : start + BATCH]:
                until = now + self._lease_ms  # type: ignore[operator]
                pipeline.hset(_key(lease.user_id), lease.id, f"{until}:{lease.state}")
                pipeline.pexpire(_key(lease.user_id), 2 * self._lease_ms)
                pipeline.zadd(EVERYBODY, {lease.user_id: until}, gt=True)
            await self._run(pipeline)

    async def release(self, leases: Sequence[Lease]) -> None:
        """End these now."""
        for start in range(0, len(leases), BATCH):
            pipeline = self._client.pipeline(transaction=False)
            for lease in leases[start : start + BATCH]:
                pipeline.hdel(_key(lease.user_id), lease.id)
            await self._run(pipeline)

    async def look(self, user_ids: Collection[UserId]) -> dict[UserId, list[Availability]]:
        """The states of living leases."""
        wanted, found = list(user_ids), dict[UserId, list[Availability]]()
        now = await self._now() if wanted else None
        for start in range(0, len(wanted), BATCH) if now is not None else ():
            pipeline = self._client.pipeline(transaction=False)
            for user_id in wanted[start : start + BATCH]:
                pipeline.hgetall(_key(user_id))
            for user_id, held in zip(wanted[start:], await self._run(pipeline), strict=False):
                alive = [_state(value) for value in held.values() if int(value.partition(":")[0]) > now]  # type: ignore[operator]
                if alive:
                    found[user_id] = alive
        return found

    async def lapsed(self) -> set[UserId]:
        """People whose last lease ran out; whoever removes them from the set has them."""
        now = await self._now()
        if now is None:
            return set()
        late = await self._answer(self._client.zrangebyscore(EVERYBODY, "-inf", now, 0, BATCH)) or []
        pipeline = self._client.pipeline(transaction=False)
        for user_id in late:
            pipeline.zrem(EVERYBODY, user_id)
        removed = await self._run(pipeline) if late else []
        mine = [UserId(user_id) for user_id, count in zip(late, removed, strict=False) if count]
        alive = await self.look(mine)
        return {user_id for user_id in mine if user_id not in alive}

    async def _now(self) -> int | None:
        told = await self._answer(self._client.time())
        return None if told is None else int(told[0]) * 1000 + int(told[1]) // 1000

    async def _run(self, pipeline: Any) -> list[Any]:
        return await self._answer(pipeline.execute()) or []

    async def _answer(self, asked: Any) -> Any:
        """The answer within a second, or None; after a failure Valkey is left alone for a moment."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._mute_until:
            asked.close()
            return None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asked
        except (RedisError, OSError, TimeoutError) as error:
            self._mute_until = loop.time() + TIMEOUT_S
            log.warning("presence of other nodes cannot be read", error=type(error).__name__)
            return None


def _state(value: str) -> Availability:
    return Availability(value.partition(":")[2])
