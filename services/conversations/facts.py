"""The facts that changes of conversations owe to the log."""

from models import streams
from models.documents.conversation import Conversation, Member
from models.documents.owing import PendingFact, pending
from models.enums import HistoryFrom, NotificationCategory
from models.events.conversations import (
    CONVERSATION_CLOSED,
    CONVERSATION_JOINED,
    CONVERSATION_LEFT,
    CONVERSATION_OPENED,
    CONVERSATION_RENAMED,
    CONVERSATION_REOPENED,
    MEMBER_JOINED,
    MEMBER_LEFT,
    ConversationClosed,
    ConversationJoined,
    ConversationKind,
    ConversationLeft,
    ConversationOpened,
    ConversationRenamed,
    ConversationReopened,
    MemberJoined,
    MemberLeft,
)
from models.events.people import PersonView
from services.notifications import notice


def opened(document: Conversation, people: list[PersonView]) -> list[PendingFact]:
    """The first fact of the stream, then everybody's inbox."""
    founder = document.created_by
    told = ConversationOpened(kind=document.kind, title=document.title, patient_id=document.patient_id, members=people)
    facts = [pending(CONVERSATION_OPENED, told, streams.conversation(document.id), founder)]
    name = next((person.name for person in people if person.user_id == founder), "")
    for person in people:
        facts.append(_entered(document.id, person.user_id, founder))
        if person.user_id != founder:
            facts.append(_added(document, person.user_id, name, founder))
    return facts


def joined(
    document: Conversation, person: PersonView, history: HistoryFrom, by: str, by_name: str
) -> list[PendingFact]:
    """`member.joined` comes first: its position is the new member's floor."""
    return [
        pending(MEMBER_JOINED, MemberJoined(person=person, history=history), streams.conversation(document.id), by),
        _entered(document.id, person.user_id, by),
        _added(document, person.user_id, by_name, by),
    ]


def left(conversation_id: str, member: Member, by: str) -> list[PendingFact]:
    """`member.left` in the stream, and in the inbox of the one who is gone."""
    gone = MemberLeft(user_id=member.user_id, by_self=member.user_id == by)
    return [
        pending(MEMBER_LEFT, gone, streams.conversation(conversation_id), by),
        pending(
            CONVERSATION_LEFT, ConversationLeft(conversation_id=conversation_id), streams.inbox(member.user_id), by
        ),
    ]


def renamed(conversation_id: str, title: str, by: str) -> PendingFact:
    """The new title."""
    return pending(CONVERSATION_RENAMED, ConversationRenamed(title=title), streams.conversation(conversation_id), by)


def closing(conversation_id: str, *, closed: bool) -> PendingFact:
    """The relationship behind it ended, or exists again."""
    stream = streams.conversation(conversation_id)
    if closed:
        return pending(CONVERSATION_CLOSED, ConversationClosed(), stream)
    return pending(CONVERSATION_REOPENED, ConversationReopened(), stream)


def _entered(conversation_id: str, user_id: str, by: str) -> PendingFact:
    told = ConversationJoined(conversation_id=conversation_id)
    return pending(CONVERSATION_JOINED, told, streams.inbox(user_id), by)


def _added(document: Conversation, user_id: str, name: str, by: str) -> PendingFact:
    title = "conversation.opened" if document.kind is ConversationKind.DIRECT else "conversation.added"
    return notice(
        user_id,
        NotificationCategory.CONVERSATION,
        title,
        params={"name": name, "title": document.title},
        link=f"/conversations/{document.id}",
        by=by,
    )
