"""The connections of this node that sit in calls: their rooms, their owners' presence, and what happens when they go.

A call says on which node each party's leg is. Each node tells the calls of connections that it has lost, corrects what
the calls say of it wrongly, and lets the database know that it lives; `services.calls.watch` looks after the dead.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from models import rooms
from models.documents.call import Call, Party
from models.errors import HubError
from models.events.call_views import CallState, PartyState
from models.events.calls import CALL_ENDED, CALL_JOINED, CALL_LEFT
from models.events.signaling import CALL_LEG_REPLACED, LegReplaced
from models.ids import UserId
from services.calls import seats
from services.calls.book import CallBook, Change, milliseconds
from services.calls.errands import Errands
from services.calls.heartbeats import Heartbeats
from services.calls.machine import SEATED
from services.calls.ports import CallRoomsPort
from services.calls.seats import Leg
from services.calls.views import is_outside
from services.ports import Event, PresencePort

SETTLED_S: Final = 5.0
"""A younger leg may be known here and not yet in what was read, or the other way round."""
MOST_CALLS: Final = 5_000
"""Live calls of one node that are compared with its connections."""

HEARD: Final = (CALL_LEFT.name, CALL_JOINED.name, CALL_ENDED.name)
"""Facts that `hear` wants."""


@dataclass(slots=True)
class Sighting:
    """A connection of this node, and the place it sits on."""

    call_id: str
    party_id: str
    leg: Leg
    seated: bool
    """Not while they wait to be admitted."""
    since: float
    version: int
    """Of the call that said so: what an older one says came too late."""


class Sightings:
    """One connection sits in at most one call, one person on at most one connection."""

    def __init__(
        self, boot_id: str, heartbeats: Heartbeats, book: CallBook, lossy: CallRoomsPort, presence: PresencePort
    ) -> None:
        self._boot_id = boot_id
        self._heartbeats = heartbeats
        self._book = book
        self._rooms = lossy
        self._presence = presence
        self._held: dict[Any, Sighting] = {}
        self._in_call: set[str] = set()
        self._gone: WeakSet[Any] = WeakSet()
        self._losses: list[Sighting] = []
        self._sat: WeakKeyDictionary[Any, Sighting] = WeakKeyDictionary()
        """Where each connection sat last, whether or not it still does."""
        self._errands = Errands()

    def hold(self, connection: Any, call: Call, party: Party) -> bool:
        """This connection now sits on the place: it hears the call, and its former leg is over.

        False if another connection has sat down there since the call was written so.
        """
        leg = Leg(party.user_id, party.leg_id, self._boot_id)
        since = asyncio.get_running_loop().time()
        held = Sighting(call.id, party.party_id, leg, party.state in SEATED, since, call.version)
        if connection in self._gone:
            self._losses.append(held)
            return True
        rivals = {one: sat for one, sat in self._held.items() if one is connection or sat.party_id == party.party_id}
        if any(sat.version > call.version for one, sat in rivals.items() if one is not connection):
            return False
        for other in rivals:
            self._quit(other)
        self._held[connection] = self._sat[connection] = held
        if not is_outside(party):
            self._rooms.join(rooms.call(call.id), connection)
        if party.leg_id is not None:
            self._rooms.join(rooms.leg(party.leg_id), connection)
        self._show(party.user_id)
        return True

    def sat(self, connection: Any, call_id: str) -> Leg | None:
        """The leg that this connection sat on last, if that was in this call."""
        held = None if connection is None else self._sat.get(connection)
        return held.leg if held is not None and held.call_id == call_id else None

    def replaced(self, connection: Any, call_id: str, leg_id: str) -> None:
        """Another leg has taken the place of this one, wherever it is."""
        if connection is not None:
            self._rooms.leave(rooms.leg(leg_id), connection)
        told = LegReplaced(call_id=call_id, leg_id=leg_id)
        self._rooms.publish(rooms.leg(leg_id), CALL_LEG_REPLACED.name, told.model_dump(mode="json"))

    def connection_gone(self, connection: Any) -> None:
        """The gateway lost a connection; only enqueues."""
        self._gone.add(connection)
        held = self._held.get(connection)
        if held is not None:
            self._losses.append(held)
            self._release(connection)

    def hear(self, event: Event) -> None:
        """A fact of some call went by, from any node; only enqueues.

        It may come late, when somebody who left is back, or was let in and waits again: the call itself says how
        things stand.
        """
        call_id = event.data["call_id"]
        if any(held.call_id == call_id for held in self._held.values()):
            self._errands.put(call_id, partial(self._look, call_id))  # if there are too many, `beat` finds it

    # -- by the clock -------------------------------------------------------------------------------------------------

    async def tell_losses(self) -> None:
        """Tell the calls which of their legs are gone. What fails here, `beat` finds again."""
        while self._losses:
            lost = self._losses.pop(0)
            if not any(held.leg == lost.leg and held.call_id == lost.call_id for held in self._held.values()):
                await self._book.change(lost.call_id, _losing(lost.leg))

    async def beat(self) -> None:
        """This node is alive; and what calls say of it is true."""
        await self._heartbeats.beat()
        await self._compare()

    async def stop(self) -> None:
        """The node goes down: its connections are gone, and it says so itself."""
        await self._errands.close()
        for connection in list(self._held):
            self.connection_gone(connection)
        try:
            await self.tell_losses()
            await self._heartbeats.end()
        except HubError:
            return  # the others will notice that the heartbeat is missing

    async def _compare(self) -> None:
        asked_at = asyncio.get_running_loop().time()
        here = {"state": {"$ne": CallState.ENDED.value}, "parties.node": self._boot_id}
        calls = await self._book.find(here, MOST_CALLS)
        said: set[tuple[str, Leg]] = set()
        held = {(one.call_id, one.leg) for one in self._held.values()}
        for call in calls:
            for party in call.engaged:
                if party.node == self._boot_id:
                    key = (call.id, Leg(party.user_id, party.leg_id, self._boot_id))
                    said.add(key)
                    await self._correct(call, party, key[1], held=key in held)
        if len(calls) == MOST_CALLS:
            return
        for connection, one in list(self._held.items()):
            if (one.call_id, one.leg) not in said and one.since < asked_at - SETTLED_S:
                self._release(connection)

    async def _correct(self, call: Call, party: Party, leg: Leg, *, held: bool) -> None:
        now = _now()
        since = max(moment for moment in (party.invited_at, party.joined_at, party.leg_at) if moment is not None)
        if held and party.away_at is not None:
            await self._book.change(call.id, lambda one: seats.returned(one, leg))
        elif not held and party.away_at is None and (now - since).total_seconds() > SETTLED_S:
            await self._book.change(call.id, lambda one: seats.lost(one, leg, now))

    async def _look(self, call_id: str) -> None:
        call = await self._book.look(call_id)
        for connection, held in list(self._held.items()):
            if held.call_id != call_id or (call is not None and call.version < held.version):
                continue
            party = None if call is None or not call.live else call.party(held.party_id)
            if party is None or party.state is PartyState.GONE or party.node != self._boot_id:
                self._release(connection)
            elif party.state in SEATED and not held.seated:
                held.seated = True
                self._rooms.join(rooms.call(call_id), connection)
                self._show(held.leg.user_id)

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _release(self, connection: Any) -> None:
        held = self._held.get(connection)
        if held is not None:
            self._quit(connection)
            self._show(held.leg.user_id)

    def _quit(self, connection: Any) -> None:
        held = self._held.pop(connection)
        self._rooms.leave(rooms.call(held.call_id), connection)
        if held.leg.leg_id is not None:
            self._rooms.leave(rooms.leg(held.leg.leg_id), connection)

    def _show(self, user_id: str) -> None:
        """Presence hears of changes only: to end and begin at once would end it."""
        seated = any(held.leg.user_id == user_id and held.seated for held in self._held.values())
        if seated == (user_id in self._in_call):
            return
        self._in_call.symmetric_difference_update({user_id})
        self._presence.set_in_call(UserId(user_id), seated)


def _losing(leg: Leg) -> Change:
    return lambda call: seats.lost(call, leg, _now())


def _now() -> datetime:
    return milliseconds(datetime.now(UTC))
