"""A conversation as one member sees it: members and marks from state, messages from the log, at one position."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import DESCENDING

from models import streams
from models.documents.conversation import Conversation
from models.documents.mark import Mark
from models.events.conversations import Conversations, ConversationSnapshot, ConversationView, MemberView
from services import state
from services.chat.marks import Marks
from services.chat.thread import Page, Thread
from services.membership import Membership
from services.people import view_in
from services.ports import HistoryPort, PeoplePort, Person

NEWEST = 50
AT_ONCE = 8


class Views:
    """Every view says which position of the stream it reflects.

    The caller reads that position before the document: all that the stream told up to there, the state read later
    includes. What the state has beyond it, the stream will tell again, and facts may be applied twice.
    """

    def __init__(
        self, history: HistoryPort, people: PeoplePort, membership: Membership, thread: Thread, marks: Marks
    ) -> None:
        self._history = history
        self._people = people
        self._membership = membership
        self._thread = thread
        self._marks = marks

    async def snapshot(self, user_id: str, conversation_id: str) -> ConversationSnapshot:
        """The conversation and its newest messages. Outsiders: not found."""
        stream = streams.conversation(conversation_id)
        head = (await self._history.heads([stream]))[stream]
        document = await self._membership.access(user_id, conversation_id)
        people = await self._people.known([member.user_id for member in document.members])
        view, page = await self._view(user_id, document, head, people, NEWEST)
        return ConversationSnapshot(conversation=view, messages=page.messages, more=page.more)

    async def listed(self, user_id: str, before: datetime | None, limit: int) -> Conversations:
        """One page of a person's conversations, each with its last message; the most recently active first."""
        query: dict[str, Any] = {"members.user_id": user_id}
        if before is not None:
            query["active_at"] = {"$lt": before}
        found = await state.fetch_all(Conversation, query, limit=limit + 1, sort=[("active_at", DESCENDING)])
        keys = [document.id for document in found[:limit]]
        heads = await self._history.heads([streams.conversation(key) for key in keys])
        documents = await state.fetch_all(Conversation, {"_id": {"$in": keys}, "members.user_id": user_id}, limit=limit)
        views = await self._views(user_id, documents, heads)
        views.sort(key=lambda view: view.last_message.sent_at if view.last_message else view.created_at, reverse=True)
        return Conversations(conversations=views, more=len(found) > limit)

    async def _views(
        self, user_id: str, documents: Sequence[Conversation], heads: Mapping[streams.StreamId, int]
    ) -> list[ConversationView]:
        people = await self._people.known({member.user_id for document in documents for member in document.members})
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(document: Conversation) -> ConversationView:
            async with gate:
                head = heads[streams.conversation(document.id)]
                return (await self._view(user_id, document, head, people, 1))[0]

        return await asyncio.gather(*(one(document) for document in documents))

    async def _view(
        self, user_id: str, document: Conversation, head: int, people: Mapping[str, Person], messages: int
    ) -> tuple[ConversationView, Page]:
        floor = await self._membership.floor(document, user_id)
        marks = await self._marks.of_conversation(document.id)
        page = await self._thread.newest(document.id, range(floor + 1, head + 1), messages, up_to=head)
        read_n = marks[user_id].read_n if user_id in marks else 0
        unread = await self._thread.unread(document.id, user_id, range(max(read_n, floor) + 1, head + 1))
        view = ConversationView(
            conversation_id=document.id,
            stream=streams.conversation(document.id),
            kind=document.kind,
            title=document.title,
            patient_id=document.patient_id,
            members=_members(document, marks, people),
            created_at=document.created_at,
            closed=document.closed,
            n=head,
            floor=floor,
            unread=unread,
            last_message=page.messages[-1] if page.messages else None,
        )
        return view, page


def _members(document: Conversation, marks: Mapping[str, Mark], people: Mapping[str, Person]) -> list[MemberView]:
    shown = []
    for member in document.members:
        mark = marks.get(member.user_id)
        shown.append(
            MemberView(
                person=view_in(people, member.user_id, member.role),
                joined_at=member.joined_at,
                delivered_n=mark.delivered_n if mark else 0,
                read_n=mark.read_n if mark else 0,
            )
        )
    return shown
