"""Conversations over HTTP."""

from typing import Any

from handlers.routing import HttpRoute
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

ALL = "/conversations"
ONE = "/conversations/{conversation_id}"
TAG = "Conversations"


def routes(conversations: ConversationService) -> list[HttpRoute[Any, Any]]:
    """The commands of this noun."""
    return [
        HttpRoute(CONVERSATION_LIST, conversations.list_visible, "GET", ALL, query=("before", "limit"), tag=TAG),
        HttpRoute(CONVERSATION_CREATE, conversations.create, "POST", ALL, success=201, tag=TAG),
        HttpRoute(CONVERSATION_GET, conversations.get, "GET", ONE, tag=TAG),
        HttpRoute(CONVERSATION_RENAME, conversations.rename, "PATCH", ONE, tag=TAG),
        HttpRoute(CONVERSATION_ADD_MEMBER, conversations.add_member, "POST", ONE + "/members", tag=TAG),
        HttpRoute(
            CONVERSATION_REMOVE_MEMBER,
            conversations.remove_member,
            "DELETE",
            ONE + "/members/{user_id}",
            query=("cid",),
            tag=TAG,
        ),
        HttpRoute(CONVERSATION_LEAVE, conversations.leave, "POST", ONE + "/leave", tag=TAG),
    ]
