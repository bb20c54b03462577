"""What follows from another role: relationships that it does not fit end, and with them what rests on them."""

from typing import Final

import structlog
from pymongo import ASCENDING

from models import streams
from models.documents.relationship import Relationship
from models.errors import HubError
from services import state
from services.ports import Event
from services.relationships.service import RelationshipService

MAX_HEARD: Final = 10_000
WALK_BATCH: Final = 500

log = structlog.get_logger(__name__)


class Recast:
    """Every node acts on the facts it hears; a walk round all relationships finds what every node has missed."""

    def __init__(self, relationships: RelationshipService) -> None:
        self._relationships = relationships
        self._heard: dict[str, None] = {}
        self._position = ""

    def hear(self, event: Event) -> None:
        """An `account.role_changed` went by (`Feed.listen`). What does not fit in here is left to the walk."""
        if len(self._heard) < MAX_HEARD:
            self._heard[streams.parse(event.stream)[1]] = None

    async def act(self) -> int:
        """End what the new roles do not fit; returns how many relationships. What fails is tried again next time."""
        ended = 0
        for user_id in tuple(self._heard):
            del self._heard[user_id]
            try:
                ended += await self._relationships.end_unfit(user_id)
            except BaseException as error:
                self._heard[user_id] = None
                if not isinstance(error, HubError):
                    raise
                log.warning("a new role has not been carried out yet", error=type(error).__name__)
        return ended

    async def walk(self) -> int:
        """Look at the next few relationships; returns how many had to end."""
        beyond = {"_id": {"$gt": self._position}}
        links = await state.fetch_all(Relationship, beyond, limit=WALK_BATCH, sort=[("_id", ASCENDING)])
        ended = await self._relationships.end_unfit_of(links)
        self._position = links[-1].id if len(links) == WALK_BATCH else ""
        return ended
