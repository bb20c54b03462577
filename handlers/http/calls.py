"""Calls over HTTP: looking, and declining from a notification. To take part one needs a socket."""

from typing import Any

from handlers.routing import HttpRoute
from models.events.calls import CALL_DECLINE, CALL_GET, CALL_LIST, CALL_PREFERENCE_GET, CALL_PREFERENCE_SET
from services.calls.assembly import CallServices

ALL = "/calls"
ONE = "/calls/{call_id}"
PREFERENCE = "/call-preference"
TAG = "Calls"


def routes(services: CallServices) -> list[HttpRoute[Any, Any]]:
    """The commands of this noun."""
    calls, preferences = services.calls, services.preferences
    return [
        HttpRoute(CALL_LIST, calls.list_visible, "GET", ALL, tag=TAG),
        HttpRoute(CALL_GET, calls.get, "GET", ONE, tag=TAG),
        HttpRoute(CALL_DECLINE, calls.decline, "POST", ONE + "/decline", tag=TAG),
        HttpRoute(CALL_PREFERENCE_GET, preferences.get, "GET", PREFERENCE, tag=TAG),
        HttpRoute(CALL_PREFERENCE_SET, preferences.set, "PUT", PREFERENCE, tag=TAG),
    ]
