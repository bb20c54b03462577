"""How far everybody has received and read: state that moves forward only, told as facts when it really moves."""

from models import streams
from models.documents.mark import Mark, mark_id
from models.documents.owing import dumped, pending
from models.events.chat import CHAT_MARKED, MarksMoved
from services import state
from services.outbox import Outbox

MEMBERS_READ = 256


class Marks:
    """One document per member and conversation, which owes its facts to the log like every state document."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def move(self, conversation_id: str, user_id: str, delivered_n: int, read_n: int) -> None:
        """Move forward to at least these positions; what is read has also been delivered."""
        delivered_n = max(delivered_n, read_n)
        data = MarksMoved(delivered_n=delivered_n, read_n=read_n or None)
        fact = pending(CHAT_MARKED, data, streams.conversation(conversation_id), user_id)
        behind = [{"delivered_n": {"$lt": delivered_n}}, {"read_n": {"$lt": read_n}}]
        key = mark_id(conversation_id, user_id)
        update = {
            "$max": {"delivered_n": delivered_n, "read_n": read_n},
            "$setOnInsert": {"conversation_id": conversation_id, "user_id": user_id},
            "$push": {"outbox": {"$each": dumped(fact)}},
        }
        if not delivered_n:
            return
        # An upsert collides with a mark that is not behind, and with one that is being made at this moment: then it
        # exists, and looking once more without making it decides whether it moves.
        where = {"_id": key, "$or": behind}
        moved = await state.change(Mark, where, update, upsert=True) or await state.change(Mark, where, update)
        if moved is not None:
            await self._outbox.settle(moved)

    async def of_conversation(self, conversation_id: str) -> dict[str, Mark]:
        """Everybody's marks, by person."""
        found = await state.fetch_all(Mark, {"conversation_id": conversation_id}, limit=MEMBERS_READ)
        return {mark.user_id: mark for mark in found}
