"""Facts that a state document still owes the log, kept inside the document itself.

A document that changes and must tell about it is written once: the new state and the facts it causes go into one
atomic single-document update. `services.outbox` appends the facts afterwards and removes them.
"""

from datetime import datetime
from typing import Any

from beanie import Document
from pydantic import BaseModel, Field
from pymongo import IndexModel

from models.events.base import F, FactSpec
from models.ids import SYSTEM, new_id
from models.streams import StreamId

OUTBOX_INDEX = IndexModel([("outbox.id", 1)], name="outbox_pending", sparse=True)


class PendingFact(BaseModel):
    """One fact that is owed to a stream."""

    id: str = Field(default_factory=new_id)
    stream: str
    type: str
    by: str = SYSTEM
    data: dict[str, Any]
    expires_at: datetime | None = None
    """From when on it is shown as missed."""

    @property
    def cid(self) -> str:
        """The client id under which the log knows this fact."""
        return f"ob:{self.id}"


def pending(
    spec: FactSpec[F], data: F, stream: StreamId, by: str = SYSTEM, expires_at: datetime | None = None
) -> PendingFact:
    """A fact to be stored with the state that causes it."""
    return PendingFact(stream=stream, type=spec.name, by=by, data=data.model_dump(mode="json"), expires_at=expires_at)


def dumped(*facts: PendingFact) -> list[dict[str, Any]]:
    """The facts as they stand inside an update document, for `{"$push": {"outbox": {"$each": …}}}`."""
    return [fact.model_dump() for fact in facts]


class Owing(Document):
    """A state document with an outbox. Add `OUTBOX_INDEX` to its indexes and register it with the `Outbox`."""

    outbox: list[PendingFact] = Field(default_factory=list)
