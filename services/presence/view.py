"""From leases and a record to what a viewer may see: a status, a note, a rounded time. No device, address or place."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from models.documents.presence import PresenceRecord
from models.enums import Availability
from models.events.presence import PresenceView
from models.ids import UserId
from services.presence.lease import strongest

ROUNDED_S: Final = 300


@dataclass(slots=True)
class Shown:
    """What was last told of somebody, and what is waited for."""

    status: Availability = Availability.OFFLINE
    note: str = ""
    version: int = 0
    told_at: float = float("-inf")
    gone_at: float | None = None
    """Since when there is no lease; None while there is one."""

    def next_version(self, now: float) -> int:
        """Newer than anything told of this person before, by whichever node: versions grow with the clock."""
        self.version = max(self.version + 1, int(now * 1000))
        return self.version


def effective(states: Collection[Availability], record: PresenceRecord | None, now: float) -> tuple[Availability, str]:
    """Calls before the person's own word, their word before what devices report; offline is offline."""
    by_devices = strongest(states)
    if record is None or (record.until is not None and record.until.timestamp() <= now):
        return by_devices, ""
    if by_devices in (Availability.OFFLINE, Availability.IN_CALL) or record.status is None:
        return by_devices, record.note
    return record.status, record.note


def view_of(
    user_id: UserId,
    states: Collection[Availability],
    record: PresenceRecord | None,
    shown: Shown | None,
    now: float,
) -> PresenceView:
    """Somebody as those see them who may."""
    status, note = effective(states, record, now)
    if shown is not None and not states and shown.status is not Availability.OFFLINE:
        status = shown.status  # within the grace of a reload
    seen = record.last_seen_at if record is not None and status is Availability.OFFLINE else None
    version = shown.version if shown is not None and shown.version else int(now * 1000)
    return PresenceView(user_id=user_id, version=version, status=status, note=note, last_seen_at=_rounded(seen))


def hidden(user_id: UserId, version: int) -> PresenceView:
    """Somebody as those see them who may not, or no longer."""
    return PresenceView(user_id=user_id, version=version, status=Availability.OFFLINE)


def _rounded(moment: datetime | None) -> datetime | None:
    """Down to five minutes: when somebody was here, but not to the minute."""
    if moment is None:
        return None
    seconds = int(moment.timestamp())
    return datetime.fromtimestamp(seconds - seconds % ROUNDED_S, UTC)
