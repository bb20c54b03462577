"""What administrators may do with accounts. Nobody may use it on themselves, so an administrator always remains."""

import re
from typing import Any, Final

from models import streams
from models.documents.account import Account
from models.documents.owing import PendingFact, dumped, pending
from models.enums import CLINICIANS, AccountStatus, NotificationCategory
from models.errors import Conflict, Invalid, NotFound, NotNow
from models.events.accounts import (
    ACCOUNT_DISABLED,
    ACCOUNT_ENABLED,
    ACCOUNT_ROLE_CHANGED,
    ACCOUNT_VERIFIED,
    AccountChanged,
    AccountDisabled,
    AccountEnabled,
    AccountPage,
    AccountRoleChanged,
    AccountVerified,
    ChangeRole,
    CreateAccount,
    DisableAccount,
    EnableAccount,
    RevokeAccountSessions,
    SearchAccounts,
    VerifyAccount,
)
from models.events.sessions import SessionEnd, SessionsRevoked
from services import state
from services.accounts.contact import normal_licence, normal_login
from services.accounts.endings import Endings
from services.accounts.profile import Profiles, name_words, open_status
from services.accounts.registration import Creation, refuse_taken
from services.notifications import notice
from services.unit import Unit

MOST_WORDS: Final = 4


class AdministrationService:
    """Search, create, verify, disable, enable, change roles, end sessions."""

    def __init__(self, profiles: Profiles, creation: Creation, endings: Endings) -> None:
        self._profiles = profiles
        self._creation = creation
        self._endings = endings

    async def list_visible(self, unit: Unit, cmd: SearchAccounts) -> AccountPage:
        """One page of accounts, newest first."""
        query: dict[str, Any] = {}
        if cmd.role is not None:
            query["role"] = cmd.role
        if cmd.status is not None:
            query["status"] = cmd.status
        if cmd.cursor is not None:
            last = await state.fetch(Account, cmd.cursor)
            if last is None:
                raise Invalid(fields=["cursor"])
            query["$or"] = [{"created_at": {"$lt": last.created_at}}, _same_moment(last)]
        if cmd.query is not None:
            query["$and"] = [self._matching(cmd.query)]
        found = await state.fetch_all(Account, query, cmd.limit + 1, [("created_at", -1), ("_id", -1)])
        page = found[: cmd.limit]
        more = len(found) > cmd.limit
        return AccountPage(accounts=[self._profiles.row(one) for one in page], next=page[-1].id if more else None)

    async def create(self, unit: Unit, cmd: CreateAccount) -> AccountChanged:
        """An account of any role; whoever an administrator makes is verified by that."""
        account = await self._creation.create(cmd, verified=True, now=unit.now)
        unit.resource = account.id
        return AccountChanged(account=self._profiles.row(account))

    async def verify(self, unit: Unit, cmd: VerifyAccount) -> AccountChanged:
        """A doctor or nurse is who they say. The person refreshes their token to make use of it."""
        account = await self._other(unit, cmd.user_id)
        if account.verified and account.status is not AccountStatus.DISABLED:
            return AccountChanged(account=self._profiles.row(account))
        facts = (
            pending(ACCOUNT_VERIFIED, AccountVerified(), streams.inbox(account.id), unit.actor.user_id),
            notice(account.id, NotificationCategory.ACCOUNT, "account.verified", link="/"),
        )
        after = await self._turn(
            account, AccountStatus.UNVERIFIED, {"status": AccountStatus.ACTIVE, "verified": True}, *facts
        )
        return AccountChanged(account=self._profiles.row(after))

    async def disable(self, unit: Unit, cmd: DisableAccount) -> AccountChanged:
        """Shut the account and end every session of it, in one update."""
        account = await self._other(unit, cmd.user_id)
        if account.status is AccountStatus.DISABLED:
            return AccountChanged(account=self._profiles.row(account))
        by = unit.actor.user_id
        fact = pending(ACCOUNT_DISABLED, AccountDisabled(), streams.inbox(account.id), by)
        after, _ = await self._endings.end_all(
            account,
            SessionEnd.ACCOUNT_DISABLED,
            unit.now,
            by=by,
            values={"status": AccountStatus.DISABLED},
            facts=(fact,),
        )
        return AccountChanged(account=self._profiles.row(after))

    async def enable(self, unit: Unit, cmd: EnableAccount) -> AccountChanged:
        """Open it again, verified or not as it was."""
        account = await self._other(unit, cmd.user_id)
        if account.status is not AccountStatus.DISABLED:
            return AccountChanged(account=self._profiles.row(account))
        fact = pending(ACCOUNT_ENABLED, AccountEnabled(), streams.inbox(account.id), unit.actor.user_id)
        status = open_status(verified=account.verified)
        after = await self._turn(account, AccountStatus.DISABLED, {"status": status}, fact)
        return AccountChanged(account=self._profiles.row(after))

    async def change_role(self, unit: Unit, cmd: ChangeRole) -> AccountChanged:
        """Another role; every session ends. An administrator's choice counts as verification."""
        account = await self._other(unit, cmd.user_id)
        if account.status is AccountStatus.DISABLED:
            raise NotNow
        if account.role is cmd.role:
            return AccountChanged(account=self._profiles.row(account))
        values: dict[str, Any] = {"role": cmd.role, "verified": True, "status": AccountStatus.ACTIVE}
        if cmd.role not in CLINICIANS:
            values |= self._profiles.sealed(account.id, "licence_number", None)
        elif cmd.licence_number is not None:
            values |= self._profiles.sealed(account.id, "licence_number", cmd.licence_number)
        elif account.licence_number is None:
            raise Invalid(fields=["licence_number"])
        by = unit.actor.user_id
        told = AccountRoleChanged(role=cmd.role)
        try:
            after, _ = await self._endings.end_all(
                account,
                SessionEnd.ROLE_CHANGED,
                unit.now,
                by=by,
                values=values,
                facts=(pending(ACCOUNT_ROLE_CHANGED, told, streams.inbox(account.id), by),),
            )
        except Conflict:
            index = values.get("licence_number_index")
            await refuse_taken(index if index != account.licence_number_index else None)
            raise
        return AccountChanged(account=self._profiles.row(after))

    async def revoke_sessions(self, unit: Unit, cmd: RevokeAccountSessions) -> SessionsRevoked:
        """Sign the person out everywhere."""
        account = await self._other(unit, cmd.user_id)
        _, count = await self._endings.end_all(account, SessionEnd.REVOKED_BY_ADMIN, unit.now, by=unit.actor.user_id)
        return SessionsRevoked(count=count)

    async def _other(self, unit: Unit, user_id: str) -> Account:
        unit.resource = user_id
        account = await state.fetch(Account, user_id)
        if account is None:
            raise NotFound
        if account.id == unit.actor.user_id:
            raise NotNow(reason="own_account")
        return account

    async def _turn(
        self, account: Account, expected: AccountStatus, values: dict[str, Any], *facts: PendingFact
    ) -> Account:
        after = await state.change(
            Account,
            {"_id": account.id, "status": expected},
            {"$set": values, "$push": {"outbox": {"$each": dumped(*facts)}}},
        )
        if after is None:
            raise NotNow
        await self._endings.tell(after)
        return after

    def _matching(self, typed: str) -> dict[str, Any]:
        """Beginnings of names, or a whole e-mail address, phone or licence number through its blind index."""
        words = name_words(typed)[:MOST_WORDS]
        ways: list[dict[str, Any]] = []
        if words:
            ways.append({"$and": [{"name_words": {"$regex": "^" + re.escape(word)}} for word in words]})
        contact = normal_login(typed)
        if contact is not None:
            ways.append(self._profiles.lookup(*contact))
        licence = normal_licence(typed)
        if licence:
            ways.append(self._profiles.lookup("licence_number", licence))
        return {"$or": ways} if ways else {"_id": None}


def _same_moment(last: Account) -> dict[str, Any]:
    return {"created_at": last.created_at, "_id": {"$lt": last.id}}
