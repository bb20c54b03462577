"""Presence over HTTP: a snapshot, and the manual status. Changes are told over the socket only."""

from typing import Any

from handlers.routing import HttpRoute
from models.events.presence import PRESENCE_SET, PRESENCE_WATCH
from services.presence import PresenceService


def routes(presence: PresenceService) -> list[HttpRoute[Any, Any]]:
    """The commands of this noun."""
    return [
        HttpRoute(PRESENCE_WATCH, presence.watch, "GET", "/presence", tag="Presence"),
        HttpRoute(PRESENCE_SET, presence.set_status, "PUT", "/presence", tag="Presence"),
    ]
