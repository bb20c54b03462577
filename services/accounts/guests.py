"""Guests: accounts that nobody can sign in to, each with one short session."""

from datetime import datetime, timedelta

from models.documents.account import Account
from models.enums import AccountStatus, Role
from models.events.sessions import SessionEnd, SessionTokens
from services import state
from services.accounts.endings import Endings, alive_sessions
from services.accounts.keeping import KEPT_AFTER_END, SessionKeeper
from services.accounts.settings import SessionSettings
from services.unit import Unit


class GuestAccounts:
    """Opens and closes them. Without contact and password there is nothing to sign in with.

    The database deletes an account a day after its last session could have ended, with that session.
    """

    def __init__(self, keeper: SessionKeeper, endings: Endings, settings: SessionSettings) -> None:
        self._keeper = keeper
        self._endings = endings
        self._kept = timedelta(seconds=settings.guest_s) + KEPT_AFTER_END

    async def open(self, unit: Unit, user_id: str, name: str, device_id: str) -> SessionTokens:
        """The guest of that id, signed in on a device; the same one if there is one."""
        purge_at = unit.now + self._kept
        account = Account(
            id=user_id, role=Role.GUEST, status=AccountStatus.ACTIVE, verified=True, name=name, name_words=[],
            password_hash="", created_at=unit.now, purge_at=purge_at,
        )  # fmt: skip
        if not await state.insert(account):
            standing = {"_id": user_id, "role": Role.GUEST.value}
            account = await state.change(Account, standing, {"$set": {"purge_at": purge_at}}) or account
        return await self._keeper.open_guest(unit, account, device_id)

    async def close(self, user_id: str, now: datetime) -> None:
        """End every session of a guest."""
        account = await state.fetch(Account, user_id)
        if account is None or account.role is not Role.GUEST:
            return
        for session in await alive_sessions(account, now):
            await self._endings.end_one(session, SessionEnd.REVOKED, now)
