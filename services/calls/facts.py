"""The durable facts that changes of calls owe: to the conversation's stream, and to the inboxes of those who rang."""

from datetime import datetime

from models import streams
from models.documents.call import Call, Party
from models.documents.owing import PendingFact, pending
from models.enums import NotificationCategory
from models.events.call_views import CallReason
from models.events.calls import (
    CALL_ENDED,
    CALL_JOINED,
    CALL_LEFT,
    CALL_MEDIA_CHANGED,
    CALL_RANG,
    CALL_RING_ENDED,
    CALL_STARTED,
    CALL_TRANSFERRED,
    CallEnded,
    CallJoined,
    CallLeft,
    CallRang,
    CallStarted,
    CallTransferred,
    MediaChanged,
    RingEnded,
)
from models.ids import SYSTEM
from models.streams import StreamId
from services.calls.views import person_view
from services.notifications import notice


def started(call: Call) -> PendingFact:
    """Somebody calls."""
    invited = [party.user_id for party in call.parties if party.user_id != call.started_by]
    data = CallStarted(call_id=call.id, kind=call.kind, waiting_room=call.waiting_room, invited=invited)
    return pending(CALL_STARTED, data, _stream(call), call.started_by)


def rang(call: Call, party: Party, caller: Party, expires_at: datetime) -> PendingFact:
    """All devices of one person ring; after `expires_at` the fact is shown as a missed call."""
    data = CallRang(
        call_id=call.id,
        conversation_id=call.conversation_id,
        kind=call.kind,
        caller=person_view(caller),
        title=call.title,
        expires_at=expires_at,
        waiting=party.busy_waiting,
    )
    return pending(CALL_RANG, data, streams.inbox(party.user_id), caller.user_id, expires_at)


def ring_ended(call: Call, party: Party, reason: CallReason, device_id: str | None = None) -> PendingFact:
    """All devices of one person stop ringing."""
    data = RingEnded(call_id=call.id, reason=reason, device_id=device_id)
    return pending(CALL_RING_ENDED, data, streams.inbox(party.user_id))


def missed(call: Call, party: Party) -> PendingFact:
    """The notification that stays when a ring came to nothing."""
    caller = call.party_of(call.started_by)
    return notice(
        party.user_id,
        NotificationCategory.CALL,
        "call.missed",
        params={"name": caller.name if caller else "", "title": call.title},
        link=f"/conversations/{call.conversation_id}",
    )


def joined(call: Call, party: Party) -> PendingFact:
    """Somebody is in the call now."""
    data = CallJoined(call_id=call.id, party_id=party.party_id, person=person_view(party))
    return pending(CALL_JOINED, data, _stream(call), party.user_id)


def left(call: Call, party: Party, reason: CallReason) -> PendingFact:
    """Somebody is out of it, or never came."""
    data = CallLeft(call_id=call.id, party_id=party.party_id, user_id=party.user_id, reason=reason)
    return pending(CALL_LEFT, data, _stream(call), party.user_id)


def ended(call: Call, reason: CallReason, at: datetime) -> PendingFact:
    """It is over."""
    seconds = 0 if call.answered_at is None else max(0, int((at - call.answered_at).total_seconds()))
    data = CallEnded(call_id=call.id, kind=call.kind, reason=reason, seconds=seconds)
    return pending(CALL_ENDED, data, _stream(call), SYSTEM)


def media_changed(call: Call, party: Party) -> PendingFact:
    """What somebody sends now."""
    data = MediaChanged(call_id=call.id, party_id=party.party_id, media=party.media)
    return pending(CALL_MEDIA_CHANGED, data, _stream(call), party.user_id)


def transferred(call: Call, from_user_id: str, to_user_id: str) -> PendingFact:
    """The call was handed on."""
    data = CallTransferred(call_id=call.id, from_user_id=from_user_id, to_user_id=to_user_id)
    return pending(CALL_TRANSFERRED, data, _stream(call), from_user_id)


def _stream(call: Call) -> StreamId:
    return streams.conversation(call.conversation_id)
