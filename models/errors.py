"""The closed error catalogue: one class per business error, with its code, HTTP status and what a client may read.

Services raise these; doors never catch them; `hub/translate.py` turns them into acks and problem+json.
"""

from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """Every code a client can meet. Codes are stable; messages are for people and may change."""

    INVALID = "invalid"
    UNKNOWN_EVENT = "unknown_event"
    TOO_LARGE = "too_large"
    BINARY_NOT_ALLOWED = "binary_not_allowed"
    UNAUTHENTICATED = "unauthenticated"
    TOKEN_EXPIRED = "token_expired"
    SESSION_ENDED = "session_ended"
    FORBIDDEN = "forbidden"
    UNVERIFIED = "unverified"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    CID_CONFLICT = "cid_conflict"
    NOT_NOW = "not_now"
    TOO_FAST = "too_fast"
    BUSY = "busy"
    RETRY = "retry"
    WRONG_CREDENTIALS = "wrong_credentials"
    SECOND_FACTOR_REQUIRED = "second_factor_required"
    SECOND_FACTOR_SETUP_REQUIRED = "second_factor_setup_required"
    WEAK_PASSWORD = "weak_password"
    ALREADY_TAKEN = "already_taken"
    CALL_OVER = "call_over"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    ALREADY_IN_CALL = "already_in_call"
    NOT_IN_CALL = "not_in_call"
    CALL_FULL = "call_full"
    LINK_SPENT = "link_spent"
    SDP_REFUSED = "sdp_refused"
    MEDIA_UNAVAILABLE = "media_unavailable"
    CONSENT_MISSING = "consent_missing"
    POLICY_FORBIDS = "policy_forbids"
    BAD_ORIGIN = "bad_origin"
    UNSUPPORTED = "unsupported"
    INTERNAL = "internal"


class HubError(Exception):
    """A refusal with a stable code. The text is static: it never carries values a person typed."""

    code: ClassVar[ErrorCode]
    status: ClassVar[int]
    retryable: ClassVar[bool] = False
    text: ClassVar[str]

    def __init__(self, *, after_ms: int | None = None, **details: str | int | bool | list[str]) -> None:
        super().__init__(self.text)
        self.after_ms = after_ms
        self.details = details


class Invalid(HubError):
    """The payload does not have the declared shape."""

    code, status, text = ErrorCode.INVALID, 422, "The request does not have the declared shape."


class UnknownEvent(HubError):
    """No command or signal of that name exists on this namespace."""

    code, status, text = ErrorCode.UNKNOWN_EVENT, 404, "There is no such command."


class TooLarge(HubError):
    """Larger than the declared bound."""

    code, status, text = ErrorCode.TOO_LARGE, 413, "The request is larger than allowed."


class BinaryNotAllowed(HubError):
    """Binary attachments are accepted only where the catalogue declares them."""

    code, status, text = ErrorCode.BINARY_NOT_ALLOWED, 415, "Binary data is not accepted here."


class Unauthenticated(HubError):
    """No usable access token."""

    code, status, text = ErrorCode.UNAUTHENTICATED, 401, "Sign in first."


class TokenExpired(HubError):
    """The access token has run out: refresh it and try again."""

    code, status, text = ErrorCode.TOKEN_EXPIRED, 401, "The access token has expired."


class SessionEnded(HubError):
    """The session was revoked, or its account disabled or changed: sign in again."""

    code, status, text = ErrorCode.SESSION_ENDED, 401, "This session has ended."


class Forbidden(HubError):
    """The role may not do this at all."""

    code, status, text = ErrorCode.FORBIDDEN, 403, "You may not do this."


class Unverified(HubError):
    """The clinician has not been verified by an administrator yet."""

    code, status, text = ErrorCode.UNVERIFIED, 403, "Your account is waiting for verification."


class BadOrigin(HubError):
    """The browser page that asked is not one of ours, or the CSRF header is missing."""

    code, status, text = ErrorCode.BAD_ORIGIN, 403, "This request did not come from an allowed page."


class NotFound(HubError):
    """No such thing, or not yours: outsiders cannot tell the difference."""

    code, status, text = ErrorCode.NOT_FOUND, 404, "There is no such thing, or it is not yours."


class Conflict(HubError):
    """The state has moved on since you looked."""

    code, status, text = ErrorCode.CONFLICT, 409, "The state has changed; look again."


class CidConflict(HubError):
    """The same client id was used for a different command."""

    code, status, text = ErrorCode.CID_CONFLICT, 409, "This client id was already used for something else."


class AlreadyTaken(HubError):
    """E-mail, phone or licence number belongs to another account."""

    code, status, text = ErrorCode.ALREADY_TAKEN, 409, "This is already in use."


