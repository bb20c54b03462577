"""What a transport tells its owner, and why it refuses an answer."""

from enum import StrEnum
from typing import Protocol


class Failure(StrEnum):
    """Why a transport never carried media."""

    NO_CHECKS = "no_checks"
    """No authenticated connectivity check came in time: a firewall, or a wrong announced address."""
    HANDSHAKE_TIMEOUT = "handshake_timeout"
    HANDSHAKE_REFUSED = "handshake_refused"
    """TLS alert, or no SRTP profile in common."""
    WRONG_FINGERPRINT = "wrong_fingerprint"
    """The party's certificate is not the one its answer named."""


class Loss(StrEnum):
    """Why a transport that carried media no longer does."""

    SILENT = "silent"
    """Nothing authenticated came for `silence_s`, or no check from where its media is sent for `consent_s`."""
    CLOSED = "closed"
    """The party ended the DTLS association."""


class Watcher(Protocol):
    """Who is told about one transport. Called on the loop, at most once each; it may close the transport at once."""

    def on_connected(self) -> None:
        """Checked, encrypted, fingerprint verified: packets flow from now on."""
        ...

    def on_failed(self, reason: Failure) -> None:
        """It will never connect; it is closed already."""
        ...

    def on_lost(self, reason: Loss) -> None:
        """It was connected; it is closed already. A new offer on a new transport may bring the party back."""
        ...


class AnswerProblem(StrEnum):
    """What is wrong with an answer."""

    TOO_LARGE = "too_large"
    """Over 64 kB, 8 m-lines or 40 candidates."""
    MALFORMED = "malformed"
    LINES_DIFFER = "lines_differ"
    """Not the m-lines of the offer, in its order, under its mids."""
    NOT_BUNDLED = "not_bundled"
    """Accepted lines outside the BUNDLE group, or without rtcp-mux."""
    NO_FINGERPRINT = "no_fingerprint"
    """No sha-256, sha-384 or sha-512 fingerprint."""
    NO_ROLE = "no_role"
    """`a=setup` is neither active nor passive."""
    NO_CREDENTIALS = "no_credentials"
    """ICE user fragment or password missing or out of bounds."""
    NOTHING_ACCEPTED = "nothing_accepted"
    """Every line refused, or no codec in common."""
    CHANGED = "changed"
    """A further answer names another certificate, role or ICE credentials: that needs a new transport."""


class BadAnswer(ValueError):
    """An answer that cannot be used. The text is static; nothing of the answer is in it."""

    def __init__(self, problem: AnswerProblem) -> None:
        super().__init__("the answer cannot be used")
        self.problem = problem
