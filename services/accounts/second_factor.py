"""Setting the second factor up, and turning it off again."""

import base64
import secrets
from collections.abc import Mapping
from typing import Final

import pyotp

from models import streams
from models.documents.account import Account
from models.documents.owing import dumped, pending
from models.enums import NotificationCategory
from models.errors import Conflict, NotNow
from models.events.base import Done
from models.events.credentials import (
    ACCOUNT_SECOND_FACTOR_CHANGED,
    ConfirmSecondFactor,
    DisableSecondFactor,
    GetSecondFactor,
    RecoveryCodes,
    SecondFactorChanged,
    SecondFactorSecret,
    SecondFactorState,
    SetUpSecondFactor,
)
from services import state
from services.accounts.endings import Endings
from services.accounts.profile import Profiles
from services.accounts.proof import Proof, recovery_hash
from services.accounts.sessions import own_account
from services.accounts.settings import SecondFactorSettings
from services.notifications import notice
from services.unit import Unit

CODES: Final = 10
CODE_BYTES: Final = 10


class SecondFactorService:
    """Time-based one-time passwords (RFC 6238) with recovery codes."""

    def __init__(self, profiles: Profiles, proof: Proof, endings: Endings, settings: SecondFactorSettings) -> None:
        self._profiles = profiles
        self._proof = proof
        self._endings = endings
        self._settings = settings

    async def get(self, unit: Unit, _: GetSecondFactor) -> SecondFactorState:
        """Whether it is on, and whether it must be."""
        account = await own_account(unit)
        return SecondFactorState(
            enabled=account.second_factor.secret is not None,
            required=account.role in self._settings.required_roles,
            recovery_codes_left=len(account.second_factor.recovery),
        )

    async def set_up(self, unit: Unit, cmd: SetUpSecondFactor) -> SecondFactorSecret:
        """Propose a secret; asking again proposes another one."""
        account = await own_account(unit)
        await self._proof.require_password(account, cmd.current_password, unit.now)
        secret = pyotp.random_base32()
        sealed = self._profiles.seal_secret(account.id, "second_factor.proposed", secret)
        after = await state.change(
            Account,
            {"_id": account.id, "second_factor.secret": None},
            {"$set": {"second_factor.proposed": sealed}},
        )
        if after is None:
            raise NotNow
        label = (
            self._profiles.opened(account, "email") or self._profiles.opened(account, "phone") or self._settings.issuer
        )
        uri = pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=self._settings.issuer)
        return SecondFactorSecret(secret=secret, otpauth_uri=uri)

    async def confirm(self, unit: Unit, cmd: ConfirmSecondFactor) -> RecoveryCodes:
        """Turn it on with the first code, which is spent by that."""
        account = await own_account(unit)
        proposed = account.second_factor.proposed
        if proposed is None or account.second_factor.secret is not None:
            raise NotNow
        step = await self._proof.require_code(account, "proposed", cmd.code, unit.now)
        secret = self._profiles.open_secret(account.id, "second_factor.proposed", proposed)
        codes = [_recovery_code() for _ in range(CODES)]
        in_force = {
            "second_factor.secret": self._profiles.seal_secret(account.id, "second_factor.secret", secret),
            "second_factor.proposed": None,
            "second_factor.last_step": step,
            "second_factor.recovery": [recovery_hash(code) for code in codes],
        }
        await self._turn(account, in_force, enabled=True)
        return RecoveryCodes(codes=codes)

    async def disable(self, unit: Unit, cmd: DisableSecondFactor) -> Done:
        """Turn it off with password and code, where the role allows it."""
        account = await own_account(unit)
        if account.second_factor.secret is None or account.role in self._settings.required_roles:
            raise NotNow
        await self._proof.require(account, account.id, cmd.current_password, cmd.code, unit.now)
        current = await own_account(unit)
        nothing: list[str] = []
        off = {"second_factor.secret": None, "second_factor.proposed": None, "second_factor.recovery": nothing}
        await self._turn(current, off, enabled=False)
        return Done()

    async def _turn(self, account: Account, values: Mapping[str, object], *, enabled: bool) -> None:
        told = SecondFactorChanged(enabled=enabled, recovery_codes_left=CODES if enabled else 0)
        title = "account.second_factor_on" if enabled else "account.second_factor_off"
        facts = dumped(
            pending(ACCOUNT_SECOND_FACTOR_CHANGED, told, streams.inbox(account.id), account.id),
            notice(account.id, NotificationCategory.SECURITY, title, link="/profile"),
        )
        factor = account.second_factor
        expected = {
            "_id": account.id,
            "second_factor.secret": factor.secret,
            "second_factor.proposed": factor.proposed,
        }
        after = await state.change(Account, expected, {"$set": dict(values), "$push": {"outbox": {"$each": facts}}})
        if after is None:
            raise Conflict
        await self._endings.tell(after)


def _recovery_code() -> str:
    """80 random bits as `XXXX-XXXX-XXXX-XXXX`."""
    text = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))
