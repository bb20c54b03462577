"""Conversations over the socket."""

from typing import Any

from handlers.routing import Route
from models.events.conversations import (
    CONVERSATION_ADD_MEMBER,
    CONVERSATION_CREATE,
    CONVERSATION_GET,
    CONVERSATION_LEAVE,
    CONVERSATION_LIST,
    CONVERSATION_REMOVE_MEMBER,
    CONVERSATION_RENAME,
)
from services.conversations import ConversationService


def routes(conversations: ConversationService) -> list[Route[Any, Any]]:
    """The commands of this noun."""
    return [
        Route(CONVERSATION_LIST, conversations.list_visible),
        Route(CONVERSATION_GET, conversations.get),
        Route(CONVERSATION_CREATE, conversations.create),
        Route(CONVERSATION_ADD_MEMBER, conversations.add_member),
        Route(CONVERSATION_REMOVE_MEMBER, conversations.remove_member),
        Route(CONVERSATION_LEAVE, conversations.leave),
        Route(CONVERSATION_RENAME, conversations.rename),
    ]
