"""One frozen Settings, read from the environment once; every part gets its slice of it."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from hub.engine.settings import EngineSettings, Network
from hub.mail import SmtpServer
from hub.media.fields import MediaFields
from hub.node import NodeSettings
from hub.turn.fields import TurnFields
from models.enums import Role
from models.streams import StreamKind
from models.values import SECRET_BYTES, Listed, Secret, listed
from services.accounts import AccountSettings
from services.accounts.settings import (
    PasswordSettings,
    ResetSettings,
    SecondFactorSettings,
    TokenSettings,
)
from services.calls.connecting import PathSettings
from services.calls.settings import CallSettings
from services.keyring import KeyRing, derived_key

INBOUND_BURST_S: Final = 16
"""How many seconds' worth of inbound bytes a socket may send at once."""
SECRETS_FILE: Final = "secrets.json"
GENERATED: Final = ("token_keys", "field_keys", "index_key", "password_pepper", "audit_key", "media_secret")
"""Key material that a development hub makes for itself once; production must bring its own."""


def _ring(value: object) -> object:
    return KeyRing.parse(value) if isinstance(value, str) else value


Ring = Annotated[KeyRing, BeforeValidator(_ring)]


class Environment(StrEnum):
    """What kind of place this is; only development seeds a demo clinic and shows the outbox page."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class SettingsError(Exception):
    """Everything that is wrong with the environment, a line each, without any value of a secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _smtp(value: object) -> object:
    return SmtpServer.parse(value) if isinstance(value, str) else value


