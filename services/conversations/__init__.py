"""Conversations: who is in them, and how they look to each member."""

from services.conversations.review import Review
from services.conversations.service import ConversationService
from services.conversations.views import Views

__all__ = ["ConversationService", "Review", "Views"]
