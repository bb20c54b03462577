"""Closed vocabularies shared by documents and wire shapes."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is in the service; decides which commands exist for them."""

    PATIENT = "patient"
    DOCTOR = "doctor"
    NURSE = "nurse"
    FAMILY = "family"
    ADMIN = "admin"
    GUEST = "guest"
    """Came into one call through a one-time link; has no account to sign in to."""


CLINICIANS = frozenset({Role.DOCTOR, Role.NURSE})
CALLERS = frozenset(Role)
PEOPLE = CALLERS - {Role.GUEST}
ADMINS = frozenset({Role.ADMIN})


class AccountStatus(StrEnum):
    """Whether an account may be used. Clinicians start unverified and may sign in, but reach nobody."""

    ACTIVE = "active"
    UNVERIFIED = "unverified"
    DISABLED = "disabled"


class Gender(StrEnum):
    """FHIR R4 administrative gender."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class RelationshipKind(StrEnum):
    """Why two people may reach each other. `care` joins clinician and patient, `family` joins family and patient."""

    CARE = "care"
    FAMILY = "family"
    COLLEAGUE = "colleague"


class RelationshipStatus(StrEnum):
    """A proposal waits for the other side; only `active` opens anything."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    ENDED = "ended"


class Availability(StrEnum):
    """Effective presence, strongest first: in_call, busy, online, away, offline."""

    IN_CALL = "in_call"
    BUSY = "busy"
    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class HistoryFrom(StrEnum):
    """What a new member sees of a conversation: all of it, or from the moment of joining."""

    START = "start"
    JOINING = "joining"


class NotificationCategory(StrEnum):
    """What a notification is about; later also the key of quiet hours and channels."""

    CONVERSATION = "conversation"
    RELATIONSHIP = "relationship"
    ACCOUNT = "account"
    SECURITY = "security"
    CALL = "call"


class Language(StrEnum):
    """Languages of the client, BCP 47."""

    EN = "en"
    ES = "es"
    AR = "ar"


class QoS(StrEnum):
    """Class of service of an event.

    A and B are durable (HS/1: effectively once, ordered, gap-free; A also needs a human answer), C is latest-wins and
    versioned, D conflates live numerics, E drops the oldest waveform chunk and says so, F is fire and forget.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"
