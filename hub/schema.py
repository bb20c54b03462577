"""Which documents there are: made ready once, before the first node on a database starts."""

from typing import Final

from beanie import Document

from hub.bus.indexes import create_indexes as create_event_indexes
from hub.mongo.client import Database, bind_documents, create_indexes
from models.documents.conversation import Conversation
from models.documents.follower import Follower
from models.documents.inbox_reads import InboxReads
from models.documents.indexed_message import IndexedMessage
from models.documents.mark import Mark
from models.documents.presence import PresenceRecord
from models.documents.relationship import Relationship
from services.accounts import DOCUMENTS as ACCOUNT_DOCUMENTS
from services.accounts import OWING as ACCOUNT_OWING
from services.calls.assembly import DOCUMENTS as CALL_DOCUMENTS
from services.calls.assembly import OWING as CALL_OWING
from services.recordings import DOCUMENTS as RECORDING_DOCUMENTS
from services.recordings import OWING as RECORDING_OWING

DOCUMENTS: Final[tuple[type[Document], ...]] = (
    *ACCOUNT_DOCUMENTS, *CALL_DOCUMENTS, Conversation, Follower, InboxReads, IndexedMessage, Mark, PresenceRecord,
    Relationship, *RECORDING_DOCUMENTS,
)  # fmt: skip
OWING: Final = (*ACCOUNT_OWING, *CALL_OWING, *RECORDING_OWING, Relationship, Conversation, Mark, InboxReads)
"""Those that owe facts to the log."""


async def prepare(database: Database) -> None:
    """Bind the documents and make every index."""
    await bind_documents(database, DOCUMENTS)
    await create_event_indexes(database)
    await create_indexes(database, DOCUMENTS)
