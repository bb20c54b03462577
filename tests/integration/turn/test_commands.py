"""The commands as an operator runs them."""

import subprocess
import sys
from pathlib import Path

from hub.settings import read_settings
from hub.turn.report import findings, text_of
from tests.support.turn import SECRET, CoturnProcess

ROOT = Path(__file__).parents[3]


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments], check=False, cwd=ROOT, capture_output=True, text=True, timeout=50,
        env={"PATH": "/usr/bin:/bin", "ENVIRONMENT": "test", "DATA_DIR": str(folder), **environment},
    )  # fmt: skip


def test_the_configuration_is_written(tmp_path: Path) -> None:
    done = run(tmp_path, "turn", "config", "--external-ip", "198.41.0.4/10.0.0.4", TURN_SECRET=SECRET)
    assert done.returncode == 0
    assert f"static-auth-secret={SECRET}" in done.stdout.splitlines()
    assert "external-ip=198.41.0.4/10.0.0.4" in done.stdout.splitlines()


def test_what_is_missing_or_wrong_is_said(tmp_path: Path) -> None:
    without = run(tmp_path, "turn", "config")
    assert without.returncode == 1
    assert "TURN_SECRET" in without.stderr
    assert without.stdout == ""
    wrong = run(tmp_path, "turn", "config", "--external-ip", "turn.example.org", TURN_SECRET=SECRET)
    assert wrong.returncode == 1
    assert "This cannot be" in wrong.stderr


async def test_a_hub_whose_own_side_works(coturn: CoturnProcess, tmp_path: Path) -> None:
    """With a media process of its own, on real UDP ports."""
    settings = read_settings(
        {
            "ENVIRONMENT": "test", "DATA_DIR": str(tmp_path), "MEDIA_PROCESSES": "1", "TURN_URLS": coturn.url,
            "TURN_SECRET": SECRET,
        }
    )  # fmt: skip
    node = settings.node()
    assert node.media is not None
    found = await findings(node.turn, node.media, settings.recordings(tmp_path))
    assert text_of(found).splitlines() == [
        f"ok     {coturn.url} relays for us.",
        "ok     The relay answers on its UDP port.",
        "ok     The folder of recordings can be written to.",
    ]


async def test_a_relay_that_announces_an_address_of_somebody_else(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "ENVIRONMENT": "test", "DATA_DIR": str(tmp_path), "MEDIA_PROCESSES": "1", "MEDIA_ANNOUNCE": "192.0.2.250",
        }
    )  # fmt: skip
    node = settings.node()
    assert node.media is not None
    found = await findings(node.turn, node.media, settings.recordings(tmp_path))
    assert [one.fine for one in found] == [True, False, True]
    assert "MEDIA_ANNOUNCE" in found[1].text
