"""Access tokens: one way to be right, and every way we know to be wrong."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from models.enums import Role
from models.errors import SecondFactorSetupRequired, TokenExpired, Unauthenticated
from models.ids import DeviceId, SessionId, UserId, new_id
from services.accounts.settings import TokenSettings
from services.accounts.tokens import REQUIRED, AccessTokens, RefreshTokens
from services.keyring import KeyRing
from services.unit import Actor

KEY = b"1" * 32
OLD_KEY = b"0" * 32
SETTINGS = TokenSettings(KeyRing("k1", {"k1": KEY, "k0": OLD_KEY}), b"r" * 32)
TOKENS = AccessTokens(SETTINGS)
OUR_PRIVATE = Ed25519PrivateKey.from_private_bytes(KEY)
OUR_PUBLIC = OUR_PRIVATE.public_key()
RAW_PUBLIC = OUR_PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)
PEM_PUBLIC = OUR_PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"9" * 32)

Claims = dict[str, Any]


def actor(role: Role = Role.PATIENT) -> Actor:
    """Somebody."""
    return Actor(UserId(new_id()), role, SessionId(new_id()), DeviceId(new_id()), verified=True)


def claims() -> Claims:
    """What a good token says."""
    token, _ = TOKENS.issue(actor(), datetime.now(UTC), setup_only=False)
    decoded: Claims = jwt.decode(token, options={"verify_signature": False})
    return decoded


def b64(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def assemble(header: object, body: object, sign: Callable[[bytes], bytes] = OUR_PRIVATE.sign) -> str:
    """A token from any header and body, signed by any means."""
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(body).encode())}"
    return f"{signed}.{b64(sign(signed.encode()))}"


HEADER = {"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"}


def with_header(**changed: object) -> str:
    """A good body under another header; `None` removes a name."""
    header = {name: value for name, value in (HEADER | changed).items() if value is not None}
    return assemble(header, claims())


def with_claims(**changed: object) -> str:
    """A good header over another body; `None` removes a claim."""
    return assemble(HEADER, {name: value for name, value in (claims() | changed).items() if value is not None})


def hs(digest: Any, key: bytes) -> Callable[[bytes], bytes]:
    """Sign with a public key as if it were a shared secret."""
    return lambda signed: hmac.new(key, signed, digest).digest()


def now(**offset: float) -> int:
    """Seconds since the epoch."""
    return int((datetime.now(UTC) + timedelta(**offset)).timestamp())


def tampered() -> str:
    """A good token whose body was exchanged afterwards."""
    head, body, signature = assemble(HEADER, claims()).split(".")
    other = json.loads(base64.urlsafe_b64decode(body + "=="))
    other["role"] = "admin"
    return f"{head}.{b64(json.dumps(other).encode())}.{signature}"


FORGED: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "words": lambda: "not a token",
    "one part": lambda: "a",
    "two parts": lambda: ".".join(assemble(HEADER, claims()).split(".")[:2]),
    "four parts": lambda: assemble(HEADER, claims()) + ".x",
    "no signature": lambda: assemble(HEADER, claims()).rpartition(".")[0] + ".",
    "truncated signature": lambda: assemble(HEADER, claims())[:-10],
    "zero signature": lambda: assemble(HEADER, claims(), lambda _: b"\0" * 64),
    "not ascii": lambda: assemble(HEADER, claims()) + "é",
    "null bytes": lambda: "\0.\0.\0",
    "too long": lambda: with_claims(jti="a" * 4000),
    "body exchanged": tampered,
    "stranger's key": lambda: assemble(HEADER, claims(), STRANGER.sign),
    "other key of ours under this kid": lambda: assemble(
        HEADER, claims(), Ed25519PrivateKey.from_private_bytes(OLD_KEY).sign
    ),
    "this key under another kid": lambda: with_header(kid="k0"),
    "alg none": lambda: assemble(HEADER | {"alg": "none"}, claims(), lambda _: b""),
    "alg None": lambda: assemble(HEADER | {"alg": "None"}, claims(), lambda _: b""),
    "alg NONE": lambda: assemble(HEADER | {"alg": "NONE"}, claims(), lambda _: b""),
    "alg none with signature": lambda: with_header(alg="none"),
    "alg missing": lambda: with_header(alg=None),
    "alg empty": lambda: with_header(alg=""),
    "alg number": lambda: with_header(alg=1),
    "alg list": lambda: with_header(alg=["EdDSA"]),
    "alg lower case": lambda: with_header(alg="eddsa"),
    "alg Ed25519": lambda: with_header(alg="Ed25519"),
    "alg ES256": lambda: with_header(alg="ES256"),
    "alg RS256": lambda: with_header(alg="RS256"),
    "HS256 with the raw public key": lambda: assemble(
        HEADER | {"alg": "HS256"}, claims(), hs(hashlib.sha256, RAW_PUBLIC)
    ),
    "HS256 with the PEM public key": lambda: assemble(
        HEADER | {"alg": "HS256"}, claims(), hs(hashlib.sha256, PEM_PUBLIC)
    ),
    "HS512 with the PEM public key": lambda: assemble(
        HEADER | {"alg": "HS512"}, claims(), hs(hashlib.sha512, PEM_PUBLIC)
    ),
    "HS256 with an empty key": lambda: assemble(HEADER | {"alg": "HS256"}, claims(), hs(hashlib.sha256, b"")),
    "HMAC under EdDSA": lambda: assemble(HEADER, claims(), hs(hashlib.sha512, PEM_PUBLIC)),
    "kid missing": lambda: with_header(kid=None),
    "kid unknown": lambda: with_header(kid="k9"),
    "kid empty": lambda: with_header(kid=""),
    "kid number": lambda: with_header(kid=1),
    "kid list": lambda: with_header(kid=["k1"]),
    "kid path": lambda: with_header(kid="../../dev/null"),
    "kid injection": lambda: with_header(kid="k1' OR '1'='1"),
    "typ missing": lambda: with_header(typ=None),
    "typ JWT": lambda: with_header(typ="JWT"),
    "typ upper case": lambda: with_header(typ="AT+JWT"),
    "typ number": lambda: with_header(typ=1),
    "jku": lambda: with_header(jku="https://evil.test/keys"),
    "x5u": lambda: with_header(x5u="https://evil.test/cert"),
    "x5c": lambda: with_header(x5c=["MIIB"]),
    "jwk of a stranger": lambda: assemble(
        HEADER | {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64(RAW_PUBLIC)}}, claims(), STRANGER.sign
    ),
    "jwk with our signature": lambda: with_header(jwk={"kty": "OKP"}),
    "crit": lambda: with_header(crit=["exp"]),
    "b64 false": lambda: with_header(b64=False, crit=["b64"]),
    "header list": lambda: assemble(["EdDSA"], claims()),
    "body list": lambda: assemble(HEADER, [claims()]),
    "body text": lambda: assemble(HEADER, "claims"),
    "not yet": lambda: with_claims(nbf=now(seconds=60)),
    "issued in the future": lambda: with_claims(iat=now(seconds=60), exp=now(seconds=600)),
    "lives too long": lambda: with_claims(exp=now(days=1)),
    "exp before iat": lambda: with_claims(iat=now(seconds=5), exp=now(seconds=4)),
    "exp text": lambda: with_claims(exp=str(now(seconds=300))),
    "exp float": lambda: with_claims(exp=now(seconds=300) + 0.5),
    "exp huge": lambda: with_claims(exp=10**30),
    "exp list": lambda: with_claims(exp=[now(seconds=300)]),
    "iat text": lambda: with_claims(iat=str(now())),
    "nbf true": lambda: with_claims(nbf=True),
    "other issuer": lambda: with_claims(iss="other"),
    "issuer list": lambda: with_claims(iss=["carewire"]),
    "other audience": lambda: with_claims(aud="other"),
    "audience list": lambda: with_claims(aud=["carewire-clients", "other"]),
    "audience number": lambda: with_claims(aud=1),
    "sub not an id": lambda: with_claims(sub="admin"),
    "sub number": lambda: with_claims(sub=1),
    "sub with operator": lambda: with_claims(sub={"$ne": ""}),
    "sid not an id": lambda: with_claims(sid="x"),
    "dev not an id": lambda: with_claims(dev=""),
    "jti not an id": lambda: with_claims(jti="1"),
    "role unknown": lambda: with_claims(role="root"),
    "role list": lambda: with_claims(role=["admin"]),
    "verified text": lambda: with_claims(ver="true"),
    "verified number": lambda: with_claims(ver=1),
    "setup text": lambda: with_claims(sfs="false"),
    "extra claim": lambda: with_claims(scope="all"),
    **{f"{name} missing": (lambda name=name: with_claims(**{name: None})) for name in REQUIRED},  # type: ignore[misc]
}


def test_the_table_is_long_enough() -> None:
    assert len(FORGED) >= 60


@pytest.mark.parametrize("name", FORGED)
def test_forged(name: str) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(FORGED[name](), setup=True)


def test_the_builder_itself_makes_good_tokens() -> None:
    assert TOKENS.verify(with_header()).actor.role is Role.PATIENT
    assert TOKENS.verify(with_claims(role="nurse")).actor.role is Role.NURSE


def test_what_is_issued_comes_back() -> None:
    who = actor(Role.DOCTOR)
    token, expires_at = TOKENS.issue(who, datetime.now(UTC), setup_only=False)
    verified = TOKENS.verify(token)
    assert verified.actor == who
    assert verified.expires_at == expires_at
    assert timedelta(seconds=598) < expires_at - datetime.now(UTC) <= timedelta(seconds=600)


@pytest.mark.parametrize("age_s", [611, 3600])
def test_expired(age_s: int) -> None:
    token, _ = TOKENS.issue(actor(), datetime.now(UTC) - timedelta(seconds=age_s), setup_only=False)
    with pytest.raises(TokenExpired):
        TOKENS.verify(token)


def test_an_expired_forgery_is_no_better_than_a_forgery() -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.verify(assemble(HEADER, claims() | {"exp": now(hours=-1)}, STRANGER.sign))


def test_keys_overlap_while_they_are_rotated() -> None:
    before = AccessTokens(TokenSettings(KeyRing("k0", {"k0": OLD_KEY}), b"r" * 32))
    token, _ = before.issue(actor(), datetime.now(UTC), setup_only=False)
    assert TOKENS.verify(token).actor.role is Role.PATIENT
    with pytest.raises(Unauthenticated):
        before.verify(TOKENS.issue(actor(), datetime.now(UTC), setup_only=False)[0])


def test_a_setup_token_opens_nothing_else() -> None:
    token, _ = TOKENS.issue(actor(), datetime.now(UTC), setup_only=True)
    with pytest.raises(SecondFactorSetupRequired):
        TOKENS.verify(token)
    TOKENS.verify(token, setup=True)


def test_refresh_tokens_are_recognised_by_their_mark_only() -> None:
    maker = RefreshTokens(b"r" * 32)
    token = maker.first(SessionId(new_id()))
    text = maker.text(token)
    assert maker.parse(text) == token
    assert RefreshTokens(b"s" * 32).parse(text) is None
    for place in range(0, 86, 5):
        other = "A" if text[place] != "A" else "B"
        assert maker.parse(text[:place] + other + text[place + 1 :]) is None
    for bad in ("", "x", text[:-4], text + "AAAA", "é" * 86):
        assert maker.parse(bad) is None
    assert maker.successor(token) == maker.successor(token) != token
    assert maker.successor(maker.successor(token)).secret not in (token.secret, maker.successor(token).secret)
