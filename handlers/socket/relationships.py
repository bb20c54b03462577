"""Relationships over the socket."""

from typing import Any

from handlers.routing import Route
from models.events.relationships import (
    RELATIONSHIP_ANSWER,
    RELATIONSHIP_END,
    RELATIONSHIP_ESTABLISH,
    RELATIONSHIP_LIST,
    RELATIONSHIP_LIST_ALL,
    RELATIONSHIP_PROPOSE,
    RELATIONSHIP_REACHABLE,
)
from services.relationships import RelationshipService


def routes(relationships: RelationshipService) -> list[Route[Any, Any]]:
    """The commands of this noun."""
    return [
        Route(RELATIONSHIP_LIST, relationships.list_visible),
        Route(RELATIONSHIP_PROPOSE, relationships.propose),
        Route(RELATIONSHIP_ESTABLISH, relationships.establish),
        Route(RELATIONSHIP_ANSWER, relationships.answer),
        Route(RELATIONSHIP_END, relationships.end),
        Route(RELATIONSHIP_REACHABLE, relationships.reachable),
        Route(RELATIONSHIP_LIST_ALL, relationships.list_all),
    ]
