"""Conversations and who is in them. Being a member is the right to receive."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from models.enums import PEOPLE, HistoryFrom, QoS
from models.errors import ErrorCode
from models.events.base import (
    Audience,
    Command,
    Cursor,
    Done,
    Fact,
    Lane,
    PositiveN,
    Reply,
    UtcTime,
    Wire,
    WritingCommand,
    command,
    fact,
    given,
    per_minute,
    per_second,
)
from models.events.people import PersonView
from models.ids import UuidText


class ConversationKind(StrEnum):
    """`direct` joins exactly two related people, `group` a patient with clinicians and family."""

    DIRECT = "direct"
    GROUP = "group"


class MemberView(Wire):
    """One member and how far they have come."""

    person: PersonView
    joined_at: UtcTime
    delivered_n: Cursor = Field(default=0, description="Every message up to here reached one of their devices.")
    read_n: Cursor = Field(default=0, description="Every message up to here was read.")


class ConversationView(Wire):
    """A conversation as one member sees it; the snapshot of stream `c:<conversation_id>` at position `n`."""

    conversation_id: str
    stream: str
    kind: ConversationKind
    title: str = Field(max_length=120, description="Empty for direct conversations: show the other person.")
    patient_id: str | None = Field(description="Whose care this is about.")
    members: list[MemberView]
    created_at: UtcTime
    closed: bool = Field(default=False, description="The relationship behind it ended: readable, not writable.")
    n: Cursor = Field(description="The snapshot includes everything up to here; sync from here.")
    floor: Cursor = Field(default=0, description="You may see nothing at or below this position.")
    unread: int = Field(ge=0, description="Messages of others after your read mark; counted up to 999.")
    last_message: "MessageView | None" = None


class MessageView(Wire):
    """A message in its present state; the log keeps what it was before."""

    conversation_id: str
    n: PositiveN = Field(description="Its position, and its name within the conversation.")
    cid: str
    author_id: str
    sent_at: UtcTime
    text: str = Field(max_length=4000, description="Empty when deleted.")
    reply_to: PositiveN | None = None
    edited_at: UtcTime | None = None
    deleted_at: UtcTime | None = None
    attachments: list[str] = Field(default=[], max_length=0, description="Reserved; always empty in protocol 1.0.")


class ListConversations(Command):
    """Your conversations, the most recently active first."""

    before: UtcTime | None = Field(default=None, description="Page on: only those last active before this time.")
    limit: int = Field(default=50, ge=1, le=100)


class Conversations(Reply):
    """One page of conversations."""

    conversations: list[ConversationView]
    more: bool


class GetConversation(Command):
    """The snapshot of one conversation."""

    conversation_id: UuidText


class ConversationSnapshot(Reply):
    """The conversation and its newest messages at position `n`."""

    conversation: ConversationView
    messages: list[MessageView] = Field(description="Newest page, ascending.")
    more: bool = Field(description="There are older messages.")


class CreateConversation(WritingCommand):
    """Open a conversation. `direct` with one related person is made once and then found again."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": ConversationKind.GROUP.value}}},
            "then": given("patient_id", "string"),
            "else": {"properties": {"member_ids": {"maxItems": 1}, "patient_id": {"type": "null"}}},
        }
    )

    kind: ConversationKind
    member_ids: list[UuidText] = Field(min_length=1, max_length=31, description="The others.")
    patient_id: UuidText | None = Field(default=None, description="Needed for a group; must be one of the members.")
    title: str = Field(default="", max_length=120)


class AddMember(WritingCommand):
    """Invite somebody whom the patient's relationships allow."""

    conversation_id: UuidText
    user_id: UuidText
    history: HistoryFrom = HistoryFrom.JOINING


class RemoveMember(WritingCommand):
    """Take somebody out (clinicians of the conversation and its patient may); ends their access at once."""

    conversation_id: UuidText
    user_id: UuidText


class LeaveConversation(WritingCommand):
    """Leave; you receive nothing more from that moment."""

    conversation_id: UuidText


class RenameConversation(WritingCommand):
    """Give a group another title."""

    conversation_id: UuidText
    title: str = Field(min_length=1, max_length=120)


