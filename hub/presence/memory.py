"""Leases of a hub of one node: a dictionary. They end with the process, which is exactly when they should."""

from collections.abc import Callable, Collection, Sequence
from time import time

from models.enums import Availability
from models.ids import UserId
from services.presence.lease import LEASE_S, Lease


class MemoryLeases:
    """Implements `Leases` for one process."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._held: dict[UserId, dict[str, tuple[Availability, float]]] = {}

    @property
    def answering(self) -> bool:
        """Always: there is nobody else."""
        return True

    async def renew(self, leases: Sequence[Lease]) -> None:
        """Keep these for another `LEASE_S`."""
        until = self._clock() + LEASE_S
        for lease in leases:
            self._held.setdefault(lease.user_id, {})[lease.id] = (lease.state, until)

    async def release(self, leases: Sequence[Lease]) -> None:
        """End these now."""
        for lease in leases:
            held = self._held.get(lease.user_id)
            if held is not None:
                held.pop(lease.id, None)
                if not held:
                    del self._held[lease.user_id]

    async def look(self, user_ids: Collection[UserId]) -> dict[UserId, list[Availability]]:
        """The states of living leases."""
        now = self._clock()
        found: dict[UserId, list[Availability]] = {}
        for user_id in user_ids:
            alive = [state for state, until in self._held.get(user_id, {}).values() if until > now]
            if alive:
                found[user_id] = alive
        return found

    async def lapsed(self) -> set[UserId]:
        """People whose last lease ran out."""
        now = self._clock()
        gone = {user_id for user_id, held in self._held.items() if all(until <= now for _, until in held.values())}
        for user_id in gone:
            del self._held[user_id]
        return gone
