"""Guests over HTTP: they have no socket before they have come in."""

from typing import Any

from handlers.routing import HttpRoute
from models.events.guests import GUEST_CREATE_LINK, GUEST_JOIN, GUEST_LOOK, GUEST_REVOKE_LINK
from services.calls.guests import GuestService

LINKS = "/calls/{call_id}/guest-links"
TAG = "Guests"


def routes(guests: GuestService) -> list[HttpRoute[Any, Any]]:
    """The commands of this noun. Secrets travel in bodies, never in addresses."""
    return [
        HttpRoute(GUEST_CREATE_LINK, guests.create_link, "POST", LINKS, success=201, tag=TAG),
        HttpRoute(GUEST_REVOKE_LINK, guests.revoke_link, "DELETE", LINKS + "/{link_id}", query=("cid",), tag=TAG),
        HttpRoute(GUEST_LOOK, guests.look, "POST", "/guest/look", tag=TAG),
        HttpRoute(GUEST_JOIN, guests.join, "POST", "/guest/join", success=201, tag=TAG),
    ]
