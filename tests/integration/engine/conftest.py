"""A real engine on a real port."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from hub.engine.server import EngineServer
from hub.engine.settings import EngineSettings
from tests.integration.engine.site import RecordingDoor, Site, Start


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start an engine with given limits."""
    sites: list[tuple[Site, web.AppRunner]] = []

    async def run(**limits: Any) -> Site:
        door = RecordingDoor()
        engine = EngineServer(door, EngineSettings(**limits))
        app = web.Application()
        engine.attach(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        server = web.TCPSite(runner, "127.0.0.1", 0)
        await server.start()
        host, port = runner.addresses[0][:2]
        site = Site(engine, door, f"http://{host}:{port}", aiohttp.ClientSession())
        sites.append((site, runner))
        return site

    yield run
    for site, runner in sites:
        await site.session.close()
        await site.engine.close()
        await runner.cleanup()
        assert site.engine.counters.faults == 0 or any(n == "fault.raise" for n, _ in site.door.received)


@pytest.fixture
async def site(start: Start) -> Site:
    """An engine with default limits."""
    return await start()
