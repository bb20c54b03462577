"""One start with bad settings tells everything that is wrong, without quoting a secret."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.settings import GENERATED, Settings, SettingsError, read_settings

ROOT = Path(__file__).parents[3]


def secret(seed: int) -> str:
    return base64.b64encode(bytes([seed]) * 32).decode()


PRODUCTION = {
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://hub.example.org",
    "MONGODB_URI": "mongodb://db.example.org/?replicaSet=rs0",
    "TOKEN_KEYS": f"k1:{secret(1)}",
    "FIELD_KEYS": f"k1:{secret(2)}",
    "INDEX_KEY": secret(3),
    "PASSWORD_PEPPER": secret(4),
    "AUDIT_KEY": secret(5),
    "MEDIA_SECRET": secret(6),
}


def problems(environment: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        read_settings(environment)
    return "\n".join(refused.value.problems)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    told = problems({"DATA_DIR": str(tmp_path), "PORT": "eighty", "BCRYPT_COST": "1", "LOG_LEVEL": "loud"})
    assert "PORT" in told
    assert "BCRYPT_COST" in told
    assert "LOG_LEVEL" in told


def test_no_problem_quotes_a_secret(tmp_path: Path) -> None:
    told = problems({"DATA_DIR": str(tmp_path), "PASSWORD_PEPPER": "my-secret-canary", "INDEX_KEY": "c2hvcnQ="})
    assert "PASSWORD_PEPPER" in told
    assert "INDEX_KEY" in told
    assert "canary" not in told
    assert "c2hvcnQ" not in told


def test_a_complete_production_environment_is_accepted() -> None:
    assert read_settings(PRODUCTION).public_url == "https://hub.example.org"


@pytest.mark.parametrize("name", [key for key in PRODUCTION if key != "ENVIRONMENT"])
def test_production_refuses_without(name: str) -> None:
    assert name in problems({key: value for key, value in PRODUCTION.items() if key != name})


@pytest.mark.parametrize(("name", "value"), [("PUBLIC_URL", "http://hub.example.org"), ("BCRYPT_COST", "4")])
def test_production_refuses_weakness(name: str, value: str) -> None:
    assert name in problems(PRODUCTION | {name: value})


def test_development_makes_its_keys_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = read_settings({"DATA_DIR": str(tmp_path)})
    second = read_settings({"DATA_DIR": str(tmp_path)})
    assert first.password_pepper == second.password_pepper
    kept = tmp_path / "secrets.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(kept.read_text())) == set(GENERATED)


def test_no_secret_is_shown_by_repr(tmp_path: Path) -> None:
    settings = read_settings({"DATA_DIR": str(tmp_path)} | PRODUCTION)
    shown = repr(settings)
    for name in (*GENERATED, "mongodb_uri"):
        assert f"{name}=" not in shown


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_bad_setting_stops_the_process_with_a_list_and_no_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hub"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PORT": "eighty", "RATE_SCALE": "-1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
    assert ended.returncode == 2
    assert "PORT" in ended.stderr
    assert "RATE_SCALE" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_key_that_came_with_a_new_version_is_added_to_those_of_an_old_development_hub(tmp_path: Path) -> None:
    first = read_settings({"DATA_DIR": str(tmp_path)})
    kept = tmp_path / "secrets.json"
    old = json.loads(kept.read_text())
    del old["media_secret"]
    kept.write_text(json.dumps(old))
    second = read_settings({"DATA_DIR": str(tmp_path)})
    assert second.password_pepper == first.password_pepper
    assert second.media_secret is not None
    assert second.media_secret == read_settings({"DATA_DIR": str(tmp_path)}).media_secret
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("url", ["ws://media.example.org:9000", "http://127.0.0.1:9000", "unix:relative", "wss://a"])
def test_a_media_process_is_not_reached_by_an_open_or_unknown_way_in_production(url: str) -> None:
    assert "MEDIA_URLS" in problems(PRODUCTION | {"MEDIA_URLS": f"wss://media.example.org:9000, {url}"})


def test_media_processes_are_reached_over_tls_loopback_and_unix_sockets() -> None:
    urls = "wss://media.example.org:9000,ws://127.0.0.1:9000,unix:/run/media.sock"
    assert len(read_settings(PRODUCTION | {"MEDIA_URLS": urls}).media_urls) == 3
