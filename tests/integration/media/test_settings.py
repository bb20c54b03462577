"""What a media process is told at its start."""

import base64
import socket
from pathlib import Path

import pytest

from media.api.address import Address
from media.settings import BadSettings, own_addresses, read_settings
from tests.integration.media.conftest import SECRET
from tests.support.media import running_process

GOOD = {"MEDIA_LISTEN": "unix:/run/m.sock", "MEDIA_SECRET": base64.b64encode(SECRET).decode()}


def test_little_is_needed() -> None:
    settings = read_settings(GOOD)
    assert settings.address == Address("unix", path="/run/m.sock")
    assert settings.port().ports == (0, 0)
    assert settings.port().announced == own_addresses()


def test_announced_addresses_are_those_told_once_each() -> None:
    settings = read_settings(GOOD | {"MEDIA_ANNOUNCE": "203.0.113.7, 2001:db8::7, own, 203.0.113.7"})
    assert settings.port().announced == tuple(dict.fromkeys(("203.0.113.7", "2001:db8::7", *own_addresses())))


def test_a_family_this_machine_has_not_is_left_out() -> None:
    settings = read_settings(GOOD | {"MEDIA_HOSTS": "127.0.0.1,2001:db8::1"})
    assert settings.port().hosts == ("127.0.0.1",)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"MEDIA_SECRET": "c2hvcnQ="}, "MEDIA_SECRET"),
        ({"MEDIA_SECRET": "canary!"}, "MEDIA_SECRET"),
        ({"MEDIA_SECRET": ""}, "MEDIA_SECRET"),
        ({"MEDIA_PORTS": "20099-20000"}, "MEDIA_PORTS"),
        ({"MEDIA_PORTS": "70000"}, "MEDIA_PORTS"),
        ({"MEDIA_PORTS": "canary"}, "MEDIA_PORTS"),
        ({"MEDIA_LISTEN": "wss://0.0.0.0:9000"}, "MEDIA_CERTIFICATE"),
        ({"MEDIA_LISTEN": "canary"}, "MEDIA_LISTEN"),
        ({"MEDIA_LISTEN": ""}, "MEDIA_LISTEN"),
        ({"LOG_LEVEL": "canary"}, "LOG_LEVEL"),
    ],
)
def test_bad_ones_are_named_and_not_quoted(changes: dict[str, str], named: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings(GOOD | changes)
    assert named in str(refused.value)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "unix:m.sock", "unix:/" + "x" * 103, "http://a:1", "ws://a", "ws://a:1/b", "ws://u@a:1", "ws://a:1?b"]
)
def test_no_other_address_is_taken(text: str) -> None:
    with pytest.raises(ValueError, match=r"socket|host"):
        Address.parse(text)


def test_an_address_is_sheltered_or_not() -> None:
    sheltered = ("unix:/m", "wss://a:1", "ws://127.0.0.1:1", "ws://[::1]:1", "ws://localhost:1")
    assert all(Address.parse(text).sheltered for text in sheltered)
    assert not Address.parse("ws://192.0.2.1:1").sheltered
    assert Address.parse("wss://[::1]:7").url == "wss://[::1]:7/media"


async def test_the_first_free_port_of_the_range_is_taken(tmp_path: Path) -> None:
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    first = taken.getsockname()[1]
    options = {"MEDIA_HOSTS": "127.0.0.1", "MEDIA_PORTS": f"{first}-{min(first + 20, 65_535)}"}
    async with running_process(tmp_path, SECRET, **options) as process:
        assert first < process.port <= first + 20
    taken.close()
