"""Clients in Node against a whole hub: the stock one from npm, and our own protocol client."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.mongo.client import Client, Database
from hub.schema import prepare
from tests.support.site import Site, running_site

WEB = Path(__file__).resolve().parents[3] / "web"


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of `web/tests`, each as one file that Node can run."""
    rolldown = WEB / "node_modules/.bin/rolldown"
    assert rolldown.is_file(), "run `npm ci` in web/"
    folder = tmp_path_factory.mktemp("clients")
    sources = [str(WEB / "tests" / name) for name in ("person.ts", "stock.ts")]
    with asyncio.Runner() as runner:
        runner.run(_run(str(rolldown), *sources, "--platform", "node", "-f", "esm", "-d", str(folder)))
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


@pytest.fixture
async def site(mongo: Client, database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """One node."""
    await prepare(database)
    async with running_site(mongo, database, tmp_path) as running:
        yield running


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, cwd=WEB, stdout=asyncio.subprocess.DEVNULL)
    async with asyncio.timeout(60):
        assert await process.wait() == 0, "the clients could not be bundled"
