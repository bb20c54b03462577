"""How far one member has received and read one conversation."""

from typing import ClassVar

from pymongo import ASCENDING, IndexModel

from models.documents.owing import OUTBOX_INDEX, Owing


class Mark(Owing):
    """Both positions only ever grow, and what was read was delivered: `read_n <= delivered_n`."""

    id: str  # type: ignore[assignment]
    conversation_id: str
    user_id: str
    delivered_n: int = 0
    read_n: int = 0

    class Settings:
        """Read by conversation."""

        name = "marks"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel([("conversation_id", ASCENDING)], name="of_conversation"),
            OUTBOX_INDEX,
        ]


def mark_id(conversation_id: str, user_id: str) -> str:
    """The one mark of a person in a conversation."""
    return f"{conversation_id}:{user_id}"
