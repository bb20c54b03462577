"""What the host of a call does to it over a door."""

from collections.abc import Callable

from models.documents.call import Call
from models.enums import CLINICIANS
from models.errors import AlreadyInCall, Forbidden
from models.events.calls import CallReply, DecideOnParty, InviteToCall, TransferCall
from services.calls import hosting
from services.calls.book import CallBook, milliseconds, once
from services.calls.callees import Callees
from services.calls.machine import Callee, Facts, host_of
from services.calls.rights import Rights
from services.calls.views import view_of
from services.policy import Action
from services.unit import Unit


class HostService:
    """Invites, admits, refuses, hands on."""

    def __init__(self, book: CallBook, rights: Rights, callees: Callees) -> None:
        self._book = book
        self._rights = rights
        self._callees = callees

    async def invite(self, unit: Unit, cmd: InviteToCall) -> CallReply:
        """Ring for another member of the conversation."""
        callee = await self._callee(unit, cmd.call_id, cmd.user_id, Action.CALL)
        now, host_id = milliseconds(unit.now), unit.actor.user_id
        return await self._change(unit, cmd, lambda call: hosting.invite(call, host_id, callee, now))

    async def transfer(self, unit: Unit, cmd: TransferCall) -> CallReply:
        """Ring for the clinician who shall take over."""
        callee = await self._callee(unit, cmd.call_id, cmd.user_id, Action.TRANSFER_CALL)
        if callee.person.role not in CLINICIANS:
            raise Forbidden
        now, host_id = milliseconds(unit.now), unit.actor.user_id
        return await self._change(unit, cmd, lambda call: hosting.transfer(call, host_id, callee, now))

    async def admit(self, unit: Unit, cmd: DecideOnParty) -> CallReply:
        """Let somebody in; who turns out to sit in another call is turned away instead."""
        now, host_id = milliseconds(unit.now), unit.actor.user_id
        try:
            return await self._change(unit, cmd, lambda call: hosting.admit(call, host_id, cmd.party_id, now))
        except AlreadyInCall:
            return await self._change(unit, cmd, lambda call: hosting.turned_away(call, cmd.party_id, now))

    async def refuse(self, unit: Unit, cmd: DecideOnParty) -> CallReply:
        """Turn somebody away, or take an invitation back."""
        now, host_id = milliseconds(unit.now), unit.actor.user_id
        return await self._change(unit, cmd, lambda call: hosting.refuse(call, host_id, cmd.party_id, now))

    async def _callee(self, unit: Unit, call_id: str, user_id: str, action: Action) -> Callee:
        unit.resource = call_id
        call = await self._book.fetch(call_id)
        host_of(call, unit.actor.user_id)
        document = await self._rights.conversation(unit.actor, call.conversation_id, action)
        callees = await self._callees.of(document, [user_id])
        if not callees:
            raise Forbidden
        return callees[0] if user_id not in call.seated else Callee(callees[0].person)

    async def _change(
        self, unit: Unit, cmd: InviteToCall | TransferCall | DecideOnParty, change: Callable[[Call], Facts | None]
    ) -> CallReply:
        unit.resource = cmd.call_id
        return CallReply(call=view_of(await self._book.change(cmd.call_id, once(unit, cmd.cid, change))))
