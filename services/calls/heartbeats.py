"""Which hub nodes are alive, and on which machines: every node says so itself, by the clock of the database."""

from collections.abc import Callable
from time import monotonic
from typing import Final

import pymongo
from pymongo.errors import PyMongoError

from models.documents.heartbeat import Heartbeat
from models.errors import TryAgain
from models.media_sockets import owner_of
from services import state

DEAD_AFTER_S: Final = 10.0
"""Without a heartbeat (one in three seconds) for so long, a node is dead."""
KEPT_S: Final = 1.0
"""So long a node that was alive elsewhere counts as such: requests ask many times a second."""


class Heartbeats:
    """This node's own, and what the others say of themselves."""

    def __init__(self, boot_id: str, machine: str = "", clock: Callable[[], float] = monotonic) -> None:
        """`machine`: the same for all nodes that reach each other's Unix sockets."""
        self._boot_id = boot_id
        self._machine = machine
        self._clock = clock
        self._kept: tuple[float, dict[str, str]] = (0.0, {})

    async def beat(self) -> None:
        """This node is alive."""
        said = {"$currentDate": {"seen_at": True}, "$set": {"machine": self._machine}}
        await state.change(Heartbeat, {"_id": self._boot_id}, said, upsert=True)

    async def end(self) -> None:
        """This node goes down."""
        try:
            with pymongo.timeout(state.WAIT_S):
                await state.collection_of(Heartbeat).delete_one({"_id": self._boot_id})
        except PyMongoError as error:
            raise TryAgain from error

    async def alive(self) -> dict[str, str]:
        """The machine of each node with a fresh heartbeat."""
        fresh = {"$expr": {"$gt": ["$seen_at", {"$subtract": ["$$NOW", int(DEAD_AFTER_S * 1000)]}]}}
        try:
            with pymongo.timeout(state.WAIT_S):
                async with state.collection_of(Heartbeat).find(fresh, {"machine": 1}) as cursor:
                    return {str(raw["_id"]): str(raw.get("machine", "")) async for raw in cursor}
        except PyMongoError as error:
            raise TryAgain from error

    async def has_others_elsewhere(self) -> bool:
        """Whether nodes on other machines are alive."""
        return any(machine != self._machine for machine in (await self.alive()).values())

    async def is_elsewhere(self, process: str) -> bool:
        """Whether a living node on another machine runs this media process behind a Unix socket.

        It cannot be reached from here, and whether it is lost is for that node to say, as long as it lives.
        """
        owner = owner_of(process)
        if owner is None or self._boot_id.endswith(owner):
            return False
        if self._clock() < self._kept[0] and self._is_other(owner):
            return True
        self._kept = (self._clock() + KEPT_S, await self.alive())
        return self._is_other(owner)

    def _is_other(self, owner: str) -> bool:
        return any(node.endswith(owner) and machine != self._machine for node, machine in self._kept[1].items())
