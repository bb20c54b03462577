"""Signing in by e-mail address or phone number."""

from models.documents.account import Account
from models.enums import AccountStatus
from models.errors import Forbidden
from models.events.sessions import SessionTokens, SignIn
from services import state
from services.accounts.contact import normal_login
from services.accounts.keeping import SessionKeeper
from services.accounts.profile import Profiles
from services.accounts.proof import Proof
from services.accounts.throttling import Throttling
from services.fields import BlindIndex
from services.unit import Unit


class Accounts:
    """Finds accounts by what a person types as their name."""

    def __init__(self, profiles: Profiles, index: BlindIndex) -> None:
        self._profiles = profiles
        self._index = index

    async def by_login(self, login: str) -> tuple[Account | None, str]:
        """The account, if there is one, and a name for the back-off that does not show what was typed."""
        named = normal_login(login)
        if named is None:
            return None, self._index.of("login", login.strip().lower())
        field, normal = named
        found = await state.fetch_all(Account, self._profiles.lookup(field, normal), 1)
        return (found[0] if found else None), self._index.of("login", normal)


class SignInService:
    """Turns proof into a session."""

    def __init__(self, accounts: Accounts, proof: Proof, throttling: Throttling, keeper: SessionKeeper) -> None:
        self._accounts = accounts
        self._proof = proof
        self._throttling = throttling
        self._keeper = keeper

    async def sign_in(self, unit: Unit, cmd: SignIn) -> SessionTokens:
        """Open a session. A disabled account is told so only after its password."""
        await self._throttling.visit(unit.address, unit.now)
        found, unknown = await self._accounts.by_login(cmd.login)
        account = await self._proof.require(found, unknown, cmd.password, cmd.code, unit.now)
        await self._throttling.leave(unit.address, unit.now)
        if account.status is AccountStatus.DISABLED:
            raise Forbidden(reason="disabled")
        return await self._keeper.open(unit, account, cmd)
