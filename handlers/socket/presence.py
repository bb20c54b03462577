"""Presence over the socket."""

from typing import Any

from handlers.routing import Route
from models.events.presence import PRESENCE_REPORT, PRESENCE_SET, PRESENCE_WATCH
from services.presence import PresenceService


def routes(presence: PresenceService) -> list[Route[Any, Any]]:
    """The commands and the signal of this noun."""
    return [
        Route(PRESENCE_WATCH, presence.watch),
        Route(PRESENCE_REPORT, presence.report),
        Route(PRESENCE_SET, presence.set_status),
    ]
