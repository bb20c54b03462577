"""What people do with calls: start, answer, enter, leave, look."""

import hashlib
from datetime import datetime
from typing import Final

import orjson

from models.documents.call import Call, Party
from models.documents.conversation import Conversation
from models.enums import Role
from models.errors import AlreadyInCall, CallFull, CidConflict, Forbidden, NotFound, NotInCall, TryAgain
from models.events.base import Done
from models.events.call_views import MAX_PARTIES, CallState, PartyState
from models.events.calls import (
    CallReply,
    Calls,
    ChangeCall,
    LeaveCall,
    ListCalls,
    NameCall,
    SetMedia,
    StartCall,
)
from models.events.conversations import ConversationKind
from models.events.signaling import EnterCall, Entered
from models.ids import derived_id, new_id
from services.calls import machine, seats
from services.calls.book import CallBook, Change, mark_of, milliseconds, once
from services.calls.callees import Callees
from services.calls.machine import RING, SEATED, Place
from services.calls.ports import HostOnly, IceServersPort
from services.calls.rights import Rights
from services.calls.seats import Leg, sits_at
from services.calls.sightings import Sightings
from services.calls.views import seen_by, view_of
from services.policy import Action
from services.ports import Person
from services.recordings.ports import RecordingPolicyPort
from services.unit import Unit

LIVE: Final = {"state": {"$ne": CallState.ENDED.value}}
MOST_LISTED: Final = 20
TAKING_PART: Final = [PartyState.PRESENT.value, PartyState.AWAY.value, PartyState.WAITING.value]


