"""Audit rows of what was refused at the gate: each one up to a rate, beyond it a count, so that nobody can flood them.

A refusal costs whoever asks for it nothing, and an audit row costs everybody: a place in the queue, a durable write,
room for ever.
"""

import asyncio
from ipaddress import IPv6Address, ip_address
from typing import Final

from hub.rates import Rates
from models.errors import TooFast, TryAgain
from models.events.base import per_second
from services.audit import OK, SUPPRESSED, AuditDoor
from services.ports import AuditPort, AuditRow

RATE: Final = per_second(5, 50)
"""Rows of refusals for one person, or for one address before sign-in."""
MAX_PEOPLE: Final = 1000
"""People counted apart between two tellings; further ones are counted with those who have not signed in."""
_NOBODY: Final = ""
_SITE_BITS: Final = 64


class Refusals:
    """Records refusals through the audit port, and tells later how many it did not record."""

    def __init__(self, audit: AuditPort, rates: Rates) -> None:
        self._audit = audit
        self._rates = rates
        self._suppressed: dict[str, int] = {}
        """By person; all who have not signed in together, since a row does not say where somebody was anyway."""

    async def record(self, row: AuditRow, address: str) -> None:
        """The row is durable, or counted, when this returns."""
        try:
            self._rates.take(row.actor or site_of(address), SUPPRESSED, RATE)
        except TooFast:
            self._count(row.actor, 1)
            return
        await self._audit.record(row)

    async def tell(self) -> None:
        """Job, each minute, and the last thing before the audit closes: one row per person with the count."""
        suppressed, self._suppressed = self._suppressed, {}
        writing = []
        for actor, number in suppressed.items():
            row = AuditRow(actor, "", SUPPRESSED, "", OK, AuditDoor.JOB.value, f"count-{number}")
            try:
                writing.append(asyncio.ensure_future(self._audit.record(row)))
            except TryAgain:
                self._count(actor, number)
        # A row that is late is in the queue and will be written: it is not counted again.
        await asyncio.gather(*writing, return_exceptions=True)

    def _count(self, actor: str, number: int) -> None:
        if actor not in self._suppressed and len(self._suppressed) >= MAX_PEOPLE:
            actor = _NOBODY
        self._suppressed[actor] = self._suppressed.get(actor, 0) + number


def site_of(address: str) -> str:
    """What one client can hold for itself: an IPv4 address, or the whole /64 of an IPv6 one."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return f"{int(known) >> _SITE_BITS:x}::/64"
    return address
