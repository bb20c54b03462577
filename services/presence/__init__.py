"""Presence: who can be reached now, computed from leases, told to those whom a relationship allows."""

from services.presence.lease import Lease, Leases
from services.presence.service import PresenceService

__all__ = ["Lease", "Leases", "PresenceService"]
