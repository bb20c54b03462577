"""A whole node with its media process: health, metrics, placement, and the way down."""

import time
from dataclasses import replace
from pathlib import Path

import aiohttp
from aiohttp import web

from hub.media.settings import MediaSettings
from hub.mongo.client import Client, Database
from hub.node import Node, NodeSettings
from hub.schema import prepare
from models.ids import new_id
from models.media import JoinLeg, LegOffer
from tests.integration.media.conftest import SECRET
from tests.support.accounts import settings as account_settings
from tests.support.waiting import until


async def test_a_node_runs_its_media_process(mongo: Client, database: Database, tmp_path: Path) -> None:
    await prepare(database)
    media = MediaSettings(
        secret=SECRET, processes=1, folder=tmp_path / "media",
        environment={"RECORDINGS_DIR": str(tmp_path / "recordings"), "MEDIA_ANNOUNCE": "127.0.0.1"},
    )  # fmt: skip
    settings = NodeSettings(
        accounts=replace(account_settings()), audit_secret=b"a" * 32, seals=tmp_path / "seals.jsonl", media=media
    )
    node = Node(settings, mongo, database)
    runner = web.AppRunner(await node.start(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        process = await until(node.media.place, 30)
        assert process is not None
        offer = await node.media.ask(process, JoinLeg(call_id=new_id(), party_id="p", leg_id="l", path_n=1))
        assert isinstance(offer, LegOffer)
        assert "a=candidate:1 1 udp 2130706431 127.0.0.1 " in offer.sdp
        await until(lambda: [load.calls for load in node.media.loads()] == [1])
        async with aiohttp.ClientSession() as http:
            ready = await (await http.get(f"{url}/readyz")).json()
            metrics = await (await http.get(f"{url}/metrics")).text()
        assert ready["status"] == "ready"
        assert ready["components"]["media"]["ok"]
        assert "carewire_media_processes 1.0" in metrics
        assert "carewire_media_calls 1.0" in metrics
        (pid,) = node.media_processes.pids
    finally:
        began = time.monotonic()
        await node.stop()
        await runner.cleanup()
    print(f"the node stopped within {time.monotonic() - began:.1f} s")
    assert node.media_processes.pids == []
    await until(lambda: not Path(f"/proc/{pid}").exists())


async def test_a_node_without_media_processes_is_ready_and_places_nothing(
    mongo: Client, database: Database, tmp_path: Path
) -> None:
    await prepare(database)
    settings = NodeSettings(
        accounts=replace(account_settings()), audit_secret=b"a" * 32, seals=tmp_path / "seals.jsonl"
    )
    node = Node(settings, mongo, database)
    await node.start()
    assert node.media.place() is None
    assert "media" not in await node.health.check()
    await node.stop()
