"""No special address can be made a peer through the TURN server, under any of its spellings."""

import pytest

from models.ids import new_id
from services.calls.turn import TurnServers
from tests.integration.turn.test_credentials import FORBIDDEN, credentials
from tests.support.turn import CoturnProcess, has_ipv6, turn_client

SPECIAL_4 = (
    "0.0.0.1", "10.0.0.1", "10.255.255.254", "100.64.0.1", "100.127.255.254", "127.0.0.2", "127.1.2.3",
    "127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.17.0.1", "172.31.255.254",
    "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.0.1",
    "192.168.255.254", "192.175.48.1", "198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
)  # fmt: skip
SPECIAL_6 = (
    "::", "::127.0.0.1", "::a00:1", "::ffff:127.0.0.1", "::ffff:127.0.0.2", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::1", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1",
    "febf::1", "fec0::1", "ff02::1", "ff05::2", "ff0e::1",
)  # fmt: skip
ORDINARY = ("1.1.1.1", "8.8.8.8", "100.128.0.1", "172.32.0.1", "192.169.0.1", "198.20.0.1")
ORDINARY_6 = ("2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888")


async def answers(
    coturn: CoturnProcess, servers: TurnServers, family: int, hosts: tuple[str, ...]
) -> dict[str, object]:
    """What the server says to each peer."""
    async with turn_client(coturn, *credentials(servers, new_id())) as client:
        assert (await client.allocate(family)).error_code is None
        return {host: (await client.permit(host)).error_code for host in hosts}


async def test_special_addresses_are_no_peers(coturn: CoturnProcess, servers: TurnServers) -> None:
    assert await answers(coturn, servers, 4, SPECIAL_4) == dict.fromkeys(SPECIAL_4, FORBIDDEN)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_special_addresses_of_ipv6_are_no_peers(coturn: CoturnProcess, servers: TurnServers) -> None:
    assert await answers(coturn, servers, 6, SPECIAL_6) == dict.fromkeys(SPECIAL_6, FORBIDDEN)


async def test_ordinary_addresses_are_peers(coturn: CoturnProcess, servers: TurnServers) -> None:
    assert await answers(coturn, servers, 4, ORDINARY) == dict.fromkeys(ORDINARY, None)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
async def test_ordinary_addresses_of_ipv6_are_peers(coturn: CoturnProcess, servers: TurnServers) -> None:
    assert await answers(coturn, servers, 6, ORDINARY_6) == dict.fromkeys(ORDINARY_6, None)


async def test_a_mapped_address_is_no_way_around(coturn: CoturnProcess, servers: TurnServers) -> None:
    """On an IPv4 allocation another family is refused as such (RFC 8656, 9.1), or forbidden; never permitted."""
    spellings = ("::ffff:127.0.0.2", "::ffff:10.0.0.1", "::ffff:169.254.169.254")
    told = await answers(coturn, servers, 4, spellings)
    assert set(told.values()) <= {FORBIDDEN, 443}
