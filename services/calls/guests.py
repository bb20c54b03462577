"""Guests: somebody without an account comes into one call through a link that works once."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

from models.documents.call import Call
from models.documents.call import GuestLink as StoredLink
from models.errors import LinkSpent
from models.events.base import Done
from models.events.call_views import CallReason
from models.events.calls import CALL_ENDED, CALL_LEFT
from models.events.guests import (
    CreateGuestLink,
    GuestInvitation,
    GuestJoined,
    GuestLink,
    JoinAsGuest,
    LookAtGuestLink,
    RevokeGuestLink,
)
from models.ids import derived_id
from services.accounts.guests import GuestAccounts
from services.calls import hosting
from services.calls.book import CallBook, milliseconds, once
from services.calls.doubts import Doubts
from services.calls.machine import host_of
from services.calls.rights import Rights
from services.calls.settings import CallSettings
from services.calls.views import seen_by
from services.policy import Action
from services.ports import Event
from services.unit import Unit

SECRET_BYTES: Final = 32
HEARD: Final = (CALL_ENDED.name, CALL_LEFT.name)
"""Facts that `hear` wants."""


class GuestService:
    """Makes links, lets their holders in, and ends their sessions with the call, or when the host takes them out."""

    def __init__(self, book: CallBook, rights: Rights, accounts: GuestAccounts, settings: CallSettings) -> None:
        self._book = book
        self._rights = rights
        self._accounts = accounts
        self._settings = settings
        self._doubtful = Doubts()
        """Calls whose guests may have no more business there."""

    async def create_link(self, unit: Unit, cmd: CreateGuestLink) -> GuestLink:
        """A way in for one person, made by the host."""
        unit.resource = cmd.call_id
        actor, now = unit.actor, milliseconds(unit.now)
        call = await self._book.fetch(cmd.call_id)
        host_of(call, actor.user_id)
        await self._rights.conversation(actor, call.conversation_id, Action.INVITE_GUEST)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        link = StoredLink(
            link_id=derived_id("guest_link", actor.user_id, actor.device_id, cmd.cid), secret_hash=_hash(secret),
            label=cmd.label, by=actor.user_id, expires_at=now + timedelta(minutes=cmd.minutes),
        )  # fmt: skip
        call = await self._book.change(cmd.call_id, lambda one: hosting.open_link(one, actor.user_id, link))
        kept = next(one for one in call.guest_links if one.link_id == link.link_id)
        return GuestLink(
            link_id=link.link_id, url=f"{self._settings.guest_link}#{secret}", expires_at=kept.expires_at
        )  # fmt: skip

    async def revoke_link(self, unit: Unit, cmd: RevokeGuestLink) -> Done:
        """The link works no more; who has come in by it stays."""
        unit.resource = cmd.call_id
        host_id, now = unit.actor.user_id, milliseconds(unit.now)
        change = once(unit, cmd.cid, lambda call: hosting.revoke_link(call, host_id, cmd.link_id, now))
        await self._book.change(cmd.call_id, change)
        return Done()

    async def look(self, unit: Unit, cmd: LookAtGuestLink) -> GuestInvitation:
        """Who invites, if the link still works. LinkSpent."""
        call = await self._of(cmd.secret)
        unit.resource = call.id
        link = hosting.open_link_of(call, _hash(cmd.secret), unit.now)
        if link.spent_at is not None:
            raise LinkSpent
        host = call.party_of(call.host_id)
        return GuestInvitation(host_name=host.name if host else "", expires_at=link.expires_at)

    async def join(self, unit: Unit, cmd: JoinAsGuest) -> GuestJoined:
        """Use the link up. The same device with the same secret, whose answer was lost, is the same guest again."""
        found = await self._of(cmd.secret)
        unit.resource = found.id
        secret_hash, now = _hash(cmd.secret), milliseconds(unit.now)
        link = hosting.open_link_of(found, secret_hash, now)
        arrival = hosting.Arrival(derived_id("guest", link.link_id, cmd.device_id), cmd.name, cmd.device_id)
        call = await self._book.change(found.id, lambda one: hosting.arrive(one, secret_hash, arrival, now))
        tokens = await self._accounts.open(unit, arrival.user_id, arrival.name, cmd.device_id)
        self._doubtful.add(call.id)  # they may have been turned away before there was a session to end
        unit.resource = call.id
        return GuestJoined(tokens=tokens, call=seen_by(call, arrival.user_id))

    def hear(self, event: Event) -> None:
        """A call is over, or somebody was turned away or out; only enqueues."""
        if event.type == CALL_ENDED.name or event.data["reason"] == CallReason.DECLINED.value:
            self._doubtful.add(event.data["call_id"])

    async def dismiss(self) -> None:
        """End the sessions of guests whose call is over or whom the host took out. All nodes do, so one may die."""
        await self._doubtful.settle(self._dismiss)

    async def _dismiss(self, call_id: str) -> None:
        call = await self._book.look(call_id)
        for party in hosting.dismissed(call) if call is not None else []:
            await self._accounts.close(party.user_id, datetime.now(UTC))

    async def _of(self, secret: str) -> Call:
        found = await self._book.find({"guest_links.secret_hash": _hash(secret)}, 1)
        if not found:
            raise LinkSpent
        return found[0]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
