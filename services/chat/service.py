"""Saying, changing, taking back, following and reading messages."""

from typing import TypeVar

from models import rooms, streams
from models.errors import CidConflict, Forbidden, NotFound, NotNow
from models.events.base import Done, Fact, Recorded, WritingCommand
from models.events.chat import (
    CHAT_DELETED,
    CHAT_EDITED,
    CHAT_SENT,
    CHAT_TYPED,
    DeleteMessage,
    EditMessage,
    ListMessages,
    MarkMessages,
    MessageDeleted,
    MessageEdited,
    Messages,
    SendMessage,
    Sent,
    Typing,
    TypingChanged,
)
from models.events.conversations import MessageView
from models.ids import rfc3339
from models.streams import StreamId
from services.chat.marks import Marks
from services.chat.thread import Thread
from services.membership import Membership
from services.ports import Entry, LogPort, Position
from services.unit import Actor, Unit

R = TypeVar("R", bound=Recorded)


class ChatService:
    """The log is the truth of messages. Sending is one look into the membership cache and one append."""

    def __init__(self, log: LogPort, membership: Membership, thread: Thread, marks: Marks) -> None:
        self._log = log
        self._membership = membership
        self._thread = thread
        self._marks = marks

    async def send(self, unit: Unit, cmd: SendMessage) -> Sent:
        """Durable, and in order, when this returns; the same `cid` again answers with the same position."""
        actor = unit.actor
        unit.resource = cmd.conversation_id
        circle = await self._membership.circle(actor.user_id, cmd.conversation_id)
        stream = streams.conversation(cmd.conversation_id)
        if circle.closed:
            return _recorded(Sent, await self._earlier(actor, stream, CHAT_SENT.name, cmd))
        if cmd.reply_to is not None and cmd.reply_to > await self._log.head(stream):
            raise NotFound
        data: dict[str, object] = {"text": cmd.text, "reply_to": cmd.reply_to, "attachments": []}
        return _recorded(Sent, await self._log.append(_entry(actor, stream, CHAT_SENT.name, cmd.cid, data)))

    async def edit(self, unit: Unit, cmd: EditMessage) -> Recorded:
        """Only one's own message, while it stands and the conversation is open."""
        actor = unit.actor
        message, closed = await self._own(unit, cmd.conversation_id, cmd.n)
        stream = streams.conversation(cmd.conversation_id)
        if closed or message.deleted_at is not None:
            return _recorded(Recorded, await self._earlier(actor, stream, CHAT_EDITED.name, cmd))
        return await self._record(actor, stream, CHAT_EDITED.name, MessageEdited(ref=cmd.n, text=cmd.text), cmd)

    async def delete(self, unit: Unit, cmd: DeleteMessage) -> Recorded:
        """Only one's own message; also after the conversation has closed. Twice is once."""
        message, _ = await self._own(unit, cmd.conversation_id, cmd.n)
        stream = streams.conversation(cmd.conversation_id)
        if message.deleted_at is not None:
            taken_back = await self._thread.deletion(cmd.conversation_id, cmd.n)
            return Recorded(s=stream, n=taken_back.n, at=rfc3339(taken_back.at), dup=True)
        return await self._record(unit.actor, stream, CHAT_DELETED.name, MessageDeleted(ref=cmd.n), cmd)

    async def mark(self, unit: Unit, cmd: MarkMessages) -> Done:
        """Move one's marks forward, never beyond what there is."""
        user_id = unit.actor.user_id
        unit.resource = cmd.conversation_id
        await self._membership.circle(user_id, cmd.conversation_id)
        head = await self._log.head(streams.conversation(cmd.conversation_id))
        delivered_n, read_n = min(cmd.delivered_n or 0, head), min(cmd.read_n or 0, head)
        await self._marks.move(cmd.conversation_id, user_id, delivered_n, read_n)
        return Done()

    async def type(self, unit: Unit, cmd: Typing) -> Done:
        """Tell the others in the conversation, as long as it is open."""
        user_id = unit.actor.user_id
        circle = await self._membership.circle(user_id, cmd.conversation_id)
        if circle.closed:
            raise NotNow
        told = TypingChanged(conversation_id=cmd.conversation_id, user_id=user_id, typing=cmd.typing)
        unit.announce(CHAT_TYPED, told, rooms.conversation(cmd.conversation_id), skip_self=True)
        return Done()

    async def list_visible(self, unit: Unit, cmd: ListMessages) -> Messages:
        """One page of what the member may see, as of the head of the stream."""
        user_id = unit.actor.user_id
        unit.resource = cmd.conversation_id
        head = await self._log.head(streams.conversation(cmd.conversation_id))
        document = await self._membership.access(user_id, cmd.conversation_id)
        first = await self._membership.floor(document, user_id) + 1
        if cmd.after_n is not None:
            span = range(max(first, cmd.after_n + 1), head + 1)
            page = await self._thread.oldest(cmd.conversation_id, span, cmd.limit, up_to=head)
        else:
            end = head + 1 if cmd.before_n is None else min(cmd.before_n, head + 1)
            page = await self._thread.newest(cmd.conversation_id, range(first, end), cmd.limit, up_to=head)
        return Messages(messages=page.messages, more=page.more, n=head)

    async def _own(self, unit: Unit, conversation_id: str, n: int) -> tuple[MessageView, bool]:
        """The actor's own message as it stands, and whether the conversation is closed."""
        user_id = unit.actor.user_id
        unit.resource = conversation_id
        document = await self._membership.access(user_id, conversation_id)
        floor = await self._membership.floor(document, user_id)
        head = await self._log.head(streams.conversation(conversation_id))
        message = (await self._thread.at(conversation_id, [n], head)).get(n)
        if message is None or n <= floor:
            raise NotFound
        if message.author_id != user_id:
            raise Forbidden
        return message, document.closed

    async def _record(self, actor: Actor, stream: StreamId, name: str, data: Fact, cmd: WritingCommand) -> Recorded:
        entry = _entry(actor, stream, name, cmd.cid, data.model_dump(mode="json"))
        return _recorded(Recorded, await self._log.append(entry))

    async def _earlier(self, actor: Actor, stream: StreamId, name: str, cmd: WritingCommand) -> Position:
        """What was recorded under this `cid` while it was still possible; otherwise it is too late now."""
        event = await self._log.find(stream, actor.user_id, actor.device_id, cmd.cid)
        if event is None:
            raise NotNow
        if event.type != name:
            raise CidConflict
        return Position(stream, event.n, event.at, dup=True)


def _entry(actor: Actor, stream: StreamId, name: str, cid: str, data: dict[str, object]) -> Entry:
    return Entry(stream, name, actor.user_id, actor.device_id, cid, data)


def _recorded(reply: type[R], position: Position) -> R:
    return reply(s=position.stream, n=position.n, at=rfc3339(position.at), dup=position.dup)
