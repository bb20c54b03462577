"""Who sits where in a call, and what time does to it: legs, lost connections, rings that run out. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.documents.call import Call, Party
from models.errors import CallOver, NotFound, NotInCall
from models.events.call_views import CallReason, CallState, PartyState
from services.calls import machine
from services.calls.machine import SEATED, Facts, Place

KEPT: Final = timedelta(seconds=30)
"""How long the place of somebody whose connection is gone is kept."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A connection that sits on a place: `leg_id` None from the answer until `call.enter`."""

    user_id: str
    leg_id: str | None
    node: str


def derive(call: Call) -> None:
    """Bring what follows from the parties in line with them: who is seated, and when time matters next."""
    call.seated = [] if call.state is CallState.ENDED else [party.user_id for party in call.present]
    call.due_at = min(_deadlines(call), default=None) if call.live else None


def enter(call: Call, user_id: str, place: Place, leg_id: str, now: datetime) -> Facts | None:
    """Sit down with this leg, another or the same as before. NotFound, CallOver, NotInCall.

    Those who wait to be admitted sit down in the waiting room.
    """
    party = call.party_of(user_id)
    if party is None:
        raise NotFound
    if not call.live:
        raise CallOver
    if party.state not in SEATED and party.state is not PartyState.WAITING:
        raise NotInCall
    before = party.model_copy()
    if party.leg_id != leg_id:
        party.leg_id, party.leg_at, party.connected_n = leg_id, now, 0
    party.device_id, party.node = place.device_id, place.node
    _back(party)
    return None if party == before else []


def sits_at(party: Party, place: Place) -> bool:
    """Whether somebody sits or waits, and does so there."""
    return party.state is not PartyState.GONE and (party.device_id, party.node) == (place.device_id, place.node)


def leave(call: Call, user_id: str, device_id: str, sat: Leg | None, now: datetime) -> Facts | None:
    """Hang up. A place that another device, or another leg than `sat`, has taken is theirs to leave. NotFound.

    `sat`: the leg that the leaving connection had on this place, if it had one.
    """
    party = call.party_of(user_id)
    sits = party is not None and (party.state in SEATED or party.state is PartyState.WAITING)
    if party is not None and sits and (party.device_id != device_id or (sat and sat.leg_id != party.leg_id)):
        return None
    return machine.leave(call, user_id, device_id, now)


def lost(call: Call, leg: Leg, now: datetime) -> Facts | None:
    """The connection of a leg is gone; the place is kept for a while, unless another leg has taken it."""
    party = call.party_of(leg.user_id)
    if not call.live or party is None or party.leg_id != leg.leg_id or party.node != leg.node:
        return None
    return [] if _away(party, now) else None


def returned(call: Call, leg: Leg) -> Facts | None:
    """The leg was thought lost, and is there."""
    party = call.party_of(leg.user_id)
    if not call.live or party is None or party.leg_id != leg.leg_id or party.node != leg.node or party.away_at is None:
        return None
    _back(party)
    return []


def orphaned(call: Call, alive: Collection[str], now: datetime) -> Facts | None:
    """The connections of everybody whose hub node is not alive are gone."""
    if not call.live:
        return None
    gone = [party for party in call.engaged if party.node not in alive and _away(party, now)]
    return [] if gone else None


def tick(call: Call, now: datetime) -> Facts | None:
    """What has run out by now: rings are missed, places given up, guest links void."""
    if not call.live:
        return None
    told: Facts = []
    overdue = [party for party in call.engaged if (until := _until(party)) is not None and until <= now]
    links = [link for link in call.guest_links if link.spent_at is None and link.expires_at <= now]
    if not overdue and not links:
        return None
    call.guest_links = [link for link in call.guest_links if link not in links]
    for party in overdue:
        if party.state is not PartyState.GONE:
            reason = CallReason.MISSED if party.state is PartyState.RINGING else CallReason.FAILED
            told += machine.give_up(call, party, reason, now)
    return told + machine.settle(call, CallReason.MISSED, now)


def _deadlines(call: Call) -> list[datetime]:
    moments = [_until(party) for party in call.engaged]
    links = [link.expires_at for link in call.guest_links if link.spent_at is None]
    return [moment for moment in moments if moment is not None] + links


def _until(party: Party) -> datetime | None:
    if party.state is PartyState.RINGING:
        return party.ring_expires_at
    return None if party.away_at is None else party.away_at + KEPT


def _away(party: Party, now: datetime) -> bool:
    if party.away_at is not None or party.state not in (PartyState.PRESENT, PartyState.WAITING):
        return False
    party.away_at = now
    if party.state is PartyState.PRESENT:
        party.state = PartyState.AWAY
    return True


def _back(party: Party) -> None:
    party.away_at = None
    if party.state is PartyState.AWAY:
        party.state = PartyState.PRESENT
