"""From the stored account to what is shown of it, and from what was typed to what is stored."""

import unicodedata
from datetime import date
from typing import Any, Final

from models.documents.account import Account
from models.enums import AccountStatus
from models.events.accounts import AccountDetails, AccountRow, CreateAccount, ProfileChanged, Register
from models.events.people import PersonView
from services.accounts.contact import normal_email, normal_licence, normal_phone
from services.fields import BlindIndex, FieldCipher

COLLECTION: Final = "accounts"
_NORMAL: Final = {"email": normal_email, "phone": normal_phone, "licence_number": normal_licence}


class Profiles:
    """Seals, opens and shows the parts of accounts that identify a person elsewhere."""

    def __init__(self, cipher: FieldCipher, index: BlindIndex) -> None:
        self._cipher = cipher
        self._index = index

    def sealed(self, user_id: str, field: str, value: str | None) -> dict[str, str | None]:
        """The stored pair of one contact field: the normal spelling encrypted, and its blind index."""
        if value is None:
            return {field: None, f"{field}_index": None}
        normal = _NORMAL[field](value)
        return {
            field: self._cipher.seal(COLLECTION, user_id, field, normal),
            f"{field}_index": self._index.of(field, normal),
        }

    def contacts(self, user_id: str, typed: Register | CreateAccount) -> dict[str, Any]:
        """The stored contact fields of a new account."""
        return (
            self.sealed(user_id, "email", typed.email)
            | self.sealed(user_id, "phone", typed.phone)
            | self.sealed(user_id, "licence_number", typed.licence_number)
        )

    def lookup(self, field: str, normal: str) -> dict[str, str]:
        """The filter that finds the account with this value, in normal spelling."""
        return {f"{field}_index": self._index.of(field, normal)}

    def opened(self, account: Account, field: str) -> str | None:
        """One contact field as text."""
        sealed = getattr(account, field)
        return None if sealed is None else self._cipher.open(COLLECTION, account.id, field, sealed)

    def seal_secret(self, user_id: str, field: str, secret: str) -> str:
        """Encrypt the secret of an authenticator."""
        return self._cipher.seal(COLLECTION, user_id, field, secret)

    def open_secret(self, user_id: str, field: str, sealed: str) -> str:
        """Decrypt the secret of an authenticator."""
        return self._cipher.open(COLLECTION, user_id, field, sealed)

    def details(self, account: Account) -> AccountDetails:
        """For the person."""
        return AccountDetails(
            user_id=account.id,
            role=account.role,
            status=account.status,
            name=account.name,
            email=self.opened(account, "email"),
            phone=self.opened(account, "phone"),
            licence_number=self.opened(account, "licence_number"),
            date_of_birth=None if account.date_of_birth is None else date.fromisoformat(account.date_of_birth),
            gender=account.gender,
            language=account.language,
            time_zone=account.time_zone,
            theme=account.theme,
            quiet_hours=account.quiet_hours,
            second_factor=account.second_factor.secret is not None,
            created_at=account.created_at,
        )

    def row(self, account: Account) -> AccountRow:
        """For administrators."""
        return AccountRow(
            user_id=account.id,
            role=account.role,
            status=account.status,
            name=account.name,
            email=self.opened(account, "email"),
            phone=self.opened(account, "phone"),
            licence_number=self.opened(account, "licence_number"),
            second_factor=account.second_factor.secret is not None,
            created_at=account.created_at,
        )


def open_status(*, verified: bool) -> AccountStatus:
    """The status of an account that is not disabled."""
    return AccountStatus.ACTIVE if verified else AccountStatus.UNVERIFIED


def profile_of(account: Account) -> ProfileChanged:
    """Name and settings as a fact."""
    return ProfileChanged(
        name=account.name,
        language=account.language,
        time_zone=account.time_zone,
        theme=account.theme,
        quiet_hours=account.quiet_hours,
    )


def person(account: Account) -> PersonView:
    """What others may see."""
    return PersonView(user_id=account.id, name=account.name, role=account.role, verified=account.verified)


def name_words(name: str) -> list[str]:
    """The words of a name as they are searched: case-folded, without accents, at most eight."""
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(mark))
    return list(dict.fromkeys(plain.split()))[:8]
