"""Settings of one media process, read from the environment once."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from media.api.address import Address
from media.transport.settings import PortSettings
from models.values import Listed, Secret

OWN: Final = "own"
"""In MEDIA_ANNOUNCE: the addresses from which this machine would reach others."""
_ELSEWHERE: Final = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Documentation addresses (RFC 5737, RFC 3849): asked for a route, never sent to."""


class BadSettings(Exception):
    """Everything that is wrong, a line each, without any value."""


def parse_ports(value: object) -> object:
    """`0`, `20000` or `20000-20099` as `(first, last)`."""
    if not isinstance(value, str):
        return value
    first, _, last = value.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        raise ValueError("neither a port nor a range like 20000-20099")
    return int(first), int(last or first)


Ports = Annotated[tuple[int, int], BeforeValidator(parse_ports)]


class Settings(BaseModel):
    """The environment variable is the field's name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    media_listen: str = Field(
        description="Where hub nodes link: unix:/path, wss://host:port or ws://host:port. Needed."
    )
    media_secret: Secret = Field(repr=False, description="Shared with the hub, base64, 32 bytes or more. Needed.")
    media_certificate: Path | None = Field(default=None, description="PEM chain, for wss.")
    media_key: Path | None = Field(default=None, description="Its PEM key.")
    media_hosts: Listed = Field(default=("0.0.0.0", "::"), description="Addresses media is received on.")  # noqa: S104
    media_ports: Ports = Field(default=(0, 0), description="UDP port, or the range one is taken from; 0 is any.")
    media_announce: Listed = Field(
        default=(OWN,), description="Addresses told to parties; `own` stands for this machine's."
    )
    recordings_dir: Path = Field(default=Path(".data/recordings"), description="Where recordings are written.")
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="How much to log.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        first, last = self.media_ports
        if not 0 <= first <= last <= 65_535:
            raise ValueError("MEDIA_PORTS: not a range")
        try:
            scheme = self.address.scheme
        except ValueError as error:
            raise ValueError(f"MEDIA_LISTEN: {error}") from None
        if scheme == "wss" and (self.media_certificate is None or self.media_key is None):
            raise ValueError("MEDIA_CERTIFICATE, MEDIA_KEY: needed for wss")
        return self

    @property
    def address(self) -> Address:
        """Of the API."""
        return Address.parse(self.media_listen)

    def port(self) -> PortSettings:
        """What the media port needs of it; families this machine does not have are left out."""
        hosts = tuple(host for host in self.media_hosts if _usable(host))
        announced = dict.fromkeys(
            address for name in self.media_announce for address in (own_addresses() if name == OWN else (name,))
        )
        return PortSettings(hosts=hosts or self.media_hosts, ports=self.media_ports, announced=tuple(announced))


def read_settings(environment: Mapping[str, str]) -> Settings:
    """BadSettings with everything that is wrong at once."""
    values: dict[str, Any] = {
        name: environment[name.upper()] for name in Settings.model_fields if environment.get(name.upper(), "") != ""
    }
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [_line(problem) for problem in error.errors()]
        raise BadSettings("\n".join(sorted(lines))) from None


def _line(problem: Any) -> str:
    text = str(problem["msg"]).removeprefix("Value error, ")
    return f"{str(problem['loc'][0]).upper()}: {text}" if problem["loc"] else text


def own_addresses() -> tuple[str, ...]:
    """The source addresses of this machine's default routes, IPv4 first; nothing is sent."""
    found = []
    for family, elsewhere in _ELSEWHERE.items():
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    return tuple(found) or ("127.0.0.1",)


def _usable(host: str) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
    except OSError:
        return False
    return True
