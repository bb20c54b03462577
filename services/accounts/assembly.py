"""Plugs the parts of accounts and sessions together."""

from dataclasses import dataclass, field

from models.documents.account import Account
from models.documents.outgoing_mail import OutgoingMail
from models.documents.reset import PasswordReset
from models.documents.session import Session
from models.documents.throttle import Throttle
from services.accounts.administration import AdministrationService
from services.accounts.directory import Directory
from services.accounts.endings import Endings
from services.accounts.guests import GuestAccounts
from services.accounts.keeping import SessionKeeper
from services.accounts.own import OwnAccountService
from services.accounts.passwords import PasswordHasher
from services.accounts.profile import Profiles
from services.accounts.proof import Proof
from services.accounts.registration import Creation, RegistrationService
from services.accounts.reset import PasswordResetService
from services.accounts.second_factor import SecondFactorService
from services.accounts.sessions import SessionService
from services.accounts.settings import (
    PasswordSettings,
    ResetSettings,
    SecondFactorSettings,
    SessionSettings,
    ThrottleSettings,
    TokenSettings,
)
from services.accounts.sign_in import Accounts, SignInService
from services.accounts.throttling import Throttling
from services.accounts.tokens import AccessTokens, RefreshTokens
from services.fields import BlindIndex, FieldCipher
from services.keyring import KeyRing
from services.mail import Mailroom
from services.outbox import Outbox
from services.ports import MailPort

DOCUMENTS = (Account, Session, PasswordReset, Throttle, OutgoingMail)
"""What accounts keep."""
OWING = (Account, Session)
"""Those of them that carry an outbox."""


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Everything that can be set about accounts."""

    tokens: TokenSettings
    passwords: PasswordSettings
    reset: ResetSettings
    field_ring: KeyRing
    index_key: bytes = field(repr=False)
    sessions: SessionSettings = field(default_factory=SessionSettings)
    throttle: ThrottleSettings = field(default_factory=ThrottleSettings)
    second_factor: SecondFactorSettings = field(default_factory=SecondFactorSettings)


class AccountServices:
    """The parts, ready for the doors. Call `close` when the node ends."""

    def __init__(self, settings: AccountSettings, outbox: Outbox, mail: MailPort | None) -> None:
        cipher = FieldCipher(settings.field_ring)
        index = BlindIndex(settings.index_key)
        profiles = Profiles(cipher, index)
        throttling = Throttling(settings.throttle, index)
        endings = Endings(outbox)
        self.access = access = AccessTokens(settings.tokens)
        self.refresh = refresh = RefreshTokens(settings.tokens.refresh_key)
        self.cipher = cipher
        self.hasher = hasher = PasswordHasher(settings.passwords)
        self.mailroom = Mailroom(cipher, mail)
        accounts = Accounts(profiles, index)
        self.directory = Directory(accounts, throttling)
        self.creation = Creation(profiles, hasher, settings.passwords)
        proof = Proof(throttling, hasher, profiles, endings, settings.throttle)
        self.keeper = SessionKeeper(access, refresh, endings, settings.sessions, settings.second_factor)
        self.guests = GuestAccounts(self.keeper, endings, settings.sessions)
        self.registration = RegistrationService(self.creation, throttling)
        self.sign_in = SignInService(accounts, proof, throttling, self.keeper)
        self.sessions = SessionService(endings)
        self.own = OwnAccountService(profiles, proof, hasher, endings, self.mailroom, settings.passwords)
        self.second_factor = SecondFactorService(profiles, proof, endings, settings.second_factor)
        self.reset = PasswordResetService(
            accounts, profiles, throttling, hasher, endings, self.mailroom, settings.reset, settings.passwords
        )
        self.administration = AdministrationService(profiles, self.creation, endings)

    def close(self) -> None:
        """End the hashing threads."""
        self.hasher.close()
