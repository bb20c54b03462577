"""What a person has read of their inbox, shared by all their devices."""

from typing import ClassVar

from pydantic import Field
from pymongo import IndexModel

from models.documents.owing import OUTBOX_INDEX, Owing

SINGLES_KEPT = 1000


class InboxReads(Owing):
    """Everything up to `up_to_n` is read, and beyond it the single ones in `ns` (the newest `SINGLES_KEPT`)."""

    id: str  # type: ignore[assignment]
    up_to_n: int = 0
    ns: list[int] = Field(default_factory=list)

    class Settings:
        """One document per person, by their id."""

        name = "inbox_reads"
        indexes: ClassVar[list[IndexModel]] = [OUTBOX_INDEX]
