"""What the commands write for coturn, and what settings of TURN servers are accepted."""

import ipaddress
from pathlib import Path

import pytest

from hub.settings import Settings, SettingsError, read_settings
from hub.turn.configuration import DENIED, TurnServer, configuration
from hub.turn.url import ServerUrl

SECRET = "0123456789abcdef0123456789abcdef"
BASE = TurnServer((SECRET, SECRET[::-1]), "carewire")


def lines(server: TurnServer) -> list[str]:
    return configuration(server).splitlines()


def settings(folder: Path, **values: str) -> Settings:
    return read_settings({"ENVIRONMENT": "test", "DATA_DIR": str(folder), **values})


def test_safe_defaults() -> None:
    assert {
        "use-auth-secret", f"static-auth-secret={SECRET}", f"static-auth-secret={SECRET[::-1]}", "realm=carewire",
        "fingerprint", "no-tcp-relay", "no-cli", "no-multicast-peers", "no-tls", "no-dtls", "stale-nonce=600",
        "user-quota=12", "total-quota=1200", "max-bps=500000",
    } <= set(lines(BASE))  # fmt: skip
    assert not any(
        line.startswith(("web-admin", "allow-loopback", "allowed-peer-ip", "no-auth")) for line in lines(BASE)
    )


def test_every_denied_range_is_written() -> None:
    spans = [line.partition("=")[2] for line in lines(BASE) if line.startswith("denied-peer-ip=")]
    assert len(spans) == len(DENIED)
    for (text, _), span in zip(DENIED, spans, strict=True):
        first, _, last = span.partition("-")
        network = ipaddress.ip_network(text)
        assert ipaddress.ip_address(last or first) == network[-1]
        assert ipaddress.ip_address(first) in (network[0], network[1])


def test_ranges_the_registries_call_special_are_denied() -> None:
    """Python's own reading of the registries is another source than ours."""
    denied = [ipaddress.ip_network(text) for text, _ in DENIED]
    for text in ("10.1.1.1", "100.64.1.1", "127.0.0.1", "169.254.169.254", "192.0.0.8", "198.18.0.1", "240.0.0.1",
                 "::1", "::ffff:1.2.3.4", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "fc00::1", "fe80::1",
                 "2002::1"):  # fmt: skip
        address = ipaddress.ip_address(text)
        assert any(address in network for network in denied if network.version == address.version), text


def test_a_server_behind_a_nat_may_relay_to_itself() -> None:
    written = lines(TurnServer((SECRET,), "r", external="198.41.0.4/10.0.0.4"))
    assert "external-ip=198.41.0.4/10.0.0.4" in written
    assert [line for line in written if line.startswith("allowed-peer-ip")] == ["allowed-peer-ip=10.0.0.4"]


def test_a_public_address_needs_no_exception() -> None:
    assert not any("allowed-peer-ip" in line for line in lines(TurnServer((SECRET,), "r", external="198.41.0.4")))


def test_networks_of_ones_own_are_let_in_by_name_only() -> None:
    written = lines(TurnServer((SECRET,), "r", allowed=("10.20.0.0/16",)))
    assert "allowed-peer-ip=10.20.0.0-10.20.255.255" in written


def test_with_a_certificate_there_is_tls() -> None:
    written = lines(TurnServer((SECRET,), "r", certificate=Path("/c.pem"), key=Path("/k.pem")))
    assert {"cert=/c.pem", "pkey=/k.pem", "tls-listening-port=5349", "no-tlsv1", "no-tlsv1_1"} <= set(written)
    assert "no-tls" not in written


@pytest.mark.parametrize(
    "server",
    [
        TurnServer((SECRET,), "r", external="example.org"),
        TurnServer((SECRET,), "r", external="1.2.3.4\nno-auth"),
        TurnServer((SECRET,), "r", listen=("localhost",)),
        TurnServer((SECRET,), "r", allowed=("10.0.0.1/8",)),
        TurnServer((SECRET,), "r", ports=(50_000, 40_000)),
        TurnServer((SECRET,), "r", ports=(0, 40_000)),
        TurnServer((SECRET,), "r", certificate=Path("/c.pem")),
    ],
)
def test_what_cannot_be_is_refused(server: TurnServer) -> None:
    with pytest.raises(ValueError):
        configuration(server)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("turn:t.example", ServerUrl("turn", "t.example", 3478, "udp")),
        ("turn:t.example:3479?transport=tcp", ServerUrl("turn", "t.example", 3479, "tcp")),
        ("turns:t.example", ServerUrl("turns", "t.example", 5349, "tcp")),
        ("stun:[2001:4860::1]:19302", ServerUrl("stun", "2001:4860::1", 19302, "udp")),
    ],
)
def test_addresses_of_servers(text: str, url: ServerUrl) -> None:
    assert ServerUrl.parse(text) == url


@pytest.mark.parametrize(
    "text", ["", "t.example", "http://t.example", "turn:", "turn:t.example:0", "turn:t.example:70000",
             "turn:t.example?transport=sctp", "stun:t.example?transport=udp", "turn:a b", "turn:t.example\r\n"],
)  # fmt: skip
def test_what_is_no_address_of_a_server(text: str) -> None:
    with pytest.raises(ValueError):
        ServerUrl.parse(text)


def test_settings_reach_those_who_need_them(tmp_path: Path) -> None:
    node = settings(tmp_path, TURN_URLS="turn:t.example, stun:t.example", TURN_SECRET=SECRET, CALL_PATHS="turn").node()
    assert node.turn and node.turn.urls == ("turn:t.example", "stun:t.example")
    assert node.turn.secrets == (SECRET,)
    assert node.turn.relay_only


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"TURN_URLS": "turn:t.example"}, "TURN_SECRET"),
        ({"TURN_URLS": "t.example", "TURN_SECRET": SECRET}, "TURN_URLS"),
        ({"TURN_URLS": ",".join(["stun:s.example"] * 9)}, "TURN_URLS"),
        ({"TURN_SECRET": "short"}, "TURN_SECRET"),
        ({"TURN_SECRET": SECRET + " #"}, "TURN_SECRET"),
        ({"TURN_REALM": "a realm\n"}, "TURN_REALM"),
        ({"CALL_PATHS": "turn"}, "TURN_URLS"),
        ({"CALL_PATHS": "sideways"}, "CALL_PATHS"),
    ],
)
def test_settings_that_do_not_fit_are_told_without_the_secret(
    tmp_path: Path, values: dict[str, str], problem: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, **values)
    told = "\n".join(refused.value.problems)
    assert problem in told
    assert SECRET not in told
