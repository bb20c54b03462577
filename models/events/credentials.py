"""Passwords and the second factor: how a person proves who they are."""

from typing import Annotated

from pydantic import Field, StringConstraints

from models.enums import PEOPLE, QoS
from models.errors import ErrorCode
from models.events.base import ANYBODY, Audience, Command, Done, Fact, Lane, Reply, command, fact, per_minute

PasswordText = Annotated[str, StringConstraints(min_length=1, max_length=256)]
"""A password that is checked: any length is taken."""
NewPasswordText = Annotated[PasswordText, Field(json_schema_extra={"minLength": 12})]
"""A password that is chosen. Whoever chooses a shorter one is told `weak_password`, as for a common one."""
CodeText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=6, max_length=24)]
"""Six digits of the authenticator, or a recovery code."""
TokenText = Annotated[str, StringConstraints(min_length=16, max_length=256)]


class ChangePassword(Command):
    """Choose a new password; every other session ends."""

    current_password: PasswordText
    new_password: NewPasswordText


class RequestPasswordReset(Command):
    """Ask for a one-time link by mail. The answer is the same whether or not the account exists."""

    login: str = Field(min_length=3, max_length=254, description="E-mail address or phone number.")


class ConfirmPasswordReset(Command):
    """Use the one-time link (valid for 30 minutes); every session ends."""

    token: TokenText
    new_password: NewPasswordText


class GetSecondFactor(Command):
    """Ask whether my second factor is on."""


class SecondFactorState(Reply):
    """The second factor of an account."""

    enabled: bool
    required: bool = Field(description="The role must have one.")
    recovery_codes_left: int = Field(ge=0, le=10)


class SetUpSecondFactor(Command):
    """Start: get a secret for the authenticator. Nothing changes until a code of it is confirmed."""

    current_password: PasswordText


class SecondFactorSecret(Reply):
    """To be scanned or typed into an authenticator."""

    secret: str = Field(description="Base32.")
    otpauth_uri: str


class ConfirmSecondFactor(Command):
    """Prove that the authenticator works; turns the second factor on."""

    code: CodeText


class RecoveryCodes(Reply):
    """Ten codes that each replace the authenticator once. Shown this one time."""

    codes: list[str] = Field(min_length=10, max_length=10)


class DisableSecondFactor(Command):
    """Turn the second factor off, unless the role must have one."""

    current_password: PasswordText
    code: CodeText


class PasswordChanged(Fact):
    """The password was changed or reset."""

    reset: bool = Field(description="True: through the one-time link.")


class SecondFactorChanged(Fact):
    """The second factor was turned on or off, or a recovery code was spent."""

    enabled: bool
    recovery_codes_left: int = Field(ge=0, le=10)


GUESSES = (ErrorCode.WRONG_CREDENTIALS, ErrorCode.TOO_FAST)
"""What a command that takes a password or a code may answer to a wrong one."""

ACCOUNT_CHANGE_PASSWORD = command("account.change_password", ChangePassword, reply=Done, lane=Lane.ACCOUNT,
                                  allow=PEOPLE, rate=per_minute(20, 10), audit="password.update", unverified=True,
                                  errors=(*GUESSES, ErrorCode.WEAK_PASSWORD))  # fmt: skip
ACCOUNT_REQUEST_RESET = command("account.request_reset", RequestPasswordReset, reply=Done, lane=Lane.ACCOUNT,
                                allow=ANYBODY, rate=per_minute(10, 5), audit="password.request_reset",
                                errors=(ErrorCode.TOO_FAST,))  # fmt: skip
ACCOUNT_CONFIRM_RESET = command("account.confirm_reset", ConfirmPasswordReset, reply=Done, lane=Lane.ACCOUNT,
                                allow=ANYBODY, rate=per_minute(20, 10), audit="password.reset",
                                errors=(*GUESSES, ErrorCode.WEAK_PASSWORD))  # fmt: skip
SECOND_FACTOR_GET = command("second_factor.get", GetSecondFactor, reply=SecondFactorState, lane=Lane.ACCOUNT,
                            allow=PEOPLE, audit="second_factor.read", unverified=True)  # fmt: skip
SECOND_FACTOR_SET_UP = command("second_factor.set_up", SetUpSecondFactor, reply=SecondFactorSecret, lane=Lane.ACCOUNT,
                               allow=PEOPLE, rate=per_minute(20, 10), audit="second_factor.create", unverified=True,
                               errors=(*GUESSES, ErrorCode.NOT_NOW))  # fmt: skip
SECOND_FACTOR_CONFIRM = command("second_factor.confirm", ConfirmSecondFactor, reply=RecoveryCodes, lane=Lane.ACCOUNT,
                                allow=PEOPLE, rate=per_minute(20, 10), audit="second_factor.enable", unverified=True,
                                errors=(*GUESSES, ErrorCode.NOT_NOW))  # fmt: skip
SECOND_FACTOR_DISABLE = command("second_factor.disable", DisableSecondFactor, reply=Done, lane=Lane.ACCOUNT,
                                allow=PEOPLE, rate=per_minute(20, 10), audit="second_factor.disable", unverified=True,
                                errors=(*GUESSES, ErrorCode.NOT_NOW))  # fmt: skip

ACCOUNT_PASSWORD_CHANGED = fact("account.password_changed", PasswordChanged, qos=QoS.B, audience=Audience.SELF)
ACCOUNT_SECOND_FACTOR_CHANGED = fact(
    "account.second_factor_changed", SecondFactorChanged, qos=QoS.B, audience=Audience.SELF
)

COMMANDS = (
    ACCOUNT_CHANGE_PASSWORD, ACCOUNT_REQUEST_RESET, ACCOUNT_CONFIRM_RESET, SECOND_FACTOR_GET, SECOND_FACTOR_SET_UP,
    SECOND_FACTOR_CONFIRM, SECOND_FACTOR_DISABLE,
)  # fmt: skip
FACTS = (ACCOUNT_PASSWORD_CHANGED, ACCOUNT_SECOND_FACTOR_CHANGED)
