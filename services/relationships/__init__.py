"""Relationships: why two people may reach each other, and who may therefore see whom."""

from services.relationships.audience import Audience
from services.relationships.links import Links
from services.relationships.recast import Recast
from services.relationships.service import RelationshipService

__all__ = ["Audience", "Links", "Recast", "RelationshipService"]
