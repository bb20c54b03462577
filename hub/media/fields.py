"""The part of the hub's settings that is about media processes."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, Field

from hub.media.settings import MediaSettings, default_processes
from media.api.address import Address
from models.values import Listed, Secret

PRODUCTION_PORTS: Final = "20000-20099"
"""Below the ports a system gives to clients, so that none of them is taken by chance."""


class MediaFields(BaseModel):
    """The environment variable is the field's name in capitals. Those of ports and addresses are passed on."""

    media_processes: int | None = Field(
        default=None, ge=0, le=64,
        description="Media processes this node starts; one per core but one by default, 0 for none.",
    )  # fmt: skip
    media_urls: Listed = Field(
        default=(), description="Media processes that run elsewhere: wss://host:port, ws://host:port or unix:/path."
    )
    media_secret: Secret | None = Field(
        default=None, description="Shared by hub nodes and media processes, base64, 32 bytes or more.", repr=False
    )
    media_certificates: Path | None = Field(
        default=None, description="Authorities for wss addresses of media processes, PEM; the system's by default."
    )
    media_hosts: Listed = Field(default=("0.0.0.0", "::"), description="Addresses media is received on.")  # noqa: S104
    media_ports: str = Field(
        default="", pattern=r"^(\d{1,5}(-\d{1,5})?)?$",
        description=f"UDP port of media, or a range with one for each process; {PRODUCTION_PORTS} in production.",
    )  # fmt: skip
    media_announce: Listed = Field(
        default=(),
        description="Addresses parties send media to: the public ones behind a NAT. `own`: those of the machine.",
    )
    recordings_dir: Path | None = Field(
        default=None, description="Where recordings are kept; `recordings` in the data directory by default."
    )

    def media_problems(self, *, production: bool) -> list[str]:
        """What does not fit together."""
        try:
            addresses = [Address.parse(url) for url in self.media_urls]
        except ValueError as error:
            return [f"MEDIA_URLS: {error}"]
        if production and not all(address.sheltered for address in addresses):
            return ["MEDIA_URLS: wss, or ws on loopback, in production"]
        return []

    def media_settings(
        self, data_dir: Path, log_level: str, environment: Literal["development", "test", "production"]
    ) -> MediaSettings:
        """The slice of them. Tests that want media processes say so."""
        assert self.media_secret
        production = environment == "production"
        default = 0 if environment == "test" else default_processes()
        announced = ("own",) if production else ("127.0.0.1", "own")
        return MediaSettings(
            secret=self.media_secret,
            processes=default if self.media_processes is None else self.media_processes,
            urls=self.media_urls,
            folder=data_dir / "media",
            environment={
                "MEDIA_HOSTS": ",".join(self.media_hosts),
                "MEDIA_PORTS": self.media_ports or (PRODUCTION_PORTS if production else "0"),
                "MEDIA_ANNOUNCE": ",".join(self.media_announce or announced),
                "RECORDINGS_DIR": str(self.recordings(data_dir)),
                "LOG_LEVEL": log_level,
            },
            certificates=self.media_certificates,
        )

    def recordings(self, data_dir: Path) -> Path:
        """The absolute folder recordings are kept in."""
        return (self.recordings_dir or data_dir / "recordings").absolute()
