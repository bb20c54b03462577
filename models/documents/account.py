"""One person's account. What identifies them outside this service is stored encrypted beside a blind index."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.documents.owing import OUTBOX_INDEX, Owing
from models.enums import AccountStatus, Gender, Language, Role
from models.events.accounts import QuietHours, Theme


class SecondFactor(BaseModel):
    """A time-based one-time password (RFC 6238) and the codes that replace it when the authenticator is lost."""

    secret: str | None = None
    """Encrypted; in force."""
    proposed: str | None = None
    """Encrypted; waits for its first code."""
    last_step: int = 0
    """The newest 30-second step whose code was accepted: that code and all older ones are spent."""
    recovery: list[str] = Field(default_factory=list)
    """SHA-256 of the recovery codes that are left (80 random bits each, so a fast hash is enough)."""


class Account(Owing):
    """Who a person is and how they prove it.

    `generation` counts the moments at which every session ended (role change, disabling, password change). A session
    is alive only while it is of the present generation, or is the one that was `spared` when it began. So ending all
    sessions is part of the same atomic update as its reason.
    """

    id: str  # type: ignore[assignment]  # a UUID instead of an ObjectId
    role: Role
    status: AccountStatus
    verified: bool
    """True for everybody but clinicians whom no administrator has verified; survives disabling and enabling."""
    name: str
    name_words: list[str]
    """Case-folded words of the name, for search by beginnings."""
    email: str | None = None
    email_index: str | None = None
    phone: str | None = None
    phone_index: str | None = None
    licence_number: str | None = None
    licence_number_index: str | None = None
    date_of_birth: str | None = None
    """ISO 8601 date."""
    gender: Gender = Gender.UNKNOWN
    language: Language = Language.EN
    time_zone: str = "UTC"
    theme: Theme = Theme.SYSTEM
    quiet_hours: QuietHours = Field(default_factory=QuietHours)
    password_hash: str
    second_factor: SecondFactor = Field(default_factory=SecondFactor)
    generation: int = 0
    spared: str | None = None
    created_at: datetime
    purge_at: datetime | None = None
    """When it is deleted, of a guest: calls and facts carry the names of those who were in them."""

    class Settings:
        name = "accounts"
        indexes: ClassVar = [
            *(
                IndexModel(
                    [(field, ASCENDING)],
                    name=f"{field}_unique",
                    unique=True,
                    partialFilterExpression={field: {"$type": "string"}},
                )
                for field in ("email_index", "phone_index", "licence_number_index")
            ),
            IndexModel([("purge_at", ASCENDING)], name="purge", expireAfterSeconds=0),
            IndexModel([("name_words", ASCENDING)], name="name_words"),
            IndexModel([("role", ASCENDING), ("status", ASCENDING)], name="role_status"),
            IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)], name="newest"),
            OUTBOX_INDEX,
        ]
