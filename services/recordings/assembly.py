"""Plugs the parts of recordings together."""

from dataclasses import dataclass

from models.documents.bookmark import Bookmark
from models.documents.recording import Recording
from models.documents.recording_policy import RecordingPolicyRecord
from services.calls.book import CallBook
from services.calls.ports import MediaPort
from services.chat import Thread
from services.fields import FieldCipher
from services.membership import Membership
from services.outbox import Outbox
from services.ports import AuditPort, HistoryPort, LogPort, RoomsPort
from services.recordings.bookmarks import Bookmarks
from services.recordings.composing import Composing
from services.recordings.finishing import Finishing
from services.recordings.keeping import Keeping
from services.recordings.links import Links
from services.recordings.outdating import Outdating
from services.recordings.policy import RecordingPolicies
from services.recordings.ports import SealedStorePort
from services.recordings.recorder import Recorder
from services.recordings.records import Records
from services.recordings.review import ReviewService
from services.recordings.service import RecordingService
from services.recordings.shelf import Shelf
from services.recordings.timeline import Timeline

DOCUMENTS = (Recording, RecordingPolicyRecord, Bookmark)
"""What recordings keep."""
OWING = (Recording,)
"""Those of them that carry an outbox."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the parts of recordings stand on."""

    node: str
    """Boot id, for leases."""
    book: CallBook
    media: MediaPort
    store: SealedStorePort
    cipher: FieldCipher
    log: LogPort
    history: HistoryPort
    thread: Thread
    membership: Membership
    outbox: Outbox
    lossy: RoomsPort
    audit: AuditPort


class RecordingServices:
    """The parts, ready for the doors. Call `close` when the node ends."""

    def __init__(self, at: Surroundings) -> None:
        records = Records(at.cipher)
        self.policies = RecordingPolicies()
        timeline = Timeline(at.log, at.history, at.thread)
        self.finishing = Finishing(at.node, at.media, records, timeline, at.store, self.policies, at.outbox, at.audit)
        self.recorder = Recorder(at.book, at.media, records, self.finishing, self.policies)
        self.calls = RecordingService(at.book, self.policies, self.recorder)
        self.shelf = Shelf(at.membership)
        self.links = Links(at.cipher)
        self.bookmarks = Bookmarks(self.shelf)
        self.outdating = Outdating(at.store, timeline, at.lossy)
        self.review = ReviewService(
            self.shelf, at.membership, timeline, self.bookmarks, self.links, self.outdating, at.audit
        )  # fmt: skip
        self.keeping = Keeping(self.shelf, at.store, at.outbox, at.audit)
        self.composing = Composing(at.node, self.shelf, records, timeline, self.outdating, at.audit)
        self.records = records

    async def close(self) -> None:
        """End what runs in the background."""
        await self.recorder.close()
