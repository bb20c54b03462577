"""Messages over HTTP. Message text and search words travel in bodies only."""

from typing import Any

from handlers.routing import HttpRoute
from models.events.chat import CHAT_DELETE, CHAT_EDIT, CHAT_LIST, CHAT_MARK, CHAT_SEARCH, CHAT_SEND
from services.chat import ChatService
from services.search import SearchService

MESSAGES = "/conversations/{conversation_id}/messages"
PAGE = ("before_n", "after_n", "limit")


def routes(chat: ChatService, search: SearchService) -> list[HttpRoute[Any, Any]]:
    """The commands of this noun; typing exists over the socket only."""
    return [
        HttpRoute(CHAT_LIST, chat.list_visible, "GET", MESSAGES, query=PAGE, tag="Messages"),
        HttpRoute(CHAT_SEND, chat.send, "POST", MESSAGES, success=201, tag="Messages"),
        HttpRoute(CHAT_EDIT, chat.edit, "PATCH", MESSAGES + "/{n}", tag="Messages"),
        HttpRoute(CHAT_DELETE, chat.delete, "DELETE", MESSAGES + "/{n}", query=("cid",), tag="Messages"),
        HttpRoute(CHAT_MARK, chat.mark, "POST", "/conversations/{conversation_id}/marks", tag="Messages"),
        HttpRoute(CHAT_SEARCH, search.find, "POST", "/search/messages", tag="Messages"),
    ]
