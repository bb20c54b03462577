"""The state machine of a call: who rings, answers, leaves, and what follows. Pure: no clock, no database.

Every function alters the call it is given and returns the facts that the change owes, or None if there was nothing to
change. `now` has whole milliseconds. `CallBook.change` applies them by compare-and-set.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.documents.call import Call, Party
from models.documents.owing import PendingFact
from models.enums import CLINICIANS, Role
from models.errors import AnsweredElsewhere, CallFull, CallOver, Forbidden, NotFound, NotInCall
from models.events.call_views import MAX_PARTIES, CallKind, CallReason, CallState, MediaState, PartyState
from models.events.calls import RING_S, BusyMode
from models.ids import derived_id
from services.calls import facts
from services.ports import Person

Facts = list[PendingFact]

RING: Final = timedelta(seconds=RING_S)
SEATED: Final = frozenset({PartyState.PRESENT, PartyState.AWAY})
MAX_SEATS: Final = 32
"""Different people in one call over all its time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody acts from."""

    device_id: str
    node: str
    """Boot id of the hub node that their connection is on."""


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to be called, and how they take it if they are in another call just now."""

    person: Person
    engaged: BusyMode | None = None


def start(call: Call, callees: list[Callee], now: datetime) -> Facts:
    """A new call, in which only the caller sits as yet. It ends at once if everybody is busy."""
    told: Facts = []
    for callee in callees:
        told += ring(call, callee, call.parties[0], now)
    return [facts.started(call), *told, *settle(call, CallReason.BUSY, now)]


def ring(call: Call, callee: Callee, caller: Party, now: datetime) -> Facts:
    """Let all devices of one person ring; somebody who is busy and wants no call waiting is only told afterwards."""
    party = _seat_for(call, callee.person, now)
    party.busy_waiting = callee.engaged is BusyMode.WAITING
    if callee.engaged is BusyMode.BUSY:
        return [*_vacate(call, party, CallReason.BUSY, now), facts.missed(call, party)]
    party.state, party.ended = PartyState.RINGING, None
    party.ring_expires_at = call.ring_expires_at = now + RING
    return [facts.rang(call, party, caller, party.ring_expires_at)]


def accept(call: Call, user_id: str, place: Place, now: datetime) -> Facts | None:
    """The first device to answer takes the seat; those who were in a live call may come back the same way.

    NotFound, CallOver, AnsweredElsewhere (also: declined elsewhere), CallFull.
    """
    party = _party(call, user_id)
    _require_live(call)
    if party.state in SEATED or party.state is PartyState.WAITING:
        if party.device_id == place.device_id:
            return None
        raise AnsweredElsewhere
    told: Facts = []
    if party.state is PartyState.RINGING:
        told.append(facts.ring_ended(call, party, CallReason.ANSWERED_ELSEWHERE, place.device_id))
    elif party.ended is CallReason.DECLINED:
        raise AnsweredElsewhere
    elif len(call.engaged) >= MAX_PARTIES:
        raise CallFull
    party.device_id, party.node, party.leg_id, party.away_at = place.device_id, place.node, None, None
    party.ended, party.left_at, party.ring_expires_at = None, None, None
    if party.replaces is not None:
        return told + take_over(call, party, now)
    if call.waiting_room or party.role is Role.GUEST:
        party.state = PartyState.WAITING
        return told
    return told + join(call, party, now)


def take_over(call: Call, party: Party, now: datetime) -> Facts:
    """The target of a transfer is here: the other one leaves, and is no longer host."""
    former = call.party_of(party.replaces or "")
    party.replaces = None
    told = [] if party.state in SEATED else join(call, party, now)
    if former is None or former.state not in SEATED:
        return told
    if call.host_id == former.user_id:
        call.host_id = party.user_id
    told.append(facts.transferred(call, former.user_id, party.user_id))
    return told + _vacate(call, former, CallReason.ENDED, now) + settle(call, CallReason.ENDED, now)


def join(call: Call, party: Party, now: datetime) -> Facts:
    """Somebody sits down."""
    party.state, party.joined_at, party.connected_n = PartyState.PRESENT, now, 0
    if party.away_at is not None:
        party.state = PartyState.AWAY
    if call.state is CallState.RINGING and len(call.present) > 1:
        call.state = CallState.ACTIVE if call.kind is CallKind.CHAT else CallState.CONNECTING
        call.answered_at = now
    return [facts.joined(call, party)]


def decline(call: Call, user_id: str, device_id: str, now: datetime) -> Facts | None:
    """Stop the ring on all devices. NotFound, CallOver, AnsweredElsewhere (also: declined elsewhere)."""
    party = _party(call, user_id)
    if party.ended is CallReason.DECLINED and party.device_id == device_id:
        return None
    _require_live(call)
    if party.state is PartyState.GONE and party.ended is not CallReason.DECLINED:
        return None
    if party.state is not PartyState.RINGING:
        raise AnsweredElsewhere
    party.device_id = device_id
    told = _vacate(call, party, CallReason.DECLINED, now, device_id)
    return told + settle(call, CallReason.DECLINED, now)


def leave(call: Call, user_id: str, device_id: str, now: datetime) -> Facts | None:
    """Hang up; leaving a ring is declining it. NotFound."""
    party = _party(call, user_id)
    if not call.live or party.state is PartyState.GONE:
        return None
    if party.state is PartyState.RINGING:
        return decline(call, user_id, device_id, now)
    return give_up(call, party, CallReason.ENDED, now)


