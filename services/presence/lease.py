"""Leases: a connection is present for as long as its node keeps saying so. Never a flag, never a counter."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from models.enums import Availability
from models.ids import UserId

LEASE_S: Final = 20.0
RENEW_S: Final = 6.0
"""Every lease is said again this often, so that a flushed store is right again within as many seconds."""
SWEEP_S: Final = 5.0
"""With `LEASE_S` the bound on ghosts of a killed node: gone within 25 s."""

STRENGTH: Final = (
    Availability.OFFLINE,
    Availability.AWAY,
    Availability.ONLINE,
    Availability.BUSY,
    Availability.IN_CALL,
)


@dataclass(slots=True)
class Lease:
    """One connection, or one call, of one person on one node. `id` is unique over all nodes and restarts."""

    id: str
    user_id: UserId
    state: Availability = Availability.ONLINE


class Leases(Protocol):
    """Where leases are kept: in memory for one node, in Valkey for several."""

    @property
    def answering(self) -> bool:
        """Whether the leases of other nodes could be read just now; if not, `look` knows nothing of them."""
        ...

    async def renew(self, leases: Sequence[Lease]) -> None:
        """Keep these for another `LEASE_S`."""
        ...

    async def release(self, leases: Sequence[Lease]) -> None:
        """End these now."""
        ...

    async def look(self, user_ids: Collection[UserId]) -> dict[UserId, list[Availability]]:
        """The states of living leases; people without any are absent."""
        ...

    async def lapsed(self) -> set[UserId]:
        """People whose last lease ran out since somebody looked; each is handed to one node only."""
        ...


def strongest(states: Collection[Availability]) -> Availability:
    """What several devices amount to: the strongest state wins."""
    return max(states, key=STRENGTH.index, default=Availability.OFFLINE)
