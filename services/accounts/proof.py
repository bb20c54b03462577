"""Proving who one is: password, then code, both behind the same back-off."""

import hashlib
from datetime import datetime
from typing import Final

import pyotp

from models import streams
from models.documents.account import Account
from models.documents.owing import dumped, pending
from models.enums import NotificationCategory
from models.errors import SecondFactorRequired, WrongCredentials
from models.events.credentials import ACCOUNT_SECOND_FACTOR_CHANGED, SecondFactorChanged
from models.events.sessions import ACCOUNT_SIGN_IN_BLOCKED, SignInBlocked
from services import state
from services.accounts.endings import Endings
from services.accounts.passwords import PasswordHasher
from services.accounts.profile import Profiles
from services.accounts.settings import ThrottleSettings
from services.accounts.throttling import Throttling
from services.notifications import notice

STEP_S: Final = 30
DRIFT_STEPS: Final = 1


class Proof:
    """Checks passwords and codes; every wrong one counts."""

    def __init__(
        self,
        throttling: Throttling,
        hasher: PasswordHasher,
        profiles: Profiles,
        endings: Endings,
        settings: ThrottleSettings,
    ) -> None:
        self._throttling = throttling
        self._hasher = hasher
        self._profiles = profiles
        self._endings = endings
        self._settings = settings

    async def require(
        self, account: Account | None, unknown: str, password: str, code: str | None, now: datetime
    ) -> Account:
        """Password and, where one is set up, second factor. `unknown` names the back-off when there is no account.

        Raises `WrongCredentials`, `SecondFactorRequired` or `TooFast`. A name that does not exist costs the same work
        and is slowed down the same way.
        """
        key = f"account:{account.id}" if account else f"login:{unknown}"
        hits, until = await self._throttling.attempt(key, now)
        right = await self._hasher.matches(password, account.password_hash if account else None)
        if account is None or not right:
            await self._wrong(account, hits, until)
            raise WrongCredentials
        if account.second_factor.secret is not None:
            if code is None:
                await self._throttling.undo(key)
                raise SecondFactorRequired
            if not await self._spend(account, code, now):
                await self._wrong(account, hits, until)
                raise WrongCredentials
        await self._throttling.clear(key)
        return account

    async def require_password(self, account: Account, password: str, now: datetime) -> None:
        """The password alone, for a person who is signed in."""
        key = f"account:{account.id}"
        hits, until = await self._throttling.attempt(key, now)
        if not await self._hasher.matches(password, account.password_hash):
            await self._wrong(account, hits, until)
            raise WrongCredentials
        await self._throttling.clear(key)

    async def require_code(self, account: Account, field: str, code: str, now: datetime) -> int:
        """A code of the authenticator alone (`secret` in force, or `proposed`); returns its step."""
        key = f"account:{account.id}"
        hits, until = await self._throttling.attempt(key, now)
        step = self._step_of(account, field, code, now)
        if step is None:
            await self._wrong(account, hits, until)
            raise WrongCredentials
        await self._throttling.clear(key)
        return step

    async def _wrong(self, account: Account | None, hits: int, until: datetime | None) -> None:
        """Tell the person once per run of wrong guesses that sign-in is blocked for a while."""
        if account is None or until is None or hits != self._settings.account_failures:
            return
        inbox = streams.inbox(account.id)
        facts = dumped(
            pending(ACCOUNT_SIGN_IN_BLOCKED, SignInBlocked(until_at=until), inbox),
            notice(account.id, NotificationCategory.SECURITY, "account.sign_in_blocked", link="/profile"),
        )
        owing = await state.change(Account, {"_id": account.id}, {"$push": {"outbox": {"$each": facts}}})
        if owing is not None:
            await self._endings.tell(owing)

    async def _spend(self, account: Account, code: str, now: datetime) -> bool:
        """Use a code up: each works once, also when it is presented twice at the same moment."""
        step = self._step_of(account, "secret", code, now)
        if step is not None:
            spent = await state.change(
                Account,
                {"_id": account.id, "second_factor.last_step": {"$lt": step}},
                {"$set": {"second_factor.last_step": step}},
            )
            return spent is not None
        return await self._spend_recovery(account, code)

    def _step_of(self, account: Account, field: str, code: str, now: datetime) -> int | None:
        factor = account.second_factor
        sealed = getattr(factor, field)
        if sealed is None:
            return None
        secret = self._profiles.open_secret(account.id, f"second_factor.{field}", sealed)
        return matching_step(secret, code, now, after=factor.last_step)

    async def _spend_recovery(self, account: Account, code: str) -> bool:
        hashed = recovery_hash(code)
        left = account.second_factor.recovery
        if hashed not in left:
            return False
        rest = [one for one in left if one != hashed]
        told = SecondFactorChanged(enabled=True, recovery_codes_left=len(rest))
        facts = dumped(
            pending(ACCOUNT_SECOND_FACTOR_CHANGED, told, streams.inbox(account.id), account.id),
            notice(account.id, NotificationCategory.SECURITY, "account.recovery_code_used", link="/profile"),
        )
        after = await state.change(
            Account,
            {"_id": account.id, "second_factor.recovery": left},
            {"$set": {"second_factor.recovery": rest}, "$push": {"outbox": {"$each": facts}}},
        )
        if after is None:
            return False
        await self._endings.tell(after)
        return True


def matching_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The 30-second step whose code this is, at most one step off, and later than the last one that was used."""
    digits = code.replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    generator = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_S
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if pyotp.utils.strings_equal(generator.generate_otp(step), digits) and step > after:
            found = step
    return found


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code; spelling with or without dashes is one code."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
