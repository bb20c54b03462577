"""Which pages may open sockets, and whose address counts."""

from ipaddress import ip_network

import aiohttp
import pytest

from tests.integration.engine.site import Site, Start

PROXY = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"))


async def polling_status(site: Site, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await site.session.get(f"{site.socket_url}?EIO=4&transport=polling", headers=named)).status


async def websocket_status(site: Site, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        ws = await site.session.ws_connect(f"{site.socket_url}?EIO=4&transport=websocket", headers=named)
    except aiohttp.WSServerHandshakeError as refusal:
        return refusal.status
    await ws.close()
    return 101


FORWARDED = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https"}


async def test_a_foreign_page_is_refused_also_with_forged_forwarding_headers(site: Site) -> None:
    for origin in ("https://evil.example", "null", f"{site.url}.evil.example"):
        assert await polling_status(site, Origin=origin, **FORWARDED) == 403
        assert await websocket_status(site, Origin=origin, **FORWARDED) == 403
    assert await websocket_status(site, Origin=site.url) == 101
    assert await polling_status(site, Origin=site.url) == 200
    assert site.engine.counters.refused == {"bad_origin": 6}


async def test_a_browser_without_origin_may_not_upgrade(site: Site) -> None:
    assert await websocket_status(site, Sec_Fetch_Site="same-origin") == 403
    assert await websocket_status(site, Sec_Fetch_Site="cross-site") == 403
    assert await polling_status(site, Sec_Fetch_Site="same-origin") == 200
    assert await polling_status(site, Sec_Fetch_Site="cross-site") == 403
    assert await websocket_status(site) == 101


async def test_listed_origins_replace_the_own_one(start: Start) -> None:
    site = await start(allowed_origins=("https://app.example",))
    assert await websocket_status(site, Origin="https://app.example") == 101
    assert await websocket_status(site, Origin=site.url) == 403
    answer = await site.session.get(
        f"{site.socket_url}?EIO=4&transport=polling", headers={"Origin": "https://app.example"}
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_native_clients_can_be_kept_out(start: Start) -> None:
    site = await start(allow_missing_origin=False)
    assert await websocket_status(site) == 403
    assert await websocket_status(site, Origin=site.url) == 101
    assert await polling_status(site, Sec_Fetch_Site="same-origin") == 200


async def address_of(site: Site, *forwarded: str) -> str:
    headers = [("X-Forwarded-For", value) for value in forwarded]
    ws = await site.joined(headers=headers)
    address = site.door.admitted[-1].address
    await ws.close()
    return address


async def test_the_address_is_the_tcp_peer_unless_a_trusted_proxy_says_otherwise(start: Start) -> None:
    plain = await start()
    assert await address_of(plain, "203.0.113.9") == "127.0.0.1"
    behind = await start(trusted_proxies=PROXY)
    assert await address_of(behind) == "127.0.0.1"
    assert await address_of(behind, "203.0.113.9") == "203.0.113.9"
    assert await address_of(behind, "1.1.1.1, 203.0.113.9, 10.2.3.4") == "203.0.113.9"
    assert await address_of(behind, "1.1.1.1", "203.0.113.9:5555") == "203.0.113.9"
    assert await address_of(behind, "junk, 10.0.0.1") == "10.0.0.1"
    assert await address_of(behind, "[2001:db8::1]:443") == "2001:db8::1"
    assert await address_of(behind, "::ffff:203.0.113.9") == "203.0.113.9"


async def test_the_own_origin_is_the_one_the_trusted_proxy_shows(start: Start) -> None:
    site = await start(trusted_proxies=PROXY)
    shown = {"X_Forwarded_Host": "hub.example", "X_Forwarded_Proto": "https"}
    assert await websocket_status(site, Origin="https://hub.example", **shown) == 101
    assert await websocket_status(site, Origin=site.url, **shown) == 403


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [("2001:db8::1", "2001:db8::ffff", 429), ("2001:db8::1", "2001:db8:0:1::1", 101), ("1.1.1.1", "1.1.1.2", 101)],
)
async def test_quotas_count_by_real_address_and_ipv6_network(start: Start, one: str, other: str, status: int) -> None:
    site = await start(trusted_proxies=PROXY, max_unauthenticated_per_address=1)
    await site.websocket(headers={"X-Forwarded-For": one})
    assert await websocket_status(site, X_Forwarded_For=other) == status


async def test_the_user_agent_is_kept_and_bounded(site: Site) -> None:
    ws = await site.joined(headers={"User-Agent": "a" * 1000})
    assert site.door.admitted[0].user_agent == "a" * 256
    await ws.close()
