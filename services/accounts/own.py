"""A person's own account: reading it, changing it, choosing another password."""

from typing import Any, Final

from models import streams
from models.documents.account import Account
from models.documents.owing import PendingFact, dumped, pending
from models.enums import NotificationCategory
from models.errors import AlreadyTaken, Conflict, Invalid, WrongCredentials
from models.events.accounts import (
    ACCOUNT_PROFILE_CHANGED,
    AccountDetails,
    GetAccount,
    UpdateAccount,
)
from models.events.base import Done
from models.events.credentials import ACCOUNT_PASSWORD_CHANGED, ChangePassword, PasswordChanged
from models.events.sessions import SessionEnd
from services import state
from services.accounts.contact import require_zone
from services.accounts.endings import Endings
from services.accounts.passwords import PasswordHasher, require_strong
from services.accounts.profile import Profiles, name_words, profile_of
from services.accounts.proof import Proof
from services.accounts.reset import forget_links
from services.accounts.sessions import own_account
from services.accounts.settings import PasswordSettings
from services.mail import Mailroom, email_changed_letter, password_changed_letter
from services.notifications import notice
from services.unit import Unit

SHOWN: Final = ("name", "language", "time_zone", "theme", "quiet_hours")
"""What other devices are told at once."""
CLEARABLE: Final = frozenset({"email", "phone", "date_of_birth"})
CONTACTS: Final = ("email", "phone")


class OwnAccountService:
    """What a person may do with their own account."""

    def __init__(
        self,
        profiles: Profiles,
        proof: Proof,
        hasher: PasswordHasher,
        endings: Endings,
        mailroom: Mailroom,
        settings: PasswordSettings,
    ) -> None:
        self._profiles = profiles
        self._proof = proof
        self._hasher = hasher
        self._endings = endings
        self._mailroom = mailroom
        self._settings = settings

    async def get(self, unit: Unit, _: GetAccount) -> AccountDetails:
        """My account."""
        return self._profiles.details(await own_account(unit))

    async def update(self, unit: Unit, cmd: UpdateAccount) -> AccountDetails:
        """Change what is given. `null` clears what may be empty and is refused for what may not."""
        account = await own_account(unit)
        given = cmd.model_fields_set - {"current_password"}
        if any(getattr(cmd, field) is None for field in given - CLEARABLE):
            raise Invalid(fields=sorted(field for field in given - CLEARABLE if getattr(cmd, field) is None))
        values = self._values(account, cmd, given)
        expected: dict[str, Any] = {"_id": account.id}
        if given & set(CONTACTS):
            if cmd.current_password is None:
                raise WrongCredentials
            await self._proof.require_password(account, cmd.current_password, unit.now)
            expected |= {f"{field}_index": getattr(account, f"{field}_index") for field in CONTACTS}
        if not values:
            return self._profiles.details(account)
        after = await _change(expected, values, self._facts(account, cmd, given))
        if "email" in given:
            await forget_links(account.id)
        await self._endings.tell(after)
        await self._warn_old_address(account, after, unit)
        return self._profiles.details(after)

    async def change_password(self, unit: Unit, cmd: ChangePassword) -> Done:
        """A new password; every other session ends with the old one."""
        account = await own_account(unit)
        actor = unit.actor
        await self._proof.require_password(account, cmd.current_password, unit.now)
        email = self._profiles.opened(account, "email")
        phone = self._profiles.opened(account, "phone")
        require_strong(cmd.new_password, (account.name, email, phone), self._settings.min_chars)
        inbox = streams.inbox(account.id)
        facts = (
            pending(ACCOUNT_PASSWORD_CHANGED, PasswordChanged(reset=False), inbox, account.id),
            notice(account.id, NotificationCategory.SECURITY, "account.password_changed", link="/profile"),
        )
        await self._endings.end_all(
            account,
            SessionEnd.PASSWORD_CHANGED,
            unit.now,
            by=account.id,
            spare=actor.session_id,
            values={"password_hash": await self._hasher.hash(cmd.new_password)},
            facts=facts,
        )
        if email is not None:
            await self._mailroom.enqueue(password_changed_letter(email, account.name, account.language), unit.now)
        return Done()

    def _values(self, account: Account, cmd: UpdateAccount, given: set[str]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field in given:
            value = getattr(cmd, field)
            if field in CONTACTS:
                values |= self._profiles.sealed(account.id, field, value)
            elif field == "date_of_birth":
                values[field] = None if value is None else value.isoformat()
            elif field == "quiet_hours":
                values[field] = value.model_dump()
            else:
                values[field] = value
        if cmd.name is not None:
            values["name_words"] = name_words(cmd.name)
        if cmd.time_zone is not None:
            require_zone(cmd.time_zone)
        left = [values.get(f"{field}_index", getattr(account, f"{field}_index")) for field in CONTACTS]
        if left == [None, None]:
            raise Invalid(fields=list(CONTACTS))
        return values

    def _facts(self, account: Account, cmd: UpdateAccount, given: set[str]) -> list[PendingFact]:
        shown: dict[str, Any] = {field: getattr(cmd, field) for field in SHOWN if field in given}
        if not shown:
            return []
        told = profile_of(account).model_copy(update=shown)
        return [pending(ACCOUNT_PROFILE_CHANGED, told, streams.inbox(account.id), account.id)]

    async def _warn_old_address(self, before: Account, after: Account, unit: Unit) -> None:
        old = self._profiles.opened(before, "email")
        if old is not None and before.email_index != after.email_index:
            await self._mailroom.enqueue(email_changed_letter(old, after.name, after.language), unit.now)


async def _change(expected: dict[str, Any], values: dict[str, Any], facts: list[PendingFact]) -> Account:
    """Like `state.change`, but tells a value that is taken from a document that has changed."""
    update: dict[str, Any] = {"$set": values}
    if facts:
        update["$push"] = {"outbox": {"$each": dumped(*facts)}}
    after = await state.change(Account, expected, update)
    if after is not None:
        return after
    for field in CONTACTS:
        wanted = values.get(f"{field}_index")
        holders = [] if wanted is None else await state.fetch_all(Account, {f"{field}_index": wanted}, 1)
        if holders and holders[0].id != expected["_id"]:
            raise AlreadyTaken(field=field)
    raise Conflict
