"""The internal API: who may speak, what is refused, and what a link does when the other side is slow or gone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, UnixConnector, WSMsgType

from hub.media.pool import Pool
from hub.media.settings import MediaSettings
from media.api.access import Claim, Greeting, Nonces, Welcome, new_nonce
from media.api.address import Address
from media.api.queue import LIMIT, TellQueue, is_lossy
from media.api.server import ApiServer, Handle
from media.api.wire import Fault
from models.errors import MediaUnavailable, NotNow, SdpRefused
from models.media import Ask, CloseRoom, Empty, Event, LegLost, Load, MediaFault, Request, Shape, Slots, Speaker
from tests.integration.media.conftest import SECRET
from tests.support.media import Relays
from tests.support.waiting import until

IDLE = Load(calls=0, legs=0, packets_per_s=0, cpu=0, lag_ms=0, recordings=0, draining=False, port=1)


async def answer(request: Request) -> Shape:
    """Calls named after a fault are refused with it."""
    if isinstance(request, Ask):
        return IDLE
    if request.call_id in list(MediaFault):
        raise Fault(MediaFault(request.call_id))
    if request.call_id == "crash":
        raise RuntimeError
    return Empty()


@asynccontextmanager
async def serving(
    folder: Path, standing: Sequence[Event] = (), *, name: str = "api", handle: Handle = answer
) -> AsyncIterator[tuple[ApiServer, str]]:
    """The API's server and its address."""
    address = f"unix:{folder / f'{name}.sock'}"
    server = ApiServer(Address.parse(address), SECRET, handle, lambda: standing)
    await server.open()
    try:
        yield server, address
    finally:
        await server.close()


@asynccontextmanager
async def linked_pool(address: str, secret: bytes = SECRET) -> AsyncIterator[Relays]:
    """A pool of that one process."""
    pool = Pool(MediaSettings(secret=secret, urls=(address,)))
    relays = Relays(pool)
    pool.start()
    try:
        yield relays
    finally:
        await pool.close()


@asynccontextmanager
async def raw(address: str) -> AsyncIterator[ClientWebSocketResponse]:
    """A socket without any proof."""
    where = Address.parse(address)
    async with ClientSession(connector=UnixConnector(where.path)) as http, http.ws_connect(where.url) as socket:
        yield socket


async def prove(socket: ClientWebSocketResponse, secret: bytes = SECRET) -> tuple[Nonces, Claim]:
    """The hub's part of the handshake."""
    nonces = Nonces(Greeting.model_validate_json(await socket.receive_str()).nonce, new_nonce())
    claim = Claim(nonce=nonces.hub, proof=nonces.proof(secret, "hub"))
    await socket.send_str(claim.model_dump_json())
    return nonces, claim


async def test_the_socket_is_the_owners_alone_and_gone_with_the_server(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, address):
        path = Path(Address.parse(address).path)
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()


async def test_nobody_takes_the_socket_of_a_process_that_lives(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, address):
        with pytest.raises(OSError, match="in use"):
            await ApiServer(Address.parse(address), SECRET, answer, lambda: ()).open()
        async with linked_pool(address) as relays:
            assert await relays.pool.ask(address, CloseRoom(call_id="c")) == Empty()


async def test_each_side_proves_that_it_knows_the_secret(tmp_path: Path) -> None:
    async with serving(tmp_path) as (server, address), raw(address) as socket:
        nonces, _ = await prove(socket)
        Welcome.model_validate_json(await socket.receive_str())
        assert nonces.proof(SECRET, "media") != nonces.proof(SECRET, "hub")
        await until(lambda: server.links == 1)


async def test_a_wrong_secret_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as (server, address):
        async with raw(address) as socket:
            await prove(socket, b"w" * 32)
            assert (await socket.receive(5)).type is WSMsgType.CLOSE
        async with linked_pool(address, b"w" * 32) as relays:
            with pytest.raises(MediaUnavailable):
                await relays.pool.ask(address, Ask(op="stats"))
        assert server.links == 0


async def test_a_replayed_claim_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_server, address):
        async with raw(address) as socket:
            _, claim = await prove(socket)
            await socket.receive_str()
        async with raw(address) as socket:
            await socket.receive_str()
            await socket.send_str(claim.model_dump_json())
            assert (await socket.receive(5)).type is WSMsgType.CLOSE


async def test_a_process_that_cannot_prove_itself_is_not_spoken_to(tmp_path: Path) -> None:
    """Somebody who took the address gets a claim that fits nothing else, and no recording's key."""
    heard: list[str] = []

    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.read(65_536)).decode(errors="replace"))
        writer.close()

    server = await asyncio.start_unix_server(pretend, tmp_path / "api.sock")
    async with linked_pool(f"unix:{tmp_path / 'api.sock'}") as relays:
        with pytest.raises(MediaUnavailable):
            await relays.pool.ask(f"unix:{tmp_path / 'api.sock'}", CloseRoom(call_id="c"))
    server.close()
    await server.wait_closed()
    assert heard
    assert not any("room.close" in text for text in heard)


