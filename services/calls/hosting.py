"""What the host does in a call: invite, admit, refuse, hand on, and open it to guests. Pure, as in `machine`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.documents.call import Call, GuestLink, Party
from models.enums import Role
from models.errors import CallFull, CallOver, Forbidden, LinkSpent, NotFound
from models.events.call_views import MAX_PARTIES, CallReason, PartyState
from models.ids import derived_id
from services.calls import machine
from services.calls.machine import MAX_SEATS, SEATED, Callee, Facts, host_of

MAX_LINKS: Final = 8
"""Guest links of one call, used ones included."""


def invite(call: Call, host_id: str, callee: Callee, now: datetime) -> Facts | None:
    """Ring for one more; nothing happens if they are in it, ring or wait."""
    host = host_of(call, host_id)
    party = call.party_of(callee.person.user_id)
    if party is not None and party.state is not PartyState.GONE:
        return None
    return machine.ring(call, callee, host, now)


def transfer(call: Call, host_id: str, callee: Callee, now: datetime) -> Facts | None:
    """Ring for the clinician who takes over; if they sit or wait in the call already, it is theirs at once.

    If they do not answer, nothing changes: a transfer never takes anybody out by itself.
    """
    host = host_of(call, host_id)
    if callee.person.user_id == host_id:
        raise Forbidden
    party = call.party_of(callee.person.user_id)
    if party is None or party.state is PartyState.GONE:
        told = machine.ring(call, callee, host, now)
        party = call.party_of(callee.person.user_id)
    elif party.replaces == host_id:
        return None
    else:
        told = []
    if party is None or party.state is PartyState.GONE:
        return told
    party.replaces = host_id
    return told if party.state is PartyState.RINGING else told + machine.take_over(call, party, now)


def admit(call: Call, host_id: str, party_id: str, now: datetime) -> Facts | None:
    """Let somebody in from the waiting room. NotFound if that place does not wait."""
    host_of(call, host_id)
    party = _waiting(call, party_id)
    if party.state in SEATED:
        return None
    if len(call.present) >= MAX_PARTIES:
        raise CallFull
    return machine.join(call, party, now)


def refuse(call: Call, host_id: str, party_id: str, now: datetime) -> Facts | None:
    """Turn somebody in the waiting room away, take an invitation back while it rings, or a guest out of the call."""
    host_of(call, host_id)
    party = call.party(party_id)
    if party is not None and party.state is PartyState.RINGING:
        return machine.give_up(call, party, CallReason.CANCELLED, now)
    if party is not None and party.state is PartyState.GONE:
        return None
    party = _waiting(call, party_id)
    if party.state in SEATED and party.role is not Role.GUEST:
        raise NotFound
    return machine.give_up(call, party, CallReason.DECLINED, now)


def turned_away(call: Call, party_id: str, now: datetime) -> Facts | None:
    """Somebody who waited turned out to sit in another call."""
    party = call.party(party_id)
    if party is None or party.state is not PartyState.WAITING:
        return None
    return machine.give_up(call, party, CallReason.BUSY, now)


# -- guests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrival:
    """A guest who holds the secret of a link."""

    user_id: str
    name: str
    device_id: str


def open_link(call: Call, host_id: str, link: GuestLink) -> Facts | None:
    """A way in for one person. The same command again replaces the secret, which its first answer may have lost."""
    host_of(call, host_id)
    standing = next((one for one in call.guest_links if one.link_id == link.link_id), None)
    if standing is not None:
        if standing.spent_at is None:
            standing.secret_hash = link.secret_hash
        return []
    if len(call.engaged) >= MAX_PARTIES or len(call.guest_links) >= MAX_LINKS:
        raise CallFull
    call.guest_links.append(link)
    return []


def revoke_link(call: Call, host_id: str, link_id: str, now: datetime) -> Facts | None:
    """A link that was not used yet works no more. NotFound if there never was one."""
    host_of(call, host_id)
    if link_id not in [link.link_id for link in call.guest_links]:
        raise NotFound
    call.guest_links = [link for link in call.guest_links if link.link_id != link_id or link.spent_at is not None]
    return machine.settle(call, CallReason.ENDED, now)


def open_link_of(call: Call, secret_hash: str, now: datetime) -> GuestLink:
    """The link of that secret, used or not, as long as it could be of use. LinkSpent."""
    link = next((one for one in call.guest_links if one.secret_hash == secret_hash), None)
    if link is None or not call.live or link.expires_at <= now:
        raise LinkSpent
    return link


def arrive(call: Call, secret_hash: str, arrival: Arrival, now: datetime) -> Facts | None:
    """Use a link up: its holder waits to be admitted. Once only; the same guest again finds their place.

    LinkSpent, CallOver, CallFull.
    """
    link = open_link_of(call, secret_hash, now)
    party_id = derived_id("party", call.id, arrival.user_id)
    if link.spent_at is not None:
        party = call.party(party_id)
        if party is None or party.ended is CallReason.DECLINED:  # another guest's, or the host turned this one away
            raise LinkSpent
        return None
    if not call.live:
        raise CallOver
    if len(call.engaged) >= MAX_PARTIES or len(call.parties) >= MAX_SEATS:
        raise CallFull
    link.spent_at, link.party_id = now, party_id
    # Not connected yet: as one whose connection is lost, the guest has half a minute to appear.
    guest = Party(
        party_id=party_id, user_id=arrival.user_id, name=arrival.name, role=Role.GUEST, state=PartyState.WAITING,
        device_id=arrival.device_id, invited_at=now, away_at=now,
    )  # fmt: skip
    call.parties.append(guest)
    return []


def dismissed(call: Call) -> list[Party]:
    """Guests who have no more business here: the call is over, or the host has turned them away or taken them out."""
    guests = [party for party in call.parties if party.role is Role.GUEST]
    return [party for party in guests if not call.live or party.ended is CallReason.DECLINED]


def _waiting(call: Call, party_id: str) -> Party:
    party = call.party(party_id)
    if party is None or (party.state is not PartyState.WAITING and party.state not in SEATED):
        raise NotFound
    return party
