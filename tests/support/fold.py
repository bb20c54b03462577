"""What a client does with facts: state before + facts = state after. Pure."""

from collections.abc import Iterable

from models.events.conversations import (
    ConversationSnapshot,
    ConversationView,
    MemberView,
    MessageView,
)
from models.events.notifications import Notifications, NotificationView
from models.events.people import PersonView
from models.events.relationships import RelationshipView
from services.ports import Event


def conversation(before: ConversationSnapshot, events: Iterable[Event], viewer: str) -> ConversationSnapshot:
    """The snapshot after these facts of its stream."""
    view = before.conversation
    messages = {message.n: message for message in before.messages}
    for event in events:
        view = _view_after(view, event)
        _message_after(messages, event, view.conversation_id)
        view = view.model_copy(update={"n": event.n})
    shown = [messages[n] for n in sorted(messages)]
    mine = next((member for member in view.members if member.person.user_id == viewer), None)
    after = max(mine.read_n if mine else 0, view.floor)
    unread = [m for m in shown if m.author_id != viewer and m.deleted_at is None and m.n > after]
    view = view.model_copy(update={"unread": len(unread), "last_message": shown[-1] if shown else None})
    return ConversationSnapshot(conversation=view, messages=shown, more=before.more)


def _view_after(view: ConversationView, event: Event) -> ConversationView:
    match event.type:
        case "conversation.renamed":
            return view.model_copy(update={"title": event.data["title"]})
        case "conversation.closed" | "conversation.reopened":
            return view.model_copy(update={"closed": event.type == "conversation.closed"})
        case "member.joined":
            person = PersonView.model_validate(event.data["person"], strict=False)
            return view.model_copy(update={"members": [*view.members, MemberView(person=person, joined_at=event.at)]})
        case "member.left":
            staying = [m for m in view.members if m.person.user_id != event.data["user_id"]]
            return view.model_copy(update={"members": staying})
        case "chat.marked":
            return view.model_copy(update={"members": [_marked(member, event) for member in view.members]})
    return view


def _marked(member: MemberView, event: Event) -> MemberView:
    if member.person.user_id != event.by:
        return member
    moved = {name: max(getattr(member, name), event.data.get(name) or 0) for name in ("delivered_n", "read_n")}
    return member.model_copy(update=moved)


def _message_after(messages: dict[int, MessageView], event: Event, conversation_id: str) -> None:
    match event.type:
        case "chat.sent":
            messages[event.n] = MessageView(
                conversation_id=conversation_id, n=event.n, cid=event.cid, author_id=event.by, sent_at=event.at,
                text=event.data["text"], reply_to=event.data["reply_to"],
            )  # fmt: skip
        case "chat.edited" if messages[event.data["ref"]].deleted_at is None:
            change = {"text": event.data["text"], "edited_at": event.at}
            messages[event.data["ref"]] = messages[event.data["ref"]].model_copy(update=change)
        case "chat.deleted" if messages[event.data["ref"]].deleted_at is None:
            change = {"text": "", "deleted_at": event.at}
            messages[event.data["ref"]] = messages[event.data["ref"]].model_copy(update=change)


def notifications(before: Notifications, events: Iterable[Event]) -> Notifications:
    """The inbox's first page after these facts."""
    shown = {view.n: view for view in before.notifications}
    read_up_to, head = before.read_up_to, before.n
    for event in events:
        head = event.n
        if event.type == "notification.raised":
            shown[event.n] = NotificationView.model_validate(
                {**event.data, "n": event.n, "at": event.at, "read": False}, strict=False
            )
        elif event.type == "notification.marked":
            read_up_to = max(read_up_to, event.data["up_to_n"] or 0)
            for n, view in shown.items():
                read = view.read or n <= read_up_to or n in event.data["ns"]
                shown[n] = view.model_copy(update={"read": read})
    pages = [shown[n] for n in sorted(shown, reverse=True)]
    unread = sum(not view.read for view in pages)
    return Notifications(notifications=pages, more=before.more, unread=unread, read_up_to=read_up_to, n=head)


def relationships(before: list[RelationshipView], events: Iterable[Event]) -> list[RelationshipView]:
    """The list of living relationships after these facts of the inbox, newest change first."""
    known = {view.relationship_id: view for view in before}
    for event in events:
        if event.type == "relationship.changed":
            view = RelationshipView.model_validate(event.data["relationship"], strict=False)
            known[view.relationship_id] = view
    living = [view for view in known.values() if view.status.value in ("proposed", "active")]
    return sorted(living, key=lambda view: view.changed_at, reverse=True)


def without_joining_times(snapshot: ConversationSnapshot) -> ConversationSnapshot:
    """The fact's own time stands for the time of joining; the document's is a moment earlier."""
    fixed = snapshot.conversation.created_at
    members = [member.model_copy(update={"joined_at": fixed}) for member in snapshot.conversation.members]
    members.sort(key=lambda member: member.person.user_id)
    return snapshot.model_copy(update={"conversation": snapshot.conversation.model_copy(update={"members": members})})
