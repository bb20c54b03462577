"""Properties of the hot path: few tasks, one write per loop turn, no compression, quiet logs, a quick end."""

import asyncio
import logging
import time

import aiohttp
import pytest

from hub.engine.collector import THRESHOLDS, settle
from hub.engine.frames import event_frame
from hub.engine.server import EngineServer
from hub.engine.settings import EngineSettings
from tests.integration.engine.site import DEADLINE_S, RecordingDoor, Site, StalledClient, Start, eventually


async def test_an_idle_websocket_costs_only_the_two_tasks_of_its_http_connection(site: Site) -> None:
    def server_tasks() -> int:
        return sum("RequestHandler" in repr(task.get_coro()) for task in asyncio.all_tasks())

    await site.joined()
    everything, of_aiohttp = len(asyncio.all_tasks()), server_tasks()
    for _ in range(5):
        await site.joined()
    assert len(asyncio.all_tasks()) - everything == server_tasks() - of_aiohttp == 10


async def test_frames_of_one_loop_turn_leave_in_one_write(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = await site.joined()
    socket = next(iter(site.engine._sockets()))
    flushes: list[int] = []
    written = type(socket.outbox).flush

    def flush(outbox: object) -> None:
        flushes.append(len(outbox._corked))  # type: ignore[attr-defined]
        written(outbox)  # type: ignore[arg-type]

    monkeypatch.setattr(type(socket.outbox), "flush", flush)
    for n in range(10):
        site.door.admitted[0].send(event_frame("chat.sent", str(n).encode()))
    assert [await ws.receive_str(timeout=DEADLINE_S) for _ in range(10)] == [f'42["chat.sent",{n}]' for n in range(10)]
    assert flushes == [10]


async def test_compression_is_never_agreed(site: Site) -> None:
    ws = await site.joined(compress=15)
    assert ws.compress == 0


async def test_nothing_a_client_sends_reaches_the_logs(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)
    ws = await site.joined('40{"token":"canary"}', protocols=("canary",))
    for text in ('421["canary.name",{"canary":1}]', '42["connect","canary"]', "40/canary,", "9canary"):
        await ws.send_str(text)
    await ws.receive_str(timeout=DEADLINE_S)
    url = f"{site.socket_url}?EIO=4&transport=polling"
    await site.session.get(url, headers={"Origin": "https://canary.example"})
    await site.session.get(url + "&sid=canary")
    await site.session.post(url + "&sid=canary", data='42["canary"]')
    await site.session.get(f"{site.socket_url}?EIO=canary&transport=canary")
    await ws.close()
    await eventually(lambda: bool(site.door.departed))
    ours = [record for record in caplog.records if not record.name.startswith(("asyncio", "aiohttp.client"))]
    assert not any("canary" in record.getMessage() for record in ours), caplog.text


async def test_close_ends_reading_and_stalled_sockets_within_seconds(start: Start) -> None:
    site = await start()
    reading = [await site.joined() for _ in range(20)]
    stalled = await StalledClient.joined(site.url)
    await eventually(lambda: len(site.door.admitted) == 21)
    frame = event_frame("vitals.wave", b'"' + b"x" * 50_000 + b'"')
    while site.door.admitted[20].buffered < 200_000:
        site.door.admitted[20].send(frame)
        await asyncio.sleep(0)
    for peer in site.door.admitted[:20]:
        peer.send(event_frame("hub.goodbye", b"{}"))
    began = time.monotonic()
    await site.engine.close()
    assert time.monotonic() - began < 3
    assert len(site.door.departed) == 21
    assert {reason for _, reason in site.door.departed} == {"server_shutdown"}
    for ws in reading:
        assert await ws.receive_str(timeout=DEADLINE_S) == '42["hub.goodbye",{}]'
        assert (await ws.receive(timeout=DEADLINE_S)).data == 1001
    assert (await site.session.get(f"{site.socket_url}?EIO=4&transport=polling")).status == 503
    stalled.close()


async def test_a_peer_sends_nothing_after_it_left(site: Site) -> None:
    ws = await site.joined()
    await ws.send_str("41")
    await eventually(lambda: bool(site.door.departed))
    peer = site.door.departed[0][0]
    peer.send(event_frame("chat.sent", b"1"))
    peer.cut("late")
    assert (peer.buffered, peer.head_age_s, peer.transport_name) == (0, 0.0, "none")
    await ws.ping(b"still here")
    answer = await ws.receive(timeout=DEADLINE_S)
    assert answer.type is aiohttp.WSMsgType.PONG and answer.data == b"still here"


async def test_the_welcome_follows_the_connect_answer_and_peers_are_listed(site: Site) -> None:
    await site.joined()
    assert list(site.engine.peers) == site.door.admitted
    assert site.engine.counters.admitted == 1


async def test_the_collector_is_settled() -> None:
    import gc

    before = gc.get_threshold()
    try:
        settle()
        assert gc.get_threshold() == THRESHOLDS and gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_the_hub_runs_on_uvloop() -> None:
    from hub.engine.loop import run

    async def where() -> str:
        return type(asyncio.get_running_loop()).__module__

    assert run(where()).startswith("uvloop")


async def test_an_engine_without_clients_closes() -> None:
    engine = EngineServer(RecordingDoor(), EngineSettings())
    assert engine.accepting
    await engine.close()
    assert not engine.accepting