class Settings(MediaFields, TurnFields):
    """Every setting of the hub. The environment variable is the field's name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=True, hide_input_in_errors=True)

    environment: Environment = Field(default=Environment.DEVELOPMENT, description="development, test or production.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(
        default="", description="Where people reach the hub, for links in mails; https in production."
    )
    mongodb_uri: str = Field(
        default="", description="A replica set to use. Without it the hub starts a MongoDB of its own.", repr=False
    )
    mongodb_database: str = Field(
        default="carewire", pattern=r"^[A-Za-z0-9_-]{1,38}$", description="Name of the database."
    )
    data_dir: Path = Field(
        default=Path(".data"), description="Where the embedded MongoDB, generated keys and audit seals live."
    )
    web_dir: Path = Field(default=Path("web/dist"), description="The built web client.")
    valkey_url: str = Field(
        default="",
        description="Valkey or Redis for lossy facts between nodes; one node needs none.",
        repr=False,
    )
    transports: Listed = Field(
        default=("polling", "websocket"),
        description="Socket.IO transports; `websocket` alone needs no stickiness.",
    )
    allowed_origins: Listed = Field(
        default=(), description="Web origins that may open sockets; empty means the hub's own."
    )
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(listed)] = Field(
        default=(), description="Networks whose X-Forwarded-* headers are believed."
    )
    max_sockets: int = Field(default=10_000, ge=1, description="Open sockets of this node; beyond it new ones get 503.")
    max_unauthenticated: int = Field(
        default=500, ge=1, description="Open sockets of this node that nobody has signed in on yet."
    )
    max_unauthenticated_per_address: int = Field(
        default=20, ge=1, description="The same for one address; raise it where many people share one."
    )
    max_malformed_per_minute: int = Field(
        default=20, ge=1, description="Malformed frames of one socket within a minute before it is cut."
    )
    max_inbound_bytes_per_s: int = Field(
        default=65_536, ge=1024, description="Bytes a second that one socket may send; sixteen times as many at once."
    )
    token_keys: Ring | None = Field(
        default=None, description="Ed25519 keys for access tokens, `kid:base64,…`, the current one first.", repr=False
    )
    field_keys: Ring | None = Field(
        default=None, description="AES-256 keys for contact fields, `kid:base64,…`, the current one first.", repr=False
    )
    index_key: Secret | None = Field(
        default=None, description="Root of the blind indexes, base64, 32 bytes or more.", repr=False
    )
    password_pepper: Secret | None = Field(
        default=None, description="Pepper of password hashes, base64, 32 bytes or more.", repr=False
    )
    audit_key: Secret | None = Field(
        default=None, description="Root of audit pseudonyms and seals, base64, 32 bytes or more.", repr=False
    )
    smtp_url: Annotated[SmtpServer | None, BeforeValidator(_smtp)] = Field(
        default=None,
        description="Mail server: smtp://, smtp+tls:// or smtps://. Without one mails wait on the outbox page.",
        repr=False,
    )
    mail_from: str = Field(default="Carewire <no-reply@localhost>", description="Sender of mails.")
    mfa_required_roles: Annotated[tuple[Role, ...], BeforeValidator(listed)] = Field(
        default=(), description="Roles that must set up a second factor."
    )
    rate_scale: float = Field(default=1.0, gt=0, le=1e6, description="Multiplies every rate limit; for load tests.")
    bcrypt_cost: int = Field(default=12, ge=4, le=16, description="Work factor of password hashes; 12 in production.")
    retain_conversations_days: int = Field(
        default=0, ge=0, le=36_500, description="Days after which events of conversations are removed; 0 keeps them."
    )
    retain_inboxes_days: int = Field(
        default=0, ge=0, le=36_500, description="Days after which events of inboxes are removed; 0 keeps them."
    )
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="How much to log.")
    demo: bool = Field(default=True, description="Seed a demo clinic into an empty development database.")

    @property
    def seals(self) -> Path:
        """The second store of audit seals."""
        return self.data_dir / "audit" / "seals.jsonl"

    @property
    def development(self) -> bool:
        """Whether this is a developer's hub."""
        return self.environment is Environment.DEVELOPMENT

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        problems = [] if set(self.transports) <= {"polling", "websocket"} else ["TRANSPORTS: polling or websocket"]
        if self.environment is Environment.PRODUCTION:
            missing = [name.upper() for name in GENERATED if getattr(self, name) is None]
            problems += [f"{name}: needed in production" for name in missing]
            if urlsplit(self.public_url).scheme != "https":
                problems.append("PUBLIC_URL: an https address is needed in production")
            if not self.mongodb_uri:
                problems.append("MONGODB_URI: needed in production")
            if self.bcrypt_cost < 12:
                problems.append("BCRYPT_COST: at least 12 in production")
        problems += self.media_problems(production=self.environment is Environment.PRODUCTION)
        problems += self.turn_problems()
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def node(self) -> NodeSettings:
        """What a node needs of it."""
        if any(getattr(self, name) is None for name in GENERATED):
            raise SettingsError(["key material is missing"])
        assert self.token_keys and self.field_keys and self.index_key and self.password_pepper and self.audit_key
        accounts = AccountSettings(
            tokens=TokenSettings(self.token_keys, derived_key(self.index_key, "refresh tokens")),
            passwords=PasswordSettings(self.password_pepper, cost=self.bcrypt_cost),
            reset=ResetSettings(link=f"{self.public_url or f'http://{self.host}:{self.port}'}/reset"),
            field_ring=self.field_keys,
            index_key=self.index_key,
            second_factor=SecondFactorSettings(frozenset(self.mfa_required_roles)),
        )
        engine = EngineSettings(
            transports=self.transports,
            allowed_origins=self.allowed_origins,
            trusted_proxies=self.trusted_proxies,
            max_sockets=self.max_sockets,
            max_unauthenticated=self.max_unauthenticated,
            max_unauthenticated_per_address=self.max_unauthenticated_per_address,
            max_malformed_per_minute=self.max_malformed_per_minute,
            inbound_bytes_per_s=self.max_inbound_bytes_per_s,
            inbound_burst_bytes=INBOUND_BURST_S * self.max_inbound_bytes_per_s,
        )
        return NodeSettings(
            accounts=accounts,
            audit_secret=self.audit_key,
            seals=self.seals,
            engine=engine,
            rate_scale=self.rate_scale,
            valkey_url=self.valkey_url or None,
            keep=self._keep(),
            recordings=self.recordings(self.data_dir),
            media=self.media_settings(self.data_dir, self.log_level, self.environment.value),
            calls=CallSettings(guest_link=f"{self.public_url or f'http://{self.host}:{self.port}'}/guest"),
            turn=self.turn_settings(self.index_key),
            paths=PathSettings(self.call_paths, loopback=self.environment is not Environment.PRODUCTION),
        )

    def _keep(self) -> dict[StreamKind, timedelta]:
        days = {
            StreamKind.CONVERSATION: self.retain_conversations_days,
            StreamKind.INBOX: self.retain_inboxes_days,
        }
        return {kind: timedelta(days=number) for kind, number in days.items() if number}


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from environment variables. Raises `SettingsError` with everything that is wrong at once."""
    source = os.environ if environment is None else environment
    values: dict[str, Any] = {
        name: source[name.upper()] for name in Settings.model_fields if source.get(name.upper(), "") != ""
    }
    try:
        settings = Settings.model_validate(values)
        if settings.environment is not Environment.PRODUCTION:
            settings = Settings.model_validate(_generated(settings.data_dir) | values)
    except ValidationError as error:
        raise SettingsError(sorted({line for problem in error.errors() for line in _lines(problem)})) from None
    return settings


def _generated(data_dir: Path) -> dict[str, str]:
    """Key material of a development hub: made once, kept beside its data, readable by its owner only."""
    path = data_dir / SECRETS_FILE
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in GENERATED if name not in kept]
    if missing:
        data_dir.mkdir(parents=True, exist_ok=True)
        made = {name: base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode() for name in missing}
        rings = {name: f"k1:{made[name]}" for name in ("token_keys", "field_keys") if name in made}
        kept |= made | rings
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(kept, file)
        draft.replace(path)
    return kept


def _lines(problem: Any) -> list[str]:
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ").split("; ")
    text = str(problem["msg"]).removeprefix("Value error, ")
    return [f"{str(problem['loc'][0]).upper()}: {text}"]