async def test_nobody_waits_long_without_a_proof(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, address), raw(address) as socket:
        await socket.receive_str()
        assert (await socket.receive(5)).type is WSMsgType.CLOSE


@pytest.mark.parametrize("said", [b"", b"GET /media HTTP/1.1\r\nHost: m\r\n"])
async def test_nobody_stays_who_asks_for_nothing(tmp_path: Path, said: bytes) -> None:
    async with serving(tmp_path) as (_, address):
        reader, writer = await asyncio.open_unix_connection(Address.parse(address).path)
        writer.write(said)
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize("path", ["/", "/healthz", "/media/", "/media?x"])
async def test_there_is_nothing_else_on_that_port(tmp_path: Path, path: str) -> None:
    async with (
        serving(tmp_path) as (_, address),
        ClientSession(connector=UnixConnector(Address.parse(address).path)) as http,
    ):
        assert (await http.get(f"http://media{path}")).status == 404


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"id": 7}, "invalid"),
        ({"id": 7, "op": "leg.steal"}, "invalid"),
        ({"id": 7, "op": "leg.leave", "call_id": "c"}, "invalid"),
        ({"id": 7, "op": "leg.leave", "call_id": "c", "leg_id": "l" * 65}, "invalid"),
        ({"id": 7, "op": "room.close", "call_id": "c", "more": 1}, "invalid"),
        ({"id": 7, "op": "leg.answer", "call_id": "c", "leg_id": "l", "offer_id": "o", "sdp": "x" * 65_537}, "invalid"),
        ({"id": 7, "op": "room.close", "call_id": "unknown_call"}, "unknown_call"),
        ({"id": 7, "op": "room.close", "call_id": "crash"}, "internal"),
    ],
)
async def test_bad_requests_are_refused_with_a_code(tmp_path: Path, fields: dict[str, object], fault: str) -> None:
    async with serving(tmp_path) as (_, address), raw(address) as socket:
        await prove(socket)
        await socket.receive_str()
        await socket.send_str(orjson.dumps(fields).decode())
        assert orjson.loads(await socket.receive_str(timeout=5)) == {"id": 7, "ok": False, "fault": fault}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"op":"stats"}', '{"id":"7","op":"stats"}', '{"id":0,"op":"stats"}']
)
async def test_what_cannot_be_answered_is_skipped_a_few_times(tmp_path: Path, text: str) -> None:
    async with serving(tmp_path) as (server, address), raw(address) as socket:
        await prove(socket)
        await socket.receive_str()
        await socket.send_str(text)
        await socket.send_str('{"id":1,"op":"stats"}')
        assert orjson.loads(await socket.receive_str(timeout=5))["id"] == 1
        for _ in range(20):
            await socket.send_str(text)
        await until(lambda: server.links == 0)


async def test_a_message_beyond_the_bound_ends_the_link_alone(tmp_path: Path) -> None:
    async with serving(tmp_path) as (server, address), linked_pool(address) as relays:
        await until(relays.pool.loads)
        async with raw(address) as socket:
            await prove(socket)
            await socket.receive_str()
            await socket.send_str("x" * 300_000)
            await until(lambda: server.links == 1)
        assert await relays.pool.ask(address, CloseRoom(call_id="c")) == Empty()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (MediaFault.UNKNOWN_CALL, NotNow), (MediaFault.UNKNOWN_LEG, NotNow), (MediaFault.STALE_OFFER, NotNow),
        (MediaFault.BAD_ANSWER, SdpRefused), (MediaFault.FULL, MediaUnavailable),
        (MediaFault.DRAINING, MediaUnavailable), (MediaFault.DISK, MediaUnavailable),
        (MediaFault.INTERNAL, MediaUnavailable), (MediaFault.INVALID, MediaUnavailable),
    ],
)  # fmt: skip
async def test_faults_become_errors_of_the_catalogue(tmp_path: Path, fault: str, error: type[Exception]) -> None:
    async with serving(tmp_path) as (_, address), linked_pool(address) as relays:
        with pytest.raises(error):
            await relays.pool.ask(address, CloseRoom(call_id=fault))


async def test_a_link_is_made_anew_and_a_short_break_is_no_loss(tmp_path: Path) -> None:
    async with serving(tmp_path) as (server, address), linked_pool(address) as relays:
        await until(lambda: server.links == 1)
        for link in tuple(server._links):
            server._drop(link)
        await until(lambda: server.links == 1)
        assert await relays.pool.ask(address, CloseRoom(call_id="c")) == Empty()
        assert relays.lost == []