class NotNow(HubError):
    """Right command, wrong state."""

    code, status, text = ErrorCode.NOT_NOW, 409, "This is not possible in the present state."


class TooFast(HubError):
    """Over the declared rate; `after_ms` says when to try again."""

    code, status, retryable, text = ErrorCode.TOO_FAST, 429, True, "Too many requests; wait a little."


class Busy(HubError):
    """The connection's lane is full."""

    code, status, retryable, text = ErrorCode.BUSY, 429, True, "Too many commands at once; wait for the answers."


class TryAgain(HubError):
    """The store did not confirm in time. Nothing is lost: send the same client id again."""

    code, status, retryable, text = ErrorCode.RETRY, 503, True, "Not confirmed yet; send it again unchanged."


class WrongCredentials(HubError):
    """Unknown name, wrong password or wrong code: which one is not told."""

    code, status, text = ErrorCode.WRONG_CREDENTIALS, 401, "The sign-in details are not right."


class SecondFactorRequired(HubError):
    """The password was right; a one-time code is needed as well."""

    code, status, text = ErrorCode.SECOND_FACTOR_REQUIRED, 401, "Enter the code of your authenticator."


class SecondFactorSetupRequired(HubError):
    """This role must set up a second factor before anything else."""

    code, status, text = ErrorCode.SECOND_FACTOR_SETUP_REQUIRED, 403, "Set up a second factor first."


class WeakPassword(HubError):
    """Too short, too common, or equal to what is known of the person."""

    code, status, text = ErrorCode.WEAK_PASSWORD, 422, "Choose a longer or less common password."


class CallOver(HubError):
    """The call has ended; nothing about it can change any more."""

    code, status, text = ErrorCode.CALL_OVER, 409, "This call has ended."


class AnsweredElsewhere(HubError):
    """Another device of the same person took the call, or declined it, first."""

    code, status, text = ErrorCode.ANSWERED_ELSEWHERE, 409, "This call was answered on another device."


class AlreadyInCall(HubError):
    """One person is in one call at a time."""

    code, status, text = ErrorCode.ALREADY_IN_CALL, 409, "You are in a call already."


class NotInCall(HubError):
    """The command needs a party who is present; you are invited, waiting, or have left."""

    code, status, text = ErrorCode.NOT_IN_CALL, 409, "You are not present in this call."


class CallFull(HubError):
    """A call has at most six parties."""

    code, status, text = ErrorCode.CALL_FULL, 409, "This call is full."


class LinkSpent(HubError):
    """The link was used, has run out, or never existed: which, is not told."""

    code, status, text = ErrorCode.LINK_SPENT, 410, "This link can no longer be used."


class SdpRefused(HubError):
    """A session description or ICE candidate that is malformed or beyond the bounds (64 kB, 8 m-lines, 40)."""

    code, status, text = ErrorCode.SDP_REFUSED, 422, "The session description is malformed or too large."


class MediaUnavailable(HubError):
    """No media process can take the call just now."""

    code, status, retryable, text = ErrorCode.MEDIA_UNAVAILABLE, 503, True, "The media relay is not available."


class ConsentMissing(HubError):
    """Somebody who is present has not agreed to being recorded."""

    code, status, text = ErrorCode.CONSENT_MISSING, 409, "Not everyone present has agreed to the recording."


class PolicyForbids(HubError):
    """The organisation's policy rules this out."""

    code, status, text = ErrorCode.POLICY_FORBIDS, 403, "The policy of this organisation does not allow it."


class Unsupported(HubError):
    """The method or media type is not supported at this address."""

    code, status, text = ErrorCode.UNSUPPORTED, 405, "This is not supported here."


class Internal(HubError):
    """Our fault; `ref` finds it in the log."""

    code, status, retryable, text = ErrorCode.INTERNAL, 500, True, "Something went wrong on our side."


class GoodbyeCode(StrEnum):
    """Why the hub closes a live socket, as told in `hub.goodbye`."""

    RESTARTING = "restarting"
    SESSION_ENDED = "session_ended"
    TOKEN_EXPIRED = "token_expired"
    SLOW_CONSUMER = "slow_consumer"
    TOO_FAST = "too_fast"
    REPLACED = "replaced"


RECONNECT_AFTER: dict[GoodbyeCode, bool] = {
    GoodbyeCode.RESTARTING: True,
    GoodbyeCode.SESSION_ENDED: False,
    GoodbyeCode.TOKEN_EXPIRED: True,
    GoodbyeCode.SLOW_CONSUMER: True,
    GoodbyeCode.TOO_FAST: True,
    GoodbyeCode.REPLACED: False,
}
