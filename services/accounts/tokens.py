"""Access tokens (signed, ten minutes) and refresh tokens (opaque, one use)."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.enums import Role
from models.errors import SecondFactorSetupRequired, TokenExpired, Unauthenticated
from models.ids import UUID_PATTERN, DeviceId, SessionId, UserId, new_id
from services.accounts.settings import TokenSettings
from services.unit import Actor

ALGORITHM: Final = "EdDSA"
TYPE: Final = "at+jwt"
"""RFC 9068."""
REQUIRED: Final = ("exp", "iat", "nbf", "iss", "aud", "sub", "jti", "sid", "dev", "role", "ver", "sfs")
MAX_CHARS: Final = 2048
_UUID: Final = re.compile(UUID_PATTERN)

SECRET_BYTES: Final = 32
MARK_BYTES: Final = 16
ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Verified:
    """What an access token proves, and until when."""

    actor: Actor
    expires_at: datetime


class AccessTokens:
    """Signs and verifies. One algorithm, own keys only: a header that names a key elsewhere is refused unread."""

    def __init__(self, settings: TokenSettings) -> None:
        self._settings = settings
        self._kid = settings.ring.current
        self._private = {kid: Ed25519PrivateKey.from_private_bytes(key) for kid, key in settings.ring.keys.items()}
        self._public = {kid: key.public_key() for kid, key in self._private.items()}

    def issue(self, actor: Actor, now: datetime, *, setup_only: bool) -> tuple[str, datetime]:
        """A token for this actor, and when it runs out. `setup_only`: good for setting up the second factor only."""
        issued = int(now.timestamp())
        expires = issued + self._settings.access_s
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": actor.user_id,
            "sid": actor.session_id,
            "dev": actor.device_id,
            "role": actor.role.value,
            "ver": actor.verified,
            "sfs": setup_only,
            "iat": issued,
            "nbf": issued,
            "exp": expires,
            "jti": new_id(),
        }
        token = jwt.encode(claims, self._private[self._kid], ALGORITHM, headers={"kid": self._kid, "typ": TYPE})
        return token, datetime.fromtimestamp(expires, UTC)

    def verify(self, token: str, *, setup: bool = False) -> Verified:
        """Who holds this token. Raises `TokenExpired`, `Unauthenticated`, or `SecondFactorSetupRequired`.

        The last one unless `setup` says that the command at hand is part of setting up the second factor.
        """
        claims = self._claims(token)
        role, verified, setup_only = claims["role"], claims["ver"], claims["sfs"]
        ids = [claims[name] for name in ("sub", "sid", "dev", "jti")]
        times = [claims[name] for name in ("iat", "nbf", "exp")]
        if (
            not all(isinstance(value, str) and _UUID.fullmatch(value) for value in ids)
            or not all(type(value) is int for value in times)
            or not 0 < claims["exp"] - claims["iat"] <= self._settings.access_s
            or claims["aud"] != self._settings.audience
            or role not in tuple(Role)
            or type(verified) is not bool
            or type(setup_only) is not bool
        ):
            raise Unauthenticated
        if setup_only and not setup:
            raise SecondFactorSetupRequired
        actor = Actor(UserId(ids[0]), Role(role), SessionId(ids[1]), DeviceId(ids[2]), verified)
        return Verified(actor, datetime.fromtimestamp(claims["exp"], UTC))

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            if len(token) > MAX_CHARS:
                raise Unauthenticated
            header = jwt.get_unverified_header(token)
            if header.keys() != {"alg", "kid", "typ"} or header["alg"] != ALGORITHM or header["typ"] != TYPE:
                raise Unauthenticated
            claims: dict[str, Any] = jwt.decode(
                token,
                self._public[header["kid"]],
                algorithms=[ALGORITHM],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                leeway=timedelta(seconds=self._settings.leeway_s),
                options={"require": list(REQUIRED)},
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, OverflowError):
            raise Unauthenticated from None
        if claims.keys() != set(REQUIRED):
            raise Unauthenticated
        return claims


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token taken apart: the session it belongs to and its 256-bit secret."""

    session_id: SessionId
    secret: bytes

    @property
    def hash(self) -> str:
        """What the database keeps of it."""
        return hashlib.sha256(self.secret).hexdigest()


class RefreshTokens:
    """Makes and recognises refresh tokens: session id, secret, and a mark that only we can make.

    The first secret of a session is random. Each next one is an HMAC of the one before, so that parallel tabs which
    refresh with the same token are given the same successor although only hashes are stored. The mark tells a token
    that was ours once (reuse: somebody has a copy) from one that never was (guessing, which must not end a session).
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def first(self, session_id: SessionId) -> RefreshToken:
        """The token that opens a session."""
        return RefreshToken(session_id, secrets.token_bytes(SECRET_BYTES))

    def successor(self, token: RefreshToken) -> RefreshToken:
        """The one token that follows this one."""
        return RefreshToken(token.session_id, self._mac(b"next", token, SECRET_BYTES))

    def text(self, token: RefreshToken) -> str:
        """As the client keeps it."""
        raw = UUID(token.session_id).bytes + token.secret + self._mac(b"mark", token, MARK_BYTES)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def parse(self, text: str) -> RefreshToken | None:
        """The token, if we ever made it."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(raw) != ID_BYTES + SECRET_BYTES + MARK_BYTES:
            return None
        token = RefreshToken(SessionId(str(UUID(bytes=raw[:ID_BYTES]))), raw[ID_BYTES : ID_BYTES + SECRET_BYTES])
        # The whole text, so that the spare bits of its last letter cannot make a second spelling.
        return token if hmac.compare_digest(self.text(token), text) else None

    def _mac(self, purpose: bytes, token: RefreshToken, size: int) -> bytes:
        message = purpose + b"|" + token.session_id.encode() + b"|" + token.secret
        return hmac.new(self._key, message, hashlib.sha256).digest()[:size]