class CallService:
    """Authorises, lets the state machine decide, keeps the result, and ties connections to places."""

    def __init__(
        self, boot_id: str, book: CallBook, rights: Rights, callees: Callees, sightings: Sightings,
        ice: IceServersPort, recording: RecordingPolicyPort,
    ) -> None:  # fmt: skip
        self._boot_id = boot_id
        self._book = book
        self._rights = rights
        self._callees = callees
        self._sightings = sightings
        self._ice = ice
        self._recording = recording

    async def start(self, unit: Unit, cmd: StartCall) -> CallReply:
        """Ring for others. If somebody of this conversation rings for the actor just now, that is answered instead."""
        actor = unit.actor
        call_id = unit.resource = derived_id("call", actor.user_id, actor.device_id, cmd.cid)
        standing = await self._book.look(call_id)
        if standing is None:
            document = await self._rights.conversation(actor, cmd.conversation_id, Action.CALL)
            ringing = await self._ringing(unit, cmd)
            if ringing is not None:
                return await self.accept(unit, ChangeCall(cid=cmd.cid, call_id=ringing.id))
            await self._leave_others(unit, call_id, waiting_only=True)
            draft = await self._drafted(unit, cmd, call_id, document)
            draft.recording_required = await self._recording.required({party.role for party in draft.parties})
            standing = await self._book.open(draft)
        if standing.fingerprint != _fingerprint(cmd):
            raise CidConflict
        return self._seated(unit, standing)

    async def accept(self, unit: Unit, cmd: ChangeCall) -> CallReply:
        """Answer on this device, leaving any other call; or come back into one that goes on."""
        unit.resource = cmd.call_id
        actor, now = unit.actor, milliseconds(unit.now)
        place = Place(actor.device_id, self._boot_id)
        found = await self._book.fetch(cmd.call_id)
        await self._rights.attend(actor, found)
        if mark_of(unit, cmd.cid) in found.done:
            return self._seated(unit, found)
        machine.accept(found.model_copy(deep=True), actor.user_id, place, now)
        await self._leave_others(unit, cmd.call_id)
        change = once(unit, cmd.cid, lambda call: machine.accept(call, actor.user_id, place, now))
        try:
            call = await self._book.change(cmd.call_id, change)
        except AlreadyInCall as error:
            raise TryAgain from error  # another device of theirs has just begun another call
        return self._seated(unit, call)

    async def decline(self, unit: Unit, cmd: ChangeCall) -> Done:
        """Stop ringing on all devices."""
        unit.resource = cmd.call_id
        actor, now = unit.actor, milliseconds(unit.now)
        change = once(unit, cmd.cid, lambda call: machine.decline(call, actor.user_id, actor.device_id, now))
        await self._book.change(cmd.call_id, change)
        return Done()

    async def leave(self, unit: Unit, cmd: LeaveCall) -> Done:
        """Hang up. A place that another device or leg has taken stays theirs, however late this comes."""
        unit.resource = cmd.call_id
        actor, now = unit.actor, milliseconds(unit.now)
        sat = self._sightings.sat(unit.origin, cmd.call_id)
        change = once(unit, cmd.cid, lambda call: seats.leave(call, actor.user_id, actor.device_id, sat, now))
        await self._book.change(cmd.call_id, change)
        return Done()

    async def end(self, unit: Unit, cmd: ChangeCall) -> Done:
        """End it for everybody; the host's right."""
        unit.resource = cmd.call_id
        actor, now = unit.actor, milliseconds(unit.now)
        await self._book.change(cmd.call_id, once(unit, cmd.cid, lambda call: machine.end(call, actor.user_id, now)))
        return Done()

    async def enter(self, unit: Unit, cmd: EnterCall) -> Entered:
        """Sit down with this connection. Who waits to be admitted gets ICE servers by entering again afterwards.

        NotFound, CallOver, NotInCall (also: another connection of theirs came after this one, and sits there).
        """
        unit.resource = cmd.call_id
        actor, now = unit.actor, milliseconds(unit.now)
        place, fresh = Place(actor.device_id, self._boot_id), new_id()
        await self._rights.attend(actor, await self._book.fetch(cmd.call_id))
        former: str | None = None

        def sit(call: Call) -> machine.Facts | None:
            nonlocal former
            party = call.party_of(actor.user_id)
            former = party.leg_id if party is not None else None
            goes_on = former is not None and former == cmd.leg_id and party is not None
            same = goes_on and party is not None and party.device_id == place.device_id
            return seats.enter(call, actor.user_id, place, former if same and former else fresh, now)

        call = await self._book.change(cmd.call_id, sit)
        party = _place_of(call, actor.user_id)
        leg_id = party.leg_id or ""
        if former not in (None, leg_id):
            self._sightings.replaced(unit.origin, call.id, former)
        if unit.origin is not None and not self._sightings.hold(unit.origin, call, party):
            raise NotInCall
        servers = self._ice if party.state in SEATED else HostOnly()
        ice = await servers.grant(call, party, unit.now)
        return Entered(
            call=seen_by(call, actor.user_id), party_id=party.party_id, leg_id=leg_id,
            ice_servers=ice.servers.ice_servers, expires_at=ice.servers.expires_at, relay_only=ice.relay_only,
        )  # fmt: skip

    async def set_media(self, unit: Unit, cmd: SetMedia) -> CallReply:
        """What the actor sends now."""
        unit.resource = cmd.call_id
        user_id = unit.actor.user_id
        call = await self._book.change(cmd.call_id, lambda call: machine.set_media(call, user_id, cmd.media))
        return CallReply(call=view_of(call))

    async def get(self, unit: Unit, cmd: NameCall) -> CallReply:
        """As it stands, for its guests and the members of its conversation."""
        unit.resource = cmd.call_id
        call = await self._book.fetch(cmd.call_id)
        await self._rights.see(unit.actor, call)
        return CallReply(call=seen_by(call, unit.actor.user_id))

    async def list_visible(self, unit: Unit, _: ListCalls) -> Calls:
        """Calls the actor is in, or that ring for them."""
        taking_part = {"user_id": unit.actor.user_id, "state": {"$ne": PartyState.GONE.value}}
        found = await self._book.find(LIVE | {"parties": {"$elemMatch": taking_part}}, MOST_LISTED)
        return Calls(calls=[seen_by(call, unit.actor.user_id) for call in found])

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _seated(self, unit: Unit, call: Call) -> CallReply:
        party, place = call.party_of(unit.actor.user_id), Place(unit.actor.device_id, self._boot_id)
        if unit.origin is not None and party is not None and party.leg_id is None and sits_at(party, place):
            self._sightings.hold(unit.origin, call, party)
        return CallReply(call=seen_by(call, unit.actor.user_id))

    async def _ringing(self, unit: Unit, cmd: StartCall) -> Call | None:
        """The call of this conversation that rings for the actor, or that this very command has answered before."""
        rings = {"user_id": unit.actor.user_id, "state": PartyState.RINGING.value}
        either = [LIVE | {"parties": {"$elemMatch": rings}}, {"done": mark_of(unit, cmd.cid)}]
        found = await self._book.find({"conversation_id": cmd.conversation_id, "$or": either}, 1)
        return next(iter(found), None)

    async def _leave_others(self, unit: Unit, call_id: str, *, waiting_only: bool = False) -> None:
        actor, now = unit.actor, milliseconds(unit.now)
        states = [PartyState.WAITING.value] if waiting_only else TAKING_PART
        taking_part = {"user_id": actor.user_id, "state": {"$in": states}}
        others = await self._book.find(
            LIVE | {"_id": {"$ne": call_id}, "parties": {"$elemMatch": taking_part}}, MOST_LISTED
        )
        for other in others:
            await self._book.change(other.id, _leaving(_place_of(other, actor.user_id), now))

    async def _drafted(self, unit: Unit, cmd: StartCall, call_id: str, document: Conversation) -> Call:
        actor, now = unit.actor, milliseconds(unit.now)
        others = [member.user_id for member in document.members if member.user_id != actor.user_id]
        wanted = [user_id for user_id in dict.fromkeys(cmd.invite) if user_id != actor.user_id]
        callees = await self._callees.of(document, wanted or others)
        if not callees or (wanted and len(callees) < len(wanted)):
            raise Forbidden
        if len(callees) >= MAX_PARTIES:
            raise CallFull
        caller = _caller(await self._rights.caller(actor), call_id, unit, self._boot_id)
        call = Call(
            id=call_id, conversation_id=document.id, kind=cmd.kind, state=CallState.RINGING, host_id=actor.user_id,
            title=document.title if document.kind is ConversationKind.GROUP else "", started_by=actor.user_id,
            waiting_room=cmd.waiting_room, fingerprint=_fingerprint(cmd), started_at=now, ring_expires_at=now + RING,
            parties=[caller],
        )  # fmt: skip
        call.outbox = machine.start(call, callees, now)
        return call


def _caller(person: Person, call_id: str, unit: Unit, boot_id: str) -> Party:
    now = milliseconds(unit.now)
    return Party(
        party_id=derived_id("party", call_id, person.user_id), user_id=person.user_id, name=person.name,
        role=Role(person.role), verified=person.verified, state=PartyState.PRESENT, invited_at=now, joined_at=now,
        device_id=unit.actor.device_id, node=boot_id,
    )  # fmt: skip


def _leaving(seen: Party, now: datetime) -> Change:
    """Give up a place as it was seen; whoever has taken it since stays."""
    leg = Leg(seen.user_id, seen.leg_id, seen.node or "")
    return lambda call: seats.leave(call, seen.user_id, seen.device_id or "", leg, now)


def _place_of(call: Call, user_id: str) -> Party:
    party = call.party_of(user_id)
    if party is None:
        raise NotFound
    return party


def _fingerprint(cmd: StartCall) -> str:
    wish = orjson.dumps(cmd.model_dump(mode="json", exclude={"cid"}), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(wish).hexdigest()
