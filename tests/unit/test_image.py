"""The container's image holds what the project is made of, and its services know settings that exist."""

import tomllib
from pathlib import Path
from typing import Any, Final

import yaml

from hub.settings import Settings
from media.settings import Settings as MediaSettings

ROOT: Final = Path(__file__).parents[2]


def test_every_package_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {line.split()[1].rstrip("/") for line in lines if line.startswith("COPY ")}
    assert set(project["tool"]["importlinter"]["root_packages"]) <= copied


def test_services_know_settings_that_exist_and_share_what_they_must() -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    hubs, media = [services["hub-1"], services["hub-2"]], services["media"]
    for hub in hubs:
        assert {name.lower() for name in hub["environment"]} <= set(Settings.model_fields)
        assert hub["environment"]["MEDIA_URLS"] == media["environment"]["MEDIA_LISTEN"]
        assert set(media["volumes"]) <= set(hub["volumes"])
    assert {name.lower() for name in media["environment"]} <= set(MediaSettings.model_fields)
    assert hubs[0]["hostname"] == hubs[1]["hostname"]
    port = media["environment"]["MEDIA_PORTS"]
    assert media["ports"] == [f"{port}:{port}/udp"]
