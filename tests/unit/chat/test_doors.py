"""Every command of these nouns has its rows, and a row names only what its command has."""

import re
from typing import Any
from unittest.mock import MagicMock

from handlers.http import chat as http_chat
from handlers.http import conversations as http_conversations
from handlers.http import notifications as http_notifications
from handlers.http import relationships as http_relationships
from handlers.routing import HttpRoute, Route
from handlers.socket import chat, conversations, notifications, relationships
from models.events import chat as chat_events
from models.events import conversations as conversation_events
from models.events import notifications as notification_events
from models.events import relationships as relationship_events

COMMANDS = {
    spec.name
    for noun in (chat_events, conversation_events, notification_events, relationship_events)
    for spec in noun.COMMANDS
}
SECRET = {"text", "query", "title", "label", "with_contact"}


def socket_rows() -> list[Route[Any, Any]]:
    service = MagicMock()
    return [
        *chat.routes(service, service),
        *conversations.routes(service),
        *notifications.routes(service),
        *relationships.routes(service),
    ]


def http_rows() -> list[HttpRoute[Any, Any]]:
    service = MagicMock()
    return [
        *http_chat.routes(service, service),
        *http_conversations.routes(service),
        *http_notifications.routes(service),
        *http_relationships.routes(service),
    ]


def test_every_command_once_over_each_door() -> None:
    assert sorted(row.spec.name for row in socket_rows()) == sorted(COMMANDS)
    assert sorted(row.spec.name for row in http_rows()) == sorted(COMMANDS - {"chat.type"})


def test_names_in_rows_are_fields_of_the_command() -> None:
    for row in http_rows():
        in_path = set(re.findall(r"{(\w+)}", row.path))
        assert in_path | set(row.query) <= set(row.spec.payload.model_fields), row.spec.name
        assert not in_path & set(row.query), row.spec.name


def test_what_people_write_is_never_in_an_address() -> None:
    for row in http_rows():
        assert not SECRET & (set(row.query) | set(re.findall(r"{(\w+)}", row.path))), row.spec.name


def test_no_two_rows_have_one_address() -> None:
    addresses = [(row.verb, row.path) for row in http_rows()]
    assert len(set(addresses)) == len(addresses)
