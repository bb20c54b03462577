"""A forgotten password: a one-time link by mail."""

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Final

from models import streams
from models.documents.account import Account
from models.documents.owing import pending
from models.documents.reset import PasswordReset
from models.enums import AccountStatus, NotificationCategory
from models.errors import WrongCredentials
from models.events.base import Done
from models.events.credentials import (
    ACCOUNT_PASSWORD_CHANGED,
    ConfirmPasswordReset,
    PasswordChanged,
    RequestPasswordReset,
)
from models.events.sessions import SessionEnd
from models.ids import SYSTEM
from services import state
from services.accounts.endings import Endings
from services.accounts.passwords import PasswordHasher, require_strong
from services.accounts.profile import Profiles
from services.accounts.settings import PasswordSettings, ResetSettings
from services.accounts.sign_in import Accounts
from services.accounts.throttling import Throttling
from services.mail import Mailroom, password_changed_letter, reset_letter
from services.notifications import notice
from services.unit import Unit

TOKEN_BYTES: Final = 32
HOUR: Final = timedelta(hours=1)


class PasswordResetService:
    """Sends the link, and takes it back once."""

    def __init__(
        self,
        accounts: Accounts,
        profiles: Profiles,
        throttling: Throttling,
        hasher: PasswordHasher,
        endings: Endings,
        mailroom: Mailroom,
        settings: ResetSettings,
        passwords: PasswordSettings,
    ) -> None:
        self._accounts = accounts
        self._profiles = profiles
        self._throttling = throttling
        self._hasher = hasher
        self._endings = endings
        self._mailroom = mailroom
        self._settings = settings
        self._passwords = passwords

    async def request(self, unit: Unit, cmd: RequestPasswordReset) -> Done:
        """Send a link to the account's e-mail address. Unknown names cost the same writes and get the same answer."""
        now = unit.now
        await self._throttling.visit(unit.address, now)
        account, unknown = await self._accounts.by_login(cmd.login)
        allowed = await self._throttling.within(
            f"reset:{account.id if account else unknown}", self._settings.per_hour, now, HOUR
        )
        email = None if account is None else self._profiles.opened(account, "email")
        token = base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).rstrip(b"=").decode()
        reachable = account is not None and email is not None and account.status is not AccountStatus.DISABLED
        user_id = account.id if account is not None and reachable and allowed else ""
        await state.insert(
            PasswordReset(
                id=_hash(token),
                user_id=user_id,
                generation=account.generation if account else 0,
                email_index=account.email_index if account else None,
                expires_at=now + timedelta(seconds=self._settings.valid_s),
            )
        )
        if account is not None and email is not None and user_id:
            link = f"{self._settings.link}#token={token}"
            await self._mailroom.enqueue(reset_letter(email, account.name, account.language, link), now)
        else:
            await self._mailroom.decoy(now)
        return Done()

    async def confirm(self, unit: Unit, cmd: ConfirmPasswordReset) -> Done:
        """Use the link: a new password, and every session ends. A weak password does not use it up."""
        now = unit.now
        await self._throttling.visit(unit.address, now)
        reset = await state.fetch(PasswordReset, _hash(cmd.token))
        account = None
        if reset is not None and reset.expires_at > now and reset.user_id:
            account = await state.fetch(Account, reset.user_id)
        if reset is None or account is None or account.status is AccountStatus.DISABLED:
            raise WrongCredentials
        if (reset.generation, reset.email_index) != (account.generation, account.email_index):
            raise WrongCredentials
        email = self._profiles.opened(account, "email")
        require_strong(cmd.new_password, (account.name, email), self._passwords.min_chars)
        password_hash = await self._hasher.hash(cmd.new_password)
        used = await state.collection_of(PasswordReset).delete_one({"_id": reset.id, "expires_at": {"$gt": now}})
        if used.deleted_count != 1:
            raise WrongCredentials
        facts = (
            pending(ACCOUNT_PASSWORD_CHANGED, PasswordChanged(reset=True), streams.inbox(account.id)),
            notice(account.id, NotificationCategory.SECURITY, "account.password_changed", link="/profile"),
        )
        await self._endings.end_all(
            account,
            SessionEnd.PASSWORD_RESET,
            now,
            by=SYSTEM,
            values={"password_hash": password_hash},
            facts=facts,
        )
        await forget_links(account.id)
        await self._throttling.clear(f"account:{account.id}")
        await self._throttling.leave(unit.address, now)
        if email is not None:
            await self._mailroom.enqueue(password_changed_letter(email, account.name, account.language), now)
        unit.resource = account.id
        return Done()


async def forget_links(user_id: str) -> None:
    """Delete the links that were sent to an account and not used."""
    await state.collection_of(PasswordReset).delete_many({"user_id": user_id})


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