def end(call: Call, user_id: str, now: datetime) -> Facts | None:
    """End it for everybody. NotFound, Forbidden for all but the host."""
    _party(call, user_id)
    if not call.live:
        return None
    if call.host_id != user_id:
        raise Forbidden
    return finish(call, CallReason.ENDED, now)


def expel(call: Call, user_id: str, now: datetime) -> Facts | None:
    """Somebody has lost the right to be in this call."""
    party = call.party_of(user_id)
    if party is None or not call.live or party.state is PartyState.GONE:
        return None
    return give_up(call, party, CallReason.ENDED, now)


def set_media(call: Call, user_id: str, media: MediaState) -> Facts | None:
    """What somebody sends now. NotFound, CallOver, NotInCall."""
    party = _party(call, user_id)
    _require_live(call)
    if party.state not in SEATED:
        raise NotInCall
    if party.media == media:
        return None
    party.media = media
    return [facts.media_changed(call, party)]


def connected(call: Call, party_id: str, path_n: int, now: datetime) -> Facts | None:
    """Media flows for this party on path `path_n`. The call is active once it does for two who are present."""
    party = call.party(party_id)
    if party is None or not call.live or party.state not in SEATED or party.connected_n >= path_n:
        return None
    party.connected_n = path_n
    flowing = [one for one in call.present if one.connected_n == call.path_n]
    if call.state is CallState.CONNECTING and len(flowing) > 1:
        call.state = CallState.ACTIVE
    return []


def give_up(call: Call, party: Party, reason: CallReason, now: datetime) -> Facts:
    """One place is given up, and the call ends if nobody is left to talk with."""
    return _vacate(call, party, reason, now) + settle(call, reason, now)


def settle(call: Call, reason: CallReason, now: datetime) -> Facts:
    """After a departure for `reason`: the host passes on, or the call ends.

    It goes on while two are in it, or one and somebody rings, waits or has a guest link; never for guests alone.
    """
    if not call.live:
        return []
    _pass_host(call)
    hopeful = len(call.engaged) > len(call.present) or any(link.spent_at is None for link in call.guest_links)
    if any(party.role is not Role.GUEST for party in call.present) and (len(call.present) > 1 or hopeful):
        return []
    return finish(call, reason, now)


def finish(call: Call, reason: CallReason, now: datetime) -> Facts:
    """It is over for everybody. A call that nobody answered was cancelled, or declined, or missed; never `ended`."""
    if call.answered_at is None:
        reason = CallReason.CANCELLED if reason is CallReason.ENDED else reason
    elif reason is not CallReason.FAILED:
        reason = CallReason.ENDED
    told: Facts = []
    for party in call.engaged:
        ringing = party.state is PartyState.RINGING
        told += _vacate(call, party, CallReason.CANCELLED if ringing else CallReason.ENDED, now)
    call.state, call.reason, call.ended_at = CallState.ENDED, reason, now
    call.guest_links = [link for link in call.guest_links if link.spent_at is not None]
    return [*told, facts.ended(call, reason, now)]


def host_of(call: Call, user_id: str) -> Party:
    """The seat of the host, if that is who asks. NotFound, CallOver, NotInCall, Forbidden."""
    party = _party(call, user_id)
    _require_live(call)
    if party.state not in SEATED:
        raise NotInCall
    if call.host_id != user_id:
        raise Forbidden
    return party


def _vacate(call: Call, party: Party, reason: CallReason, now: datetime, device_id: str | None = None) -> Facts:
    told: Facts = []
    if party.state is PartyState.RINGING:
        told.append(facts.ring_ended(call, party, _of_ring(reason), device_id))
        if reason is not CallReason.DECLINED:
            told.append(facts.missed(call, party))
    party.state, party.ended, party.left_at = PartyState.GONE, reason, now
    party.leg_id = party.node = party.away_at = party.ring_expires_at = party.replaces = None
    party.connected_n = 0
    for other in call.parties:
        if other.replaces == party.user_id:
            other.replaces = None
    return [*told, facts.left(call, party, reason)]


def _of_ring(reason: CallReason) -> CallReason:
    if reason is CallReason.DECLINED:
        return CallReason.DECLINED_ELSEWHERE
    return CallReason.MISSED if reason is CallReason.MISSED else CallReason.CANCELLED


def _pass_host(call: Call) -> None:
    present = [party for party in call.present if party.role is not Role.GUEST]
    if not present or any(party.user_id == call.host_id for party in present):
        return

    def order(party: Party) -> tuple[bool, bool, datetime]:
        away, lay = party.state is PartyState.AWAY, party.role not in CLINICIANS
        return away, lay, party.joined_at or party.invited_at

    call.host_id = min(present, key=order).user_id


def _seat_for(call: Call, person: Person, now: datetime) -> Party:
    """The place of this person, the same as before if they had one. CallFull."""
    party = call.party_of(person.user_id)
    if len(call.engaged) >= MAX_PARTIES or (party is None and len(call.parties) >= MAX_SEATS):
        raise CallFull
    if party is None:
        party = Party(
            party_id=derived_id("party", call.id, person.user_id), user_id=person.user_id, name=person.name,
            role=person.role, verified=person.verified, state=PartyState.GONE, invited_at=now,
        )  # fmt: skip
        call.parties.append(party)
    party.invited_at, party.device_id, party.left_at = now, None, None
    return party


def _party(call: Call, user_id: str) -> Party:
    party = call.party_of(user_id)
    if party is None:
        raise NotFound
    return party


def _require_live(call: Call) -> None:
    if not call.live:
        raise CallOver
