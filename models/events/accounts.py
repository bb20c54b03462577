"""Accounts: registering, the person's own profile and settings, and what an administrator may do.

E-mail, phone and licence number appear in replies to their owner and to administrators only, never in a fact: facts
stay in the log for good.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from models.enums import ADMINS, CLINICIANS, PEOPLE, AccountStatus, Gender, Language, QoS, Role
from models.errors import ErrorCode
from models.events.base import (
    ANYBODY,
    Audience,
    Command,
    Fact,
    Lane,
    Reply,
    UtcTime,
    Wire,
    WritingCommand,
    command,
    fact,
    given,
    per_minute,
    per_second,
)
from models.events.credentials import (
    GUESSES,
    SECOND_FACTOR_CONFIRM,
    SECOND_FACTOR_GET,
    SECOND_FACTOR_SET_UP,
    NewPasswordText,
    PasswordText,
)
from models.events.sessions import SessionsRevoked
from models.ids import UuidText


class Theme(StrEnum):
    """Colours of the client; `system` follows the device."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
EmailText = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$")
]
PhoneText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=24, pattern=r"^\+[0-9 ().-]{6,23}$")]
"""International number; spaces and punctuation are dropped, kept and shown as E.164."""
LicenceText = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]{2,39}$")
]
ZoneText = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+/-]{1,64}$")]
"""IANA time zone, for example `Europe/Madrid`."""
ClockText = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


_RULES = ConfigDict(
    json_schema_extra={
        "allOf": [
            {"anyOf": [given("email", "string"), given("phone", "string")]},
            {
                "if": {"properties": {"role": {"enum": [role.value for role in sorted(CLINICIANS)]}}},
                "then": given("licence_number", "string"),
                "else": {"properties": {"licence_number": {"type": "null"}}},
            },
        ]
    }
)
"""What `_require_contact` and `_require_licence` check, for the contract."""


_NOT_CLEARABLE = ("name", "gender", "language", "time_zone", "theme", "quiet_hours")


def _never_null(schema: dict[str, Any], names: tuple[str, ...]) -> None:
    """These may be left out, but not be null."""
    for name in names:
        field = schema["properties"][name]
        [kind] = [option for option in field.pop("anyOf") if option != {"type": "null"}]
        field.pop("default")
        field.update(kind)


class QuietHours(Wire):
    """When notifications stay silent, in the person's own time zone; may span midnight."""

    enabled: bool = False
    start: ClockText = "22:00"
    end: ClockText = "07:00"


class _NewAccount(WritingCommand):
    model_config = _RULES

    role: Role
    name: PersonName
    password: NewPasswordText
    email: EmailText | None = None
    phone: PhoneText | None = None
    licence_number: LicenceText | None = None
    date_of_birth: date | None = None
    gender: Gender = Gender.UNKNOWN
    language: Language = Language.EN
    time_zone: ZoneText = "UTC"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _require_contact(self.email, self.phone)
        _require_licence(self.role, self.licence_number)
        return self


class Register(_NewAccount):
    """Open an account. Needs an e-mail address or a phone number, and a licence number for doctors and nurses."""

    role: Literal[Role.PATIENT, Role.FAMILY, Role.DOCTOR, Role.NURSE]


class Registered(Reply):
    """The account exists. Doctors and nurses stay `unverified` until an administrator has looked at them."""

    user_id: str
    status: AccountStatus


class GetAccount(Command):
    """Read my own account."""


class AccountDetails(Reply):
    """My own account."""

    user_id: str
    role: Role
    status: AccountStatus
    name: str
    email: str | None
    phone: str | None
    licence_number: str | None
    date_of_birth: date | None
    gender: Gender
    language: Language
    time_zone: str
    theme: Theme
    quiet_hours: QuietHours
    second_factor: bool
    created_at: UtcTime


