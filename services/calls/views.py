"""A call document as its parties see it."""

from models.documents.call import Call, Party
from models.enums import Role
from models.events.call_views import CallView, PartyState, PartyView
from models.events.people import PersonView


def view_of(call: Call) -> CallView:
    """The same for all who are in it, and for the members of its conversation."""
    return CallView(
        call_id=call.id,
        conversation_id=call.conversation_id,
        version=call.version,
        kind=call.kind,
        state=call.state,
        reason=call.reason,
        host_id=call.host_id,
        waiting_room=call.waiting_room,
        started_at=call.started_at,
        ring_expires_at=call.ring_expires_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        parties=[party_view(party) for party in call.parties],
        path=call.path,
        path_n=call.path_n,
        path_reason=call.path_reason,
        recording=call.recording,
        recording_id=call.recording_id,
        recording_required=call.recording_required,
    )


def seen_by(call: Call, user_id: str) -> CallView:
    """`view_of`; a guest who is not in it, or not yet, sees only the host and themselves: links reach wrong people."""
    view, viewer = view_of(call), call.party_of(user_id)
    if viewer is None or not is_outside(viewer):
        return view
    known = (call.host_id, user_id)
    return view.model_copy(update={"parties": [one for one in view.parties if one.person.user_id in known]})


def is_outside(party: Party) -> bool:
    """A guest who waits to be admitted, or is out of the call."""
    return party.role is Role.GUEST and party.state not in (PartyState.PRESENT, PartyState.AWAY)


def party_view(party: Party) -> PartyView:
    """One seat."""
    return PartyView(
        party_id=party.party_id,
        person=person_view(party),
        state=party.state,
        ended=party.ended,
        leg_id=party.leg_id,
        media=party.media,
        consent=party.consent,
        joined_at=party.joined_at,
        left_at=party.left_at,
    )


def person_view(party: Party) -> PersonView:
    """Who sits there, under the name they had when they were invited."""
    return PersonView(user_id=party.user_id, name=party.name, role=party.role, verified=party.verified)
