"""Messages over the socket."""

from typing import Any

from handlers.routing import Route
from models.events.chat import CHAT_DELETE, CHAT_EDIT, CHAT_LIST, CHAT_MARK, CHAT_SEARCH, CHAT_SEND, CHAT_TYPE
from services.chat import ChatService
from services.search import SearchService


def routes(chat: ChatService, search: SearchService) -> list[Route[Any, Any]]:
    """The commands and the signal of this noun."""
    return [
        Route(CHAT_SEND, chat.send),
        Route(CHAT_EDIT, chat.edit),
        Route(CHAT_DELETE, chat.delete),
        Route(CHAT_MARK, chat.mark),
        Route(CHAT_LIST, chat.list_visible),
        Route(CHAT_SEARCH, search.find),
        Route(CHAT_TYPE, chat.type),
    ]
