"""Notifications over the socket."""

from typing import Any

from handlers.routing import Route
from models.events.notifications import NOTIFICATION_LIST, NOTIFICATION_READ
from services.notifications import NotificationService


def routes(notifications: NotificationService) -> list[Route[Any, Any]]:
    """The commands of this noun."""
    return [Route(NOTIFICATION_LIST, notifications.list_visible), Route(NOTIFICATION_READ, notifications.read)]
