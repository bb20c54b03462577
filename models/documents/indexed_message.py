"""A message as full-text search knows it: a projection of the log that can be thrown away and built again."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, DESCENDING, TEXT, IndexModel


class IndexedMessage(Document):
    """The searchable words of one message in its state at log position `rev`; deleted messages have none."""

    id: str  # type: ignore[assignment]
    conversation_id: str
    n: int
    rev: int
    words: str
    sent_at: datetime

    class Settings:
        """Words are normalised before they come here, hence no language's stemming or stop words."""

        name = "message_index"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("words", TEXT)], name="words", default_language="none"),
            IndexModel([("conversation_id", ASCENDING), ("n", DESCENDING)], name="of_conversation"),
        ]


def indexed_id(conversation_id: str, n: int) -> str:
    """The one index entry of a message."""
    return f"{conversation_id}#{n}"
