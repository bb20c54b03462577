"""Questions to the search index, answered from the log."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import pymongo
from pymongo import DESCENDING
from pymongo.errors import PyMongoError

from models import streams
from models.documents.conversation import Conversation
from models.documents.indexed_message import IndexedMessage
from models.errors import TryAgain
from models.events.chat import Found, SearchMessages
from models.events.conversations import MessageView
from services import state
from services.chat.thread import Thread
from services.membership import Membership
from services.ports import HistoryPort
from services.search.words import asked, matches
from services.unit import Unit

CONVERSATIONS_SEARCHED: Final = 500
CANDIDATES: Final = 400
AT_ONCE: Final = 8


class SearchService:
    """The index only proposes. What is shown is read from the log as it stands, within what the person may see."""

    def __init__(self, history: HistoryPort, membership: Membership, thread: Thread) -> None:
        self._history = history
        self._membership = membership
        self._thread = thread

    async def find(self, unit: Unit, cmd: SearchMessages) -> Found:
        """Messages that contain every word asked for, newest first."""
        user_id = unit.actor.user_id
        floors = await self._searchable(user_id, cmd.conversation_id)
        words = asked(cmd.query)
        if not words or not floors:
            return Found(messages=[], more=False)
        candidates = await self._candidates(words, floors)
        messages = [message for message in await self._as_they_stand(candidates) if matches(words, message.text)]
        messages.sort(key=lambda message: (message.sent_at, message.conversation_id, message.n), reverse=True)
        return Found(messages=messages[: cmd.limit], more=len(messages) > cmd.limit)

    async def _searchable(self, user_id: str, conversation_id: str | None) -> dict[str, int]:
        """The conversations to look in, each with the person's floor."""
        if conversation_id is not None:
            documents = [await self._membership.access(user_id, conversation_id)]
        else:
            documents = await state.fetch_all(
                Conversation,
                {"members.user_id": user_id},
                limit=CONVERSATIONS_SEARCHED,
                sort=[("active_at", DESCENDING)],
            )
        return {document.id: await self._membership.floor(document, user_id) for document in documents}

    async def _candidates(self, words: Sequence[str], floors: Mapping[str, int]) -> dict[str, list[int]]:
        """What the index proposes, newest first, at most `CANDIDATES`, by conversation."""
        query = {
            # Quoted words must all occur; a normalised word holds no quotation mark.
            "$text": {"$search": " ".join(f'"{word}"' for word in words)},
            "conversation_id": {"$in": list(floors)},
        }
        proposed: dict[str, list[int]] = {}
        try:
            with pymongo.timeout(state.WAIT_S):
                cursor = state.collection_of(IndexedMessage).find(
                    query, {"conversation_id": 1, "n": 1}, sort=[("sent_at", DESCENDING)], limit=CANDIDATES
                )
                async for raw in cursor:
                    if raw["n"] > floors[raw["conversation_id"]]:
                        proposed.setdefault(raw["conversation_id"], []).append(int(raw["n"]))
        except PyMongoError as error:
            raise TryAgain from error
        return proposed

    async def _as_they_stand(self, proposed: Mapping[str, Sequence[int]]) -> list[MessageView]:
        heads = await self._history.heads([streams.conversation(key) for key in proposed])
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(key: str) -> list[MessageView]:
            async with gate:
                present = await self._thread.at(key, proposed[key], heads[streams.conversation(key)])
                return [message for message in present.values() if message.deleted_at is None]

        found = await asyncio.gather(*(one(key) for key in proposed))
        return [message for messages in found for message in messages]
