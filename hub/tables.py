"""Every door of the hub in one place: which service methods are reachable over the socket, HTTP and the clock."""

from dataclasses import dataclass
from typing import Any

from handlers.http import accounts as http_accounts
from handlers.http import calls as http_calls
from handlers.http import chat as http_chat
from handlers.http import conversations as http_conversations
from handlers.http import guests as http_guests
from handlers.http import notifications as http_notifications
from handlers.http import presence as http_presence
from handlers.http import recordings as http_recordings
from handlers.http import relationships as http_relationships
from handlers.routing import HttpRoute, Route
from handlers.socket import calls, chat, conversations, notifications, presence, recordings, relationships, signaling
from services.accounts import AccountServices
from services.calls.assembly import CallServices
from services.calls.connecting import Connecting
from services.chat import ChatService
from services.conversations import ConversationService
from services.notifications import NotificationService
from services.presence import PresenceService
from services.recordings import RecordingServices
from services.relationships import RelationshipService
from services.search import SearchService


@dataclass(frozen=True, slots=True)
class Services:
    """What the doors open to."""

    accounts: AccountServices
    relationships: RelationshipService
    conversations: ConversationService
    chat: ChatService
    search: SearchService
    notifications: NotificationService
    presence: PresenceService
    calls: CallServices
    connecting: Connecting
    recordings: RecordingServices


def socket_routes(services: Services) -> list[Route[Any, Any]]:
    """Rows of the socket door; the gateway adds its own two (`hs.sync`, `auth.refresh`)."""
    return [
        *relationships.routes(services.relationships),
        *conversations.routes(services.conversations),
        *chat.routes(services.chat, services.search),
        *notifications.routes(services.notifications),
        *presence.routes(services.presence),
        *calls.routes(services.calls),
        *recordings.routes(services.recordings),
        *signaling.routes(services.connecting.signaling, services.connecting.relay, services.connecting.tests),
    ]


def http_routes(services: Services) -> list[HttpRoute[Any, Any]]:
    """Rows of the HTTP door, under `/api/v1`."""
    return [
        *http_accounts.routes(services.accounts),
        *http_relationships.routes(services.relationships),
        *http_conversations.routes(services.conversations),
        *http_chat.routes(services.chat, services.search),
        *http_notifications.routes(services.notifications),
        *http_presence.routes(services.presence),
        *http_calls.routes(services.calls),
        *http_guests.routes(services.calls.guests),
        *http_recordings.routes(services.recordings),
    ]
