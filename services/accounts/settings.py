"""What operators may set about accounts. Times in seconds; every secret is left out of `repr`."""

from dataclasses import dataclass, field

from models.enums import Role
from services.keyring import KeyRing


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Access tokens (Ed25519 keys, by `kid`) and the key that marks refresh tokens as ours."""

    ring: KeyRing
    refresh_key: bytes = field(repr=False)
    issuer: str = "carewire"
    audience: str = "carewire-clients"
    access_s: int = 600
    leeway_s: int = 10


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long a session lives without use and altogether. Staff browsers log off by themselves (45 CFR 164.312)."""

    grace_s: int = 30
    """How long the same device may still present the refresh token that it has just used.

    Parallel tabs do; so does a client that was told `retry` because the audit row was late. Longer than the longest
    such answer takes (`AuditSettings`: six seconds, after a command that may have waited as long) and the wait after.
    """
    idle_s: int = 30 * 24 * 3600
    absolute_s: int = 90 * 24 * 3600
    staff_browser_idle_s: int = 15 * 60
    staff_browser_absolute_s: int = 12 * 3600
    guest_s: int = 4 * 3600
    """A guest's session ends with the call, and at the latest after this."""
    max_per_account: int = 20


@dataclass(frozen=True, slots=True)
class PasswordSettings:
    """bcrypt over a peppered HMAC, in a few threads with a bounded queue."""

    pepper: bytes = field(repr=False)
    cost: int = 12
    threads: int = 2
    max_queue: int = 32
    timeout_s: float = 10.0
    min_chars: int = 12


@dataclass(frozen=True, slots=True)
class ThrottleSettings:
    """Back-off against guessing: doubling per account, windows of a minute per address and network."""

    account_failures: int = 5
    first_block_s: int = 60
    longest_block_s: int = 30 * 60
    address_per_minute: int = 30
    network_per_minute: int = 200
    lookups_per_account: int = 20
    """Searches for somebody by e-mail address or phone number, a day."""
    lookups_per_address: int = 200
    """The same from one address: more, since a whole clinic may share it."""


@dataclass(frozen=True, slots=True)
class SecondFactorSettings:
    """Who must have a second factor, and what authenticators show beside the code."""

    required_roles: frozenset[Role] = frozenset()
    issuer: str = "Carewire"


@dataclass(frozen=True, slots=True)
class ResetSettings:
    """One-time links for forgotten passwords. `link` is the page; the token follows it as `#token=…`."""

    link: str
    valid_s: int = 30 * 60
    per_hour: int = 3