async def test_a_process_that_says_goodbye_is_lost_at_once_and_found_again(tmp_path: Path) -> None:
    async with serving(tmp_path) as (_, address), linked_pool(address) as relays:
        await until(relays.pool.place)
    async with linked_pool(address) as relays:
        async with serving(tmp_path) as (_, address):
            await until(lambda: relays.pool.place() == address)
            before = len(relays.lost)
        await until(lambda: len(relays.lost) == before + 1)
        assert relays.pool.place() is None
        async with serving(tmp_path):
            await until(lambda: relays.pool.place() == address)


async def test_a_process_of_another_node_is_reached_by_its_address_and_never_placed_on(tmp_path: Path) -> None:
    pool = Pool(MediaSettings(secret=SECRET))
    relays = Relays(pool)
    async with serving(tmp_path) as (server, address):
        assert await pool.ask(address, CloseRoom(call_id="c")) == Empty()
        assert pool.place() is None
        server.tell(Speaker(call_id="c", party_id="p"))
        await until(lambda: relays.told("room.speaker"))
    await until(lambda: [process for process, _ in relays.lost] == [address])
    with pytest.raises(MediaUnavailable):
        await pool.ask(address, CloseRoom(call_id="c"))
    await pool.close()


@pytest.mark.parametrize(
    "taken", [{}, {"cpu": 0.3}, {"packets_per_s": 12_000.0}, {"legs": 90}, {"cpu": 0.3, "calls": 1}, {"draining": True}]
)
async def test_a_call_goes_where_there_is_most_room(tmp_path: Path, taken: dict[str, float]) -> None:
    async def idle(request: Request) -> Shape:
        return IDLE.model_copy(update={"calls": 5})

    async def busy(request: Request) -> Shape:
        return IDLE.model_copy(update={"calls": 5} | taken)

    async with serving(tmp_path, name="a", handle=busy) as (_, one), serving(tmp_path, name="b", handle=idle) as other:
        pool = Pool(MediaSettings(secret=SECRET, urls=(one, other[1])))
        pool.start()
        await until(lambda: len(pool.loads()) == 2)
        placed = [pool.place() for _ in range(10)]
        assert placed.count(one) == (0 if taken else 5)
        assert pool.place(avoid=other[1]) == (None if "draining" in taken else one)
        await pool.close()


async def test_an_address_that_is_none_is_unavailable() -> None:
    pool = Pool(MediaSettings(secret=SECRET))
    with pytest.raises(MediaUnavailable):
        await pool.ask("http://example.org", CloseRoom(call_id="c"))
    await pool.close()


async def test_events_arrive_in_order(tmp_path: Path) -> None:
    async with serving(tmp_path) as (server, address), linked_pool(address) as relays:
        await until(lambda: server.links == 1)
        for number in range(500):
            server.tell(Speaker(call_id="c", party_id=str(number)))
        await until(lambda: len(relays.events) == 500)
        assert [event.party_id for event in relays.told("room.speaker")] == [str(number) for number in range(500)]


async def test_a_node_that_links_late_is_told_all_that_stands_however_many_calls_there_are(tmp_path: Path) -> None:
    standing = [LegLost(call_id="c", party_id="p", leg_id=str(number), path_n=1) for number in range(3 * LIMIT)]
    async with serving(tmp_path, standing) as (_, address), linked_pool(address) as relays:
        await until(lambda: len(relays.events) >= len(standing), 20)
        assert [event for _, event in relays.events] == standing


async def test_a_node_that_does_not_read_is_cut_off_when_facts_do_not_fit(tmp_path: Path) -> None:
    async with serving(tmp_path) as (server, address), raw(address) as socket:
        await prove(socket)
        await until(lambda: server.links == 1)
        fact = Slots(call_id="c", leg_id="l", slots={str(number): "p" * 64 for number in range(512)})
        for _ in range(2000):
            server.tell(fact)
            await asyncio.sleep(0)
        await until(lambda: server.links == 0)


def test_the_queue_drops_what_is_stale_first_and_then_refuses() -> None:
    queue: TellQueue[Speaker | LegLost] = TellQueue(is_lossy, limit=3)
    lost = LegLost(call_id="c", party_id="p", leg_id="l", path_n=1)
    for _ in range(3):
        assert queue.put(Speaker(call_id="c", party_id="p"))
    assert queue.put(Speaker(call_id="c", party_id="q"))
    assert queue.put(lost)
    assert len(queue) == 1
    assert queue.dropped == 4
    assert queue.put(lost)
    assert queue.put(lost)
    assert not queue.put(lost)
    assert queue.put(Speaker(call_id="c", party_id="q"))
