"""Whom a call rings for: members who can be called, and how each takes it when in another call."""

from collections.abc import Sequence

from models.documents.conversation import Conversation
from models.events.call_views import MAX_PARTIES
from services.calls.book import CallBook
from services.calls.machine import Callee
from services.calls.preferences import CallPreferences
from services.calls.rights import Rights


class Callees:
    """Looks people up for the state machine."""

    def __init__(self, book: CallBook, rights: Rights, preferences: CallPreferences) -> None:
        self._book = book
        self._rights = rights
        self._preferences = preferences

    async def of(self, document: Conversation, user_ids: Sequence[str]) -> list[Callee]:
        """Those of these members who can be called. NotFound if one is no member."""
        people = await self._rights.callable(document, user_ids)
        ids = [person.user_id for person in people]
        in_calls = {"seated.0": {"$exists": True}, "seated": {"$in": ids}}
        seated = {user_id for call in await self._book.find(in_calls, MAX_PARTIES * 6) for user_id in call.seated}
        wishes = await self._preferences.of([user_id for user_id in ids if user_id in seated])
        return [Callee(person, wishes.get(person.user_id)) for person in people]
