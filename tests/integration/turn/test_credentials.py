"""Who may have an allocation at the TURN server: only who holds fresh credentials of the hub, and not too many."""

from datetime import UTC, datetime, timedelta

import pytest

from models.events.signaling import IceServer
from models.ids import new_id
from services.calls.turn import MAX_SECONDS, TurnServers, TurnSettings, password
from tests.support.turn import FORMER_SECRET, REALM, SECRET, CoturnProcess, turn_client

UNAUTHORIZED, FORBIDDEN, QUOTA_REACHED = 401, 403, 486


def credentials(servers: TurnServers, user_id: str, at: datetime | None = None) -> tuple[str, str]:
    """As a party is given them."""
    issued = servers.issue(user_id, at or datetime.now(UTC))
    server = next(server for server in issued.ice_servers if server.username)
    assert server.username and server.credential
    return server.username, server.credential


async def test_two_parties_reach_each_other_through_their_allocations(
    coturn: CoturnProcess, servers: TurnServers
) -> None:
    async with (
        turn_client(coturn, *credentials(servers, new_id())) as ana,
        turn_client(coturn, *credentials(servers, new_id())) as ben,
    ):
        to_ana = (await ana.allocate()).attributes["XOR-RELAYED-ADDRESS"]
        to_ben = (await ben.allocate()).attributes["XOR-RELAYED-ADDRESS"]
        assert (await ana.permit(*to_ben)).error_code is None
        assert (await ben.permit(*to_ana)).error_code is None
        ana.send(b"hello from ana", to_ben)
        assert await ben.data.get() == (b"hello from ana", to_ana)
        ben.send(b"hello from ben", to_ana)
        assert await ana.data.get() == (b"hello from ben", to_ben)


async def test_expired_credentials_are_refused(coturn: CoturnProcess, servers: TurnServers) -> None:
    long_ago = datetime.now(UTC) - timedelta(seconds=MAX_SECONDS + 5)
    async with turn_client(coturn, *credentials(servers, new_id(), long_ago)) as late:
        assert (await late.allocate()).error_code == UNAUTHORIZED


async def test_nobody_can_use_a_password_under_another_name(coturn: CoturnProcess, servers: TurnServers) -> None:
    username, _ = credentials(servers, new_id())
    _, other_password = credentials(servers, new_id())
    async with turn_client(coturn, username, other_password) as thief:
        assert (await thief.allocate()).error_code == UNAUTHORIZED


async def test_nobody_can_prolong_their_own_credentials(coturn: CoturnProcess, servers: TurnServers) -> None:
    username, own = credentials(servers, new_id())
    expiry, _, name = username.partition(":")
    async with turn_client(coturn, f"{int(expiry) + 3600}:{name}", own) as forger:
        assert (await forger.allocate()).error_code == UNAUTHORIZED


async def test_credentials_of_a_made_up_secret_are_refused(coturn: CoturnProcess) -> None:
    username = f"{int(datetime.now(UTC).timestamp()) + 60}:somebody"
    async with turn_client(coturn, username, password("not-the-secret-of-this-turn-server", username)) as forger:
        assert (await forger.allocate()).error_code == UNAUTHORIZED


async def test_without_credentials_there_is_nothing(coturn: CoturnProcess) -> None:
    async with turn_client(coturn, "", "") as stranger:
        assert (await stranger.allocate()).error_code == UNAUTHORIZED


async def test_an_allocation_belongs_to_who_made_it(coturn: CoturnProcess, servers: TurnServers) -> None:
    async with turn_client(coturn, *credentials(servers, new_id())) as ana:
        assert (await ana.allocate()).error_code is None
        ana._username, ana._password = credentials(servers, new_id())
        ana._key = None
        refused = await ana.allocate()
        assert refused.error_code in (UNAUTHORIZED, 437, 441)
        ana._username, ana._password = credentials(servers, new_id())


@pytest.mark.parametrize("secret", [SECRET, FORMER_SECRET])
async def test_while_the_secret_is_changed_both_work(coturn: CoturnProcess, secret: str) -> None:
    servers = TurnServers(TurnSettings(b"p" * 32, (coturn.url,), (secret,), REALM))
    async with turn_client(coturn, *credentials(servers, new_id())) as party:
        assert (await party.allocate()).error_code is None


async def test_a_person_has_one_quota_however_often_the_credentials_change(
    tmp_path_factory: pytest.TempPathFactory, servers: TurnServers
) -> None:
    strict = CoturnProcess(tmp_path_factory.mktemp("quota"), user_quota=2)
    strict.start()
    ana, now = new_id(), datetime.now(UTC)
    try:
        async with (
            turn_client(strict, *credentials(servers, ana, now)) as first,
            turn_client(strict, *credentials(servers, ana, now - timedelta(seconds=30))) as second,
            turn_client(strict, *credentials(servers, ana, now - timedelta(seconds=60))) as third,
            turn_client(strict, *credentials(servers, new_id(), now)) as somebody_else,
        ):
            assert (await first.allocate()).error_code is None
            assert (await second.allocate()).error_code is None
            assert (await third.allocate()).error_code == QUOTA_REACHED
            assert (await somebody_else.allocate()).error_code is None
    finally:
        strict.stop()


def test_a_name_says_when_it_ends_and_not_whose_it_is() -> None:
    servers = TurnServers(TurnSettings(b"p" * 32, ("turn:t.example", "stun:t.example"), (SECRET,), REALM))
    user_id, now = new_id(), datetime.now(UTC)
    issued = servers.issue(user_id, now, 10_000)
    stun, turn = issued.ice_servers
    assert stun == IceServer(urls=["stun:t.example"])
    assert turn.username is not None
    expiry, _, name = turn.username.partition(":")
    assert int(expiry) == int((now + timedelta(seconds=MAX_SECONDS)).timestamp())
    assert user_id not in turn.username
    assert servers.issue(user_id, now + timedelta(hours=1)).ice_servers[1].username.partition(":")[2] == name  # type: ignore[union-attr]


def test_without_a_turn_server_there_are_no_credentials() -> None:
    issued = TurnServers(TurnSettings(b"p" * 32, ("stun:s.example",), ())).issue(new_id(), datetime.now(UTC))
    assert [server.username for server in issued.ice_servers] == [None]
