"""Opening accounts: by oneself, by an administrator, or on the command line."""

from datetime import datetime

from models.documents.account import Account
from models.enums import CLINICIANS
from models.errors import AlreadyTaken, CidConflict
from models.events.accounts import CreateAccount, Register, Registered
from models.ids import derived_id
from services import state
from services.accounts.contact import require_zone
from services.accounts.passwords import PasswordHasher, require_strong
from services.accounts.profile import Profiles, name_words, open_status
from services.accounts.settings import PasswordSettings
from services.accounts.throttling import Throttling
from services.unit import Unit

INDEXES = ("email_index", "phone_index", "licence_number_index")


class Creation:
    """Makes an account once per client id."""

    def __init__(self, profiles: Profiles, hasher: PasswordHasher, settings: PasswordSettings) -> None:
        self._profiles = profiles
        self._hasher = hasher
        self._settings = settings

    async def create(self, typed: Register | CreateAccount, *, verified: bool, now: datetime) -> Account:
        """The new account, or the one that the same command made before.

        Raises `AlreadyTaken` with the `field`: `contact` for e-mail and phone alike. That a person is with us is told
        to whoever tries to register their address; it cannot be avoided where registering takes effect at once, so it
        is made expensive (a password hash each) and slow (a limit per address and network). Which of the two contacts
        is taken stays untold.
        """
        require_zone(typed.time_zone)
        require_strong(typed.password, (typed.name, typed.email, typed.phone), self._settings.min_chars)
        user_id = derived_id("account", typed.cid)
        contacts = self._profiles.contacts(user_id, typed)
        account = Account(
            id=user_id,
            role=typed.role,
            status=open_status(verified=verified),
            verified=verified,
            name=typed.name,
            name_words=name_words(typed.name),
            date_of_birth=None if typed.date_of_birth is None else typed.date_of_birth.isoformat(),
            gender=typed.gender,
            language=typed.language,
            time_zone=typed.time_zone,
            password_hash=await self._hasher.hash(typed.password),
            created_at=now,
            **contacts,
        )
        if await state.insert(account):
            return account
        return await self._clash(account)

    async def _clash(self, account: Account) -> Account:
        earlier = await state.fetch(Account, account.id)
        if earlier is not None:
            if earlier.role is account.role and all(getattr(earlier, one) == getattr(account, one) for one in INDEXES):
                return earlier
            raise CidConflict
        await refuse_taken(account.licence_number_index)
        raise AlreadyTaken(field="contact")


async def refuse_taken(licence_number_index: str | None) -> None:
    """Raises `AlreadyTaken` for the licence number if that is what another account has."""
    if licence_number_index is None:
        return
    if await state.fetch_all(Account, {"licence_number_index": licence_number_index}, 1):
        raise AlreadyTaken(field="licence_number")


class RegistrationService:
    """Registration by the person."""

    def __init__(self, creation: Creation, throttling: Throttling) -> None:
        self._creation = creation
        self._throttling = throttling

    async def register(self, unit: Unit, cmd: Register) -> Registered:
        """Patients and family may begin at once; doctors and nurses wait for an administrator."""
        await self._throttling.visit(unit.address, unit.now)
        verified = cmd.role not in CLINICIANS
        account = await self._creation.create(cmd, verified=verified, now=unit.now)
        await self._throttling.leave(unit.address, unit.now)
        unit.resource = account.id
        return Registered(user_id=account.id, status=account.status)
