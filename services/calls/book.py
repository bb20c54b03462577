"""The one place where calls are read and changed: pure changes, applied by compare-and-set, told afterwards."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import pymongo
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from models import rooms
from models.documents.call import Call, Party
from models.documents.owing import PendingFact
from models.enums import Role
from models.errors import AlreadyInCall, CallOver, NotFound, NotInCall, TryAgain
from models.events.call_views import PartyState
from models.events.calls import CALL_CHANGED, CallChanged
from services import state
from services.calls.seats import derive
from services.calls.views import seen_by, view_of
from services.outbox import Outbox
from services.ports import RoomsPort
from services.unit import Unit

TRIES: Final = 16
"""Lost races before the caller is asked to try again; six parties and a clock cannot lose so often."""
REMEMBERED: Final = 64
"""Commands that a call remembers, so that their repetitions change nothing."""

Change = Callable[[Call], Sequence[PendingFact] | None]
"""Alters a copy of the call and returns the facts it causes; None if there is nothing to change. May raise."""
Listener = Callable[[Call, Call], None]
"""`(before, after)` of every change this node made; only enqueues."""


class CallBook:
    """Reads, changes, tells."""

    def __init__(self, outbox: Outbox, lossy: RoomsPort) -> None:
        self._outbox = outbox
        self._lossy = lossy
        self._listeners: list[Listener] = []

    def on_change(self, listener: Listener) -> None:
        """`listener` is told of every change this node makes."""
        self._listeners.append(listener)

    async def fetch(self, call_id: str) -> Call:
        """The call as it stands. NotFound."""
        found = await state.fetch(Call, call_id)
        if found is None:
            raise NotFound
        return found

    async def look(self, call_id: str) -> Call | None:
        """The call, if there is one."""
        return await state.fetch(Call, call_id)

    async def find(self, query: dict[str, Any], limit: int) -> list[Call]:
        """Calls that match, for jobs and lists."""
        return await state.fetch_all(Call, query, limit, [("started_at", -1)])

    async def page(self, query: dict[str, Any], after: str, limit: int) -> list[Call]:
        """Calls that match, by id, from the one behind `after`."""
        return await state.fetch_all(Call, {**query, "_id": {"$gt": after}}, limit, [("_id", 1)])

    async def open(self, call: Call) -> Call:
        """Store a new call and tell it; an existing one of that id is returned as it stands. AlreadyInCall."""
        derive(call)
        raw = _raw(call)
        try:
            with pymongo.timeout(state.WAIT_S):
                await state.collection_of(Call).insert_one(raw)
        except DuplicateKeyError:
            standing = await state.fetch(Call, call.id)
            if standing is None:
                raise AlreadyInCall from None
            await self._outbox.settle(standing)
            return standing
        except PyMongoError as error:
            raise TryAgain from error
        await self._tell(call, call)
        return call

    async def change(self, call_id: str, change: Change) -> Call:
        """Apply `change` to the newest state until it is nobody else's turn, then tell.

        NotFound, AlreadyInCall (the change would seat somebody who sits elsewhere), TryAgain, and what `change` raises.
        """
        for _ in range(TRIES):
            before = await self.fetch(call_id)
            after = before.model_copy(deep=True)
            facts = change(after)
            if facts is None:
                await self._outbox.settle(before)
                return before
            derive(after)
            after.version = before.version + 1
            after.outbox = [*before.outbox, *facts]
            written = await self._replace(before, after)
            if written is not None:
                await self._tell(before, written)
                return written
        raise TryAgain

    async def _replace(self, before: Call, after: Call) -> Call | None:
        # The outbox is appended to, not replaced: what was settled in between must not come back.
        raw = _raw(after)
        owed = raw.pop("outbox")[len(before.outbox) :]
        key = raw.pop("_id")
        update: dict[str, Any] = {"$set": raw}
        if owed:
            update["$push"] = {"outbox": {"$each": owed}}
        if "seated" not in raw:
            update["$unset"] = {"seated": ""}
        try:
            with pymongo.timeout(state.WAIT_S):
                written = await state.collection_of(Call).find_one_and_update(
                    {"_id": key, "version": before.version}, update, return_document=ReturnDocument.AFTER
                )
        except DuplicateKeyError:
            raise AlreadyInCall from None
        except PyMongoError as error:
            raise TryAgain from error
        return None if written is None else Call.model_validate(written)

    async def _tell(self, before: Call, after: Call) -> None:
        for listener in self._listeners:
            listener(before, after)
        data = CallChanged(call=view_of(after)).model_dump(mode="json")
        self._lossy.publish(rooms.call(after.id), CALL_CHANGED.name, data)
        for party in before.parties:
            if party.role is Role.GUEST and party.state is PartyState.WAITING:  # does not hear the call's room yet
                told = CallChanged(call=seen_by(after, party.user_id)).model_dump(mode="json")
                self._lossy.publish(rooms.user(party.user_id), CALL_CHANGED.name, told)
        await self._outbox.settle(after)


def seated_at(call: Call, user_id: str, leg_id: str | None = None) -> Party:
    """The seat of somebody who is in a live call (on this very leg, if one is named).

    NotFound for outsiders, CallOver, NotInCall (rings, waits, has left, or another leg has taken over).
    """
    party = call.party_of(user_id)
    if party is None:
        raise NotFound
    if not call.live:
        raise CallOver
    if party.state not in (PartyState.PRESENT, PartyState.AWAY) or (leg_id is not None and party.leg_id != leg_id):
        raise NotInCall
    return party


def mark_of(unit: Unit, cid: str) -> str:
    """How a call remembers a command."""
    return f"{unit.actor.user_id}:{unit.actor.device_id}:{cid}"


def once(unit: Unit, cid: str, change: Change) -> Change:
    """`change`, unless this very command has made it before."""
    mark = mark_of(unit, cid)

    def apply(call: Call) -> Sequence[PendingFact] | None:
        if mark in call.done:
            return None
        facts = change(call)
        if facts is not None:
            call.done = [*call.done, mark][-REMEMBERED:]
        return facts

    return apply


def _raw(call: Call) -> dict[str, Any]:
    raw = {"_id": call.id, **call.model_dump(exclude={"id", "revision_id"})}
    if not call.seated:
        del raw["seated"]
    return raw


def milliseconds(moment: datetime) -> datetime:
    """As MongoDB will give it back."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