class UpdateAccount(Command):
    """Change what is given, leave the rest. A new e-mail address or phone number needs the current password.

    `null` removes the e-mail address, the phone number or the date of birth; one way to reach the person must remain.
    """

    model_config = ConfigDict(json_schema_extra=lambda schema: _never_null(schema, _NOT_CLEARABLE))

    name: PersonName | None = None
    email: EmailText | None = None
    phone: PhoneText | None = None
    date_of_birth: date | None = None
    gender: Gender | None = None
    language: Language | None = None
    time_zone: ZoneText | None = None
    theme: Theme | None = None
    quiet_hours: QuietHours | None = None
    current_password: PasswordText | None = None


class SearchAccounts(Command):
    """Find accounts by the beginning of a name, or by the whole e-mail address, phone or licence number."""

    query: str | None = Field(default=None, min_length=2, max_length=120)
    role: Role | None = None
    status: AccountStatus | None = None
    cursor: UuidText | None = Field(default=None, description="`next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=100, strict=False)] = 50


class AccountRow(Wire):
    """One account as an administrator sees it."""

    user_id: str
    role: Role
    status: AccountStatus
    name: str
    email: str | None
    phone: str | None
    licence_number: str | None
    second_factor: bool
    created_at: UtcTime


class AccountPage(Reply):
    """Accounts, newest first."""

    accounts: list[AccountRow]
    next: str | None = Field(description="Pass as `cursor` for the following page; null at the end.")


class CreateAccount(_NewAccount):
    """Open an account for somebody, of any role; clinicians made by an administrator count as verified."""


class _OfAccount(Command):
    user_id: UuidText


class VerifyAccount(_OfAccount):
    """Confirm that a doctor or nurse is who they say."""


class DisableAccount(_OfAccount):
    """Shut an account: every session ends, sockets close within a second."""


class EnableAccount(_OfAccount):
    """Open a disabled account again."""


class ChangeRole(_OfAccount):
    """Give an account another role; every session ends. Doctors and nurses need a licence number."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"role": {"enum": [role.value for role in sorted(PEOPLE - CLINICIANS)]}}},
            "then": {"properties": {"licence_number": {"type": "null"}}},
        }
    )

    role: Role
    licence_number: LicenceText | None = None

    @model_validator(mode="after")
    def _none_for_others(self) -> Self:
        if self.licence_number is not None and self.role not in CLINICIANS:
            raise ValueError("only doctors and nurses have a licence number")
        return self


class RevokeAccountSessions(_OfAccount):
    """Sign a person out everywhere."""


class AccountChanged(Reply):
    """The account as it stands now."""

    account: AccountRow


class AccountDisabled(Fact):
    """The account was shut; every session of it ended."""


class AccountEnabled(Fact):
    """The account was opened again."""


class AccountVerified(Fact):
    """The clinician was verified: refresh the access token to make use of it."""


class AccountRoleChanged(Fact):
    """The role changed; every session of the account ended."""

    role: Role


class ProfileChanged(Fact):
    """Name and settings as they stand now. The contact details are read with `account.get`."""

    name: str
    language: Language
    time_zone: str
    theme: Theme
    quiet_hours: QuietHours


def _require_contact(email: str | None, phone: str | None) -> None:
    if email is None and phone is None:
        raise ValueError("an e-mail address or a phone number is needed")


def _require_licence(role: Role, licence_number: str | None) -> None:
    if (role in CLINICIANS) != (licence_number is not None):
        raise ValueError("doctors and nurses, and only they, have a licence number")


ACCOUNT_REGISTER = command("account.register", Register, reply=Registered, lane=Lane.ACCOUNT, allow=ANYBODY,
                           rate=per_minute(10, 10), audit="account.create",
                           errors=(ErrorCode.ALREADY_TAKEN, ErrorCode.WEAK_PASSWORD, ErrorCode.CID_CONFLICT,
                                   ErrorCode.TOO_FAST))  # fmt: skip
ACCOUNT_GET = command("account.get", GetAccount, reply=AccountDetails, lane=Lane.ACCOUNT, allow=PEOPLE,
                      audit="account.read", unverified=True)  # fmt: skip
ACCOUNT_UPDATE = command("account.update", UpdateAccount, reply=AccountDetails, lane=Lane.ACCOUNT, allow=PEOPLE,
                         rate=per_second(1, 10), audit="account.update", unverified=True,
                         errors=(*GUESSES, ErrorCode.ALREADY_TAKEN, ErrorCode.INVALID))  # fmt: skip
ACCOUNT_SEARCH = command("account.search", SearchAccounts, reply=AccountPage, lane=Lane.ACCOUNT, allow=ADMINS,
                         rate=per_second(2, 20), audit="account.search")  # fmt: skip
ACCOUNT_CREATE = command("account.create", CreateAccount, reply=AccountChanged, lane=Lane.ACCOUNT, allow=ADMINS,
                         rate=per_second(1, 10), audit="account.create",
                         errors=(ErrorCode.ALREADY_TAKEN, ErrorCode.WEAK_PASSWORD, ErrorCode.CID_CONFLICT))  # fmt: skip
ACCOUNT_VERIFY = command("account.verify", VerifyAccount, reply=AccountChanged, lane=Lane.ACCOUNT, allow=ADMINS,
                         audit="account.verify", errors=(ErrorCode.NOT_FOUND, ErrorCode.NOT_NOW))  # fmt: skip
ACCOUNT_DISABLE = command("account.disable", DisableAccount, reply=AccountChanged, lane=Lane.ACCOUNT, allow=ADMINS,
                          audit="account.disable", errors=(ErrorCode.NOT_FOUND, ErrorCode.NOT_NOW))  # fmt: skip
ACCOUNT_ENABLE = command("account.enable", EnableAccount, reply=AccountChanged, lane=Lane.ACCOUNT, allow=ADMINS,
                         audit="account.enable", errors=(ErrorCode.NOT_FOUND, ErrorCode.NOT_NOW))  # fmt: skip
ACCOUNT_CHANGE_ROLE = command("account.change_role", ChangeRole, reply=AccountChanged, lane=Lane.ACCOUNT, allow=ADMINS,
                              audit="account.change_role",
                              errors=(ErrorCode.NOT_FOUND, ErrorCode.NOT_NOW, ErrorCode.ALREADY_TAKEN,
                                      ErrorCode.INVALID))  # fmt: skip
ACCOUNT_REVOKE_SESSIONS = command("account.revoke_sessions", RevokeAccountSessions, reply=SessionsRevoked,
                                  lane=Lane.ACCOUNT, allow=ADMINS, audit="session.end",
                                  errors=(ErrorCode.NOT_FOUND, ErrorCode.NOT_NOW))  # fmt: skip

ACCOUNT_DISABLED = fact("account.disabled", AccountDisabled, qos=QoS.B, audience=Audience.SELF)
ACCOUNT_ENABLED = fact("account.enabled", AccountEnabled, qos=QoS.B, audience=Audience.SELF)
ACCOUNT_VERIFIED = fact("account.verified", AccountVerified, qos=QoS.B, audience=Audience.SELF)
ACCOUNT_ROLE_CHANGED = fact("account.role_changed", AccountRoleChanged, qos=QoS.B, audience=Audience.SELF)
ACCOUNT_PROFILE_CHANGED = fact("account.profile_changed", ProfileChanged, qos=QoS.B, audience=Audience.SELF)

SETUP_COMMANDS = frozenset(
    spec.name for spec in (ACCOUNT_GET, SECOND_FACTOR_GET, SECOND_FACTOR_SET_UP, SECOND_FACTOR_CONFIRM)
)
"""All that a session may do whose role must have a second factor and has none yet (besides refreshing and ending)."""

COMMANDS = (
    ACCOUNT_REGISTER, ACCOUNT_GET, ACCOUNT_UPDATE, ACCOUNT_SEARCH, ACCOUNT_CREATE, ACCOUNT_VERIFY, ACCOUNT_DISABLE,
    ACCOUNT_ENABLE, ACCOUNT_CHANGE_ROLE, ACCOUNT_REVOKE_SESSIONS,
)  # fmt: skip
FACTS = (
    ACCOUNT_DISABLED, ACCOUNT_ENABLED, ACCOUNT_VERIFIED, ACCOUNT_ROLE_CHANGED, ACCOUNT_PROFILE_CHANGED,
)  # fmt: skip
