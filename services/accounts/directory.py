"""Who the accounts are, as far as other people matter. Implements `PeoplePort`."""

from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import datetime
from time import monotonic
from typing import Final

from models.documents.account import Account
from models.enums import AccountStatus
from models.events.people import PersonView
from models.ids import UserId
from services import state
from services.accounts.sign_in import Accounts
from services.accounts.throttling import Throttling
from services.people import view_of
from services.ports import Person

MOST_REMEMBERED: Final = 10_000
REMEMBERED_S: Final = 30.0
BATCH: Final = 500


class Directory:
    """Reads people. Rights are decided on `known`, which always asks; `names` may be half a minute old."""

    def __init__(self, accounts: Accounts, throttling: Throttling, clock: Callable[[], float] = monotonic) -> None:
        self._accounts = accounts
        self._throttling = throttling
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, PersonView]] = OrderedDict()

    async def known(self, user_ids: Collection[str]) -> dict[str, Person]:
        """The accounts among these ids, disabled ones included."""
        wanted = list(dict.fromkeys(user_ids))
        people = {}
        for start in range(0, len(wanted), BATCH):
            some = wanted[start : start + BATCH]
            for account in await state.fetch_all(Account, {"_id": {"$in": some}}, len(some)):
                people[account.id] = _person(account)
        return people

    async def by_contact(self, contact: str, asker: str, address: str, now: datetime) -> Person | None:
        """The account with this e-mail address or phone number. Raises `TooFast`: nobody leafs through contacts."""
        await self._throttling.lookup(asker, address, now)
        account, _ = await self._accounts.by_login(contact)
        return None if account is None else _person(account)

    async def names(self, user_ids: Collection[str]) -> dict[UserId, PersonView]:
        """How these people are shown; whoever does not exist is missing."""
        oldest = self._clock() - REMEMBERED_S
        views: dict[UserId, PersonView] = {}
        unknown = []
        for user_id in user_ids:
            seen = self._seen.get(user_id)
            if seen is not None and seen[0] >= oldest:
                views[UserId(user_id)] = seen[1]
            else:
                unknown.append(user_id)
        if unknown:
            for user_id, person in (await self.known(unknown)).items():
                views[UserId(user_id)] = view = view_of(person)
                self._remember(user_id, view)
        return views

    def forget(self, user_id: str) -> None:
        """The person changed: ask again. Called by a listener to `account.*` facts."""
        self._seen.pop(user_id, None)

    def _remember(self, user_id: str, view: PersonView) -> None:
        self._seen[user_id] = (self._clock(), view)
        self._seen.move_to_end(user_id)
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)


def _person(account: Account) -> Person:
    return Person(
        user_id=UserId(account.id),
        name=account.name,
        role=account.role,
        verified=account.verified,
        active=account.status is not AccountStatus.DISABLED,
    )