class ConversationOpened(Fact):
    """First fact of every conversation stream."""

    kind: ConversationKind
    title: str
    patient_id: str | None
    members: list[PersonView]


class MemberJoined(Fact):
    """Somebody was added."""

    person: PersonView
    history: HistoryFrom


class MemberLeft(Fact):
    """Somebody left or was removed. Nothing after it reaches them."""

    user_id: str
    by_self: bool


class ConversationRenamed(Fact):
    """The title changed."""

    title: str


class ConversationClosed(Fact):
    """The relationship behind a direct conversation ended."""


class ConversationReopened(Fact):
    """The relationship exists again."""


class ConversationJoined(Fact):
    """Inbox: you are now in this conversation; sync its stream."""

    conversation_id: str


class ConversationLeft(Fact):
    """Inbox: you are no longer in this conversation; discard its stream."""

    conversation_id: str


ConversationView.model_rebuild()

CONVERSATION_LIST = command("conversation.list", ListConversations, reply=Conversations, lane=Lane.READ, allow=PEOPLE,
                            rate=per_second(4, 10), audit="conversation.read", unverified=True)  # fmt: skip
CONVERSATION_GET = command("conversation.get", GetConversation, reply=ConversationSnapshot, lane=Lane.READ,
                           allow=PEOPLE, rate=per_second(10, 60), audit="conversation.read",
                           errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
CONVERSATION_CREATE = command("conversation.create", CreateConversation, reply=ConversationSnapshot, lane=Lane.CHAT,
                              allow=PEOPLE, rate=per_minute(30, 10), audit="conversation.create",
                              errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN))  # fmt: skip
CONVERSATION_ADD_MEMBER = command("conversation.add_member", AddMember, reply=ConversationSnapshot, lane=Lane.CHAT,
                                  allow=PEOPLE, audit="member.add",
                                  errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN, ErrorCode.NOT_NOW))  # fmt: skip
CONVERSATION_REMOVE_MEMBER = command("conversation.remove_member", RemoveMember, reply=ConversationSnapshot,
                                     lane=Lane.CHAT, allow=PEOPLE, audit="member.remove",
                                     errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN))  # fmt: skip
CONVERSATION_RENAME = command("conversation.rename", RenameConversation, reply=ConversationSnapshot, lane=Lane.CHAT,
                              allow=PEOPLE, audit="conversation.update",
                              errors=(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN))  # fmt: skip

CONVERSATION_LEAVE = command("conversation.leave", LeaveConversation, reply=Done, lane=Lane.CHAT, allow=PEOPLE,
                             audit="member.remove", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip

CONVERSATION_OPENED = fact("conversation.opened", ConversationOpened, qos=QoS.B, audience=Audience.MEMBERS)
CONVERSATION_RENAMED = fact("conversation.renamed", ConversationRenamed, qos=QoS.B, audience=Audience.MEMBERS)
CONVERSATION_CLOSED = fact("conversation.closed", ConversationClosed, qos=QoS.B, audience=Audience.MEMBERS)
CONVERSATION_REOPENED = fact("conversation.reopened", ConversationReopened, qos=QoS.B, audience=Audience.MEMBERS)
MEMBER_JOINED = fact("member.joined", MemberJoined, qos=QoS.B, audience=Audience.MEMBERS)
MEMBER_LEFT = fact("member.left", MemberLeft, qos=QoS.B, audience=Audience.MEMBERS)
CONVERSATION_JOINED = fact("conversation.joined", ConversationJoined, qos=QoS.B, audience=Audience.SELF)
CONVERSATION_LEFT = fact("conversation.left", ConversationLeft, qos=QoS.B, audience=Audience.SELF)

COMMANDS = (CONVERSATION_LIST, CONVERSATION_GET, CONVERSATION_CREATE, CONVERSATION_ADD_MEMBER,
            CONVERSATION_REMOVE_MEMBER, CONVERSATION_LEAVE, CONVERSATION_RENAME)  # fmt: skip
FACTS = (CONVERSATION_OPENED, CONVERSATION_RENAMED, CONVERSATION_CLOSED, CONVERSATION_REOPENED, MEMBER_JOINED,
         MEMBER_LEFT, CONVERSATION_JOINED, CONVERSATION_LEFT)  # fmt: skip
