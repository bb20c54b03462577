"""Messages: what is said in a conversation, and how far everybody has followed."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from models.enums import PEOPLE, QoS
from models.errors import ErrorCode
from models.events.base import (
    Audience,
    Command,
    Cursor,
    Done,
    Fact,
    Lane,
    PositiveN,
    Recorded,
    Reply,
    Signal,
    WritingCommand,
    command,
    fact,
    given,
    per_second,
    signal,
)
from models.events.conversations import MessageView
from models.ids import UuidText

MessageText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class SendMessage(WritingCommand):
    """Say something."""

    conversation_id: UuidText
    text: MessageText
    reply_to: PositiveN | None = Field(default=None, description="Position of the message this answers.")
    attachments: list[str] = Field(default=[], max_length=0, description="Reserved for a later protocol version.")


class EditMessage(WritingCommand):
    """Change the text of your own message; everybody sees that it was edited."""

    conversation_id: UuidText
    n: PositiveN
    text: MessageText


class DeleteMessage(WritingCommand):
    """Take back your own message; a mark stays where it was."""

    conversation_id: UuidText
    n: PositiveN


class MarkMessages(WritingCommand):
    """Say how far messages have reached this device (`delivered_n`) and how far they were read (`read_n`).

    Both only ever move forward; marking less than before changes nothing.
    """

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [given("delivered_n", "integer"), given("read_n", "integer")]}
    )

    conversation_id: UuidText
    delivered_n: Cursor | None = None
    read_n: Cursor | None = None

    @model_validator(mode="after")
    def _something(self) -> "MarkMessages":
        if self.delivered_n is None and self.read_n is None:
            raise ValueError("one of delivered_n and read_n is needed")
        return self


class Typing(Signal):
    """You are typing (repeat every 3 s), or have stopped."""

    conversation_id: UuidText
    typing: bool = True


class ListMessages(Command):
    """One page of history, by position: before `before_n`, after `after_n`, or around neither: the newest."""

    conversation_id: UuidText
    before_n: PositiveN | None = None
    after_n: Cursor | None = None
    limit: int = Field(default=50, ge=1, le=100)

    @model_validator(mode="after")
    def _one_way(self) -> "ListMessages":
        if self.before_n is not None and self.after_n is not None:
            raise ValueError("either before_n or after_n")
        return self


class Messages(Reply):
    """Messages in their present state, ascending by position."""

    messages: list[MessageView]
    more: bool = Field(description="There are further messages in the direction asked for.")
    n: Cursor = Field(description="The page reflects the stream up to here.")


class SearchMessages(Command):
    """Full-text search in everything you may see, newest first."""

    query: str = Field(min_length=2, max_length=120)
    conversation_id: UuidText | None = None
    limit: int = Field(default=20, ge=1, le=50)


class Found(Reply):
    """Matching messages."""

    messages: list[MessageView]
    more: bool


class MessageSent(Fact):
    """A message is part of the conversation; its position is the envelope's `n`, its author `by`."""

    text: str = Field(max_length=4000)
    reply_to: PositiveN | None = None
    attachments: list[str] = Field(default=[], max_length=0)


class MessageEdited(Fact):
    """The text of message `ref` changed."""

    ref: PositiveN
    text: str = Field(max_length=4000)


class MessageDeleted(Fact):
    """Message `ref` was taken back by its author."""

    ref: PositiveN


class MarksMoved(Fact):
    """`by` has received or read further; positions merge by maximum."""

    delivered_n: Cursor | None = None
    read_n: Cursor | None = None


class TypingChanged(Fact):
    """Somebody types; forget it after 6 s without a repeat."""

    conversation_id: str
    user_id: str
    typing: bool


class Sent(Recorded):
    """The message is durable at `n`."""


CHAT_SEND = command("chat.send", SendMessage, reply=Sent, lane=Lane.CHAT, allow=PEOPLE, rate=per_second(5, 20),
                    audit="message.create", errors=(ErrorCode.NOT_FOUND, ErrorCode.NOT_NOW))  # fmt: skip
CHAT_EDIT = command("chat.edit", EditMessage, reply=Recorded, lane=Lane.CHAT, allow=PEOPLE, rate=per_second(2, 10),
                    audit="message.update",
                    errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN, ErrorCode.NOT_NOW))  # fmt: skip
CHAT_DELETE = command("chat.delete", DeleteMessage, reply=Recorded, lane=Lane.CHAT, allow=PEOPLE,
                      rate=per_second(2, 10), audit="message.delete",
                      errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN))  # fmt: skip
CHAT_MARK = command("chat.mark", MarkMessages, reply=Done, lane=Lane.CHAT, allow=PEOPLE, rate=per_second(5, 30),
                    audit="message.mark", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
CHAT_LIST = command("chat.list", ListMessages, reply=Messages, lane=Lane.READ, allow=PEOPLE, rate=per_second(10, 40),
                    audit="message.read", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
CHAT_SEARCH = command("chat.search", SearchMessages, reply=Found, lane=Lane.READ, allow=PEOPLE, rate=per_second(2, 6),
                      audit="message.search", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
CHAT_TYPE = signal("chat.type", Typing, lane=Lane.PRESENCE, allow=PEOPLE, audit="message.type",
                   rate=per_second(2, 6))  # fmt: skip

CHAT_SENT = fact("chat.sent", MessageSent, qos=QoS.B, audience=Audience.MEMBERS)
CHAT_EDITED = fact("chat.edited", MessageEdited, qos=QoS.B, audience=Audience.MEMBERS)
CHAT_DELETED = fact("chat.deleted", MessageDeleted, qos=QoS.B, audience=Audience.MEMBERS)
CHAT_MARKED = fact("chat.marked", MarksMoved, qos=QoS.B, audience=Audience.MEMBERS)
CHAT_TYPED = fact("chat.typed", TypingChanged, qos=QoS.F, audience=Audience.MEMBERS)

COMMANDS = (CHAT_SEND, CHAT_EDIT, CHAT_DELETE, CHAT_MARK, CHAT_LIST, CHAT_SEARCH, CHAT_TYPE)
FACTS = (CHAT_SENT, CHAT_EDITED, CHAT_DELETED, CHAT_MARKED, CHAT_TYPED)
