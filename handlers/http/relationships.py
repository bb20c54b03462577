"""Relationships over HTTP."""

from typing import Any

from handlers.routing import HttpRoute
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

ALL = "/relationships"
ONE = "/relationships/{relationship_id}"
ADMIN = "/admin/relationships"
TAG = "Relationships"


def routes(relationships: RelationshipService) -> list[HttpRoute[Any, Any]]:
    """The commands of this noun."""
    return [
        HttpRoute(RELATIONSHIP_LIST, relationships.list_visible, "GET", ALL, tag=TAG),
        HttpRoute(RELATIONSHIP_PROPOSE, relationships.propose, "POST", ALL, success=201, tag=TAG),
        HttpRoute(RELATIONSHIP_ANSWER, relationships.answer, "POST", ONE + "/answer", tag=TAG),
        HttpRoute(RELATIONSHIP_END, relationships.end, "POST", ONE + "/end", tag=TAG),
        # POST although it only reads: part of a name belongs in a body, not in an address that proxies keep.
        HttpRoute(RELATIONSHIP_REACHABLE, relationships.reachable, "POST", "/people/reachable", tag=TAG),
        HttpRoute(RELATIONSHIP_LIST_ALL, relationships.list_all, "GET", ADMIN, query=("user_id", "limit"), tag=TAG),
        HttpRoute(RELATIONSHIP_ESTABLISH, relationships.establish, "POST", ADMIN, success=201, tag=TAG),
    ]
