"""Notifications over HTTP."""

from typing import Any

from handlers.routing import HttpRoute
from models.events.notifications import NOTIFICATION_LIST, NOTIFICATION_READ
from services.notifications import NotificationService

ALL = "/notifications"
TAG = "Notifications"


def routes(notifications: NotificationService) -> list[HttpRoute[Any, Any]]:
    """The commands of this noun."""
    return [
        HttpRoute(NOTIFICATION_LIST, notifications.list_visible, "GET", ALL, query=("before_n", "limit"), tag=TAG),
        HttpRoute(NOTIFICATION_READ, notifications.read, "POST", ALL + "/read", tag=TAG),
    ]
