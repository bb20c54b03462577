"""Calls over the socket."""

from typing import Any

from handlers.routing import Route
from models.events.calls import (
    CALL_ACCEPT,
    CALL_ADMIT,
    CALL_DECLINE,
    CALL_END,
    CALL_GET,
    CALL_INVITE,
    CALL_LEAVE,
    CALL_LIST,
    CALL_PREFERENCE_GET,
    CALL_PREFERENCE_SET,
    CALL_REFUSE,
    CALL_SET_MEDIA,
    CALL_START,
    CALL_TRANSFER,
)
from models.events.guests import GUEST_CREATE_LINK, GUEST_REVOKE_LINK
from models.events.signaling import CALL_ENTER
from services.calls.assembly import CallServices


def routes(services: CallServices) -> list[Route[Any, Any]]:
    """The commands of this noun."""
    calls, hosts, guests, preferences = services.calls, services.hosts, services.guests, services.preferences
    return [
        Route(CALL_START, calls.start),
        Route(CALL_ACCEPT, calls.accept),
        Route(CALL_DECLINE, calls.decline),
        Route(CALL_LEAVE, calls.leave),
        Route(CALL_END, calls.end),
        Route(CALL_ENTER, calls.enter),
        Route(CALL_SET_MEDIA, calls.set_media),
        Route(CALL_GET, calls.get),
        Route(CALL_LIST, calls.list_visible),
        Route(CALL_INVITE, hosts.invite),
        Route(CALL_ADMIT, hosts.admit),
        Route(CALL_REFUSE, hosts.refuse),
        Route(CALL_TRANSFER, hosts.transfer),
        Route(GUEST_CREATE_LINK, guests.create_link),
        Route(GUEST_REVOKE_LINK, guests.revoke_link),
        Route(CALL_PREFERENCE_GET, preferences.get),
        Route(CALL_PREFERENCE_SET, preferences.set),
    ]
