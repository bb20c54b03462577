"""Presence by the clock."""

from handlers.routing import Job
from services.presence import PresenceService


def jobs(presence: PresenceService) -> list[Job]:
    """Notes are kept no longer than their writers meant."""
    return [Job("presence.forget_expired", presence.forget_expired, every_s=67, exclusive=True)]
