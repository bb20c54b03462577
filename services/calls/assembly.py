"""Plugs the parts of calls together."""

from collections.abc import Callable

from models.documents.call import Call
from models.documents.call_preference import CallPreferenceRecord
from models.documents.heartbeat import Heartbeat
from services.accounts.guests import GuestAccounts
from services.calls import guests, sightings, watch
from services.calls.book import CallBook
from services.calls.callees import Callees
from services.calls.guests import GuestService
from services.calls.heartbeats import Heartbeats
from services.calls.host_service import HostService
from services.calls.ports import CallRoomsPort, HostOnly, IceServersPort
from services.calls.preferences import CallPreferences
from services.calls.rights import Rights
from services.calls.service import CallService
from services.calls.settings import CallSettings
from services.calls.sightings import Sightings
from services.calls.watch import CallWatch
from services.outbox import Outbox
from services.ports import Event, PresencePort
from services.recordings.policy import RecordingPolicies

DOCUMENTS = (Call, CallPreferenceRecord, Heartbeat)
"""What calls keep."""
OWING = (Call,)
"""Those of them that carry an outbox."""


class CallServices:
    """The parts, ready for the doors."""

    def __init__(
        self,
        boot_id: str,
        heartbeats: Heartbeats,
        settings: CallSettings,
        outbox: Outbox,
        lossy: CallRoomsPort,
        presence: PresencePort,
        rights: Rights,
        guest_accounts: GuestAccounts,
        ice: IceServersPort | None = None,
    ) -> None:
        self.book = CallBook(outbox, lossy)
        self.sightings = Sightings(boot_id, heartbeats, self.book, lossy, presence)
        self.preferences = CallPreferences()
        callees = Callees(self.book, rights, self.preferences)
        self.calls = CallService(
            boot_id, self.book, rights, callees, self.sightings, ice or HostOnly(), RecordingPolicies()
        )
        self.hosts = HostService(self.book, rights, callees)
        self.guests = GuestService(self.book, rights, guest_accounts, settings)
        self.watch = CallWatch(boot_id, heartbeats, self.book)

    def listeners(self) -> list[tuple[str, Callable[[Event], None]]]:
        """Which facts of the feed each part wants to hear of."""
        parts = (
            (sightings.HEARD, self.sightings.hear),
            (watch.HEARD, self.watch.hear),
            (guests.HEARD, self.guests.hear),
        )
        return [(name, hear) for names, hear in parts for name in names]
