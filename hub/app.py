"""The process: database, node, HTTP server, signals. Started by `python -m hub`."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import structlog
from aiohttp import web
from pymongo.errors import PyMongoError

from hub.demo import seed
from hub.docs_pages import mount_docs
from hub.engine import collector
from hub.mail import SmtpMail
from hub.mongo.client import Client, Database, connect
from hub.mongo.embedded import EmbeddedMongo
from hub.node import Node
from hub.outbox_page import OutboxPage
from hub.pages import Pages, security_headers
from hub.schema import prepare
from hub.settings import Environment, Settings

BACKLOG: Final = 4096
KEEPALIVE_S: Final = 75.0
DATABASE_WAIT_S: Final = 30.0
DATABASE_RETRY_S: Final = 0.5
STOP_S: Final = 7.5
"""For node and server; with the client and our own mongod behind them a shutdown stays within ten seconds."""
CLOSE_S: Final = 0.5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Store:
    """An open database."""

    client: Client
    database: Database


@asynccontextmanager
async def open_store(settings: Settings, *, join: bool = False) -> AsyncIterator[Store]:
    """The database of the settings: the given replica set, or our own mongod for as long as this lasts.

    `join`: an operator's command beside a running hub uses that hub's mongod.
    """
    embedded = None if settings.mongodb_uri else EmbeddedMongo(settings.data_dir / "mongo")
    uri = settings.mongodb_uri
    if embedded is not None:
        running = embedded.running_elsewhere() if join else None
        if running is not None:
            embedded, uri = None, running
        else:
            uri = await embedded.start()
    client = connect(uri)
    try:
        yield Store(client, client[settings.mongodb_database])
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await client.close()
        if embedded is not None:
            await embedded.stop()


async def serve(settings: Settings) -> None:
    """Run one node until SIGINT or SIGTERM."""
    started = perf_counter()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopping.set)
    async with open_store(settings) as store:
        await _prepared(store.database)
        mail = None if settings.smtp_url is None else SmtpMail(settings.smtp_url, settings.mail_from)
        node = Node(settings.node(), store.client, store.database, mail)
        app = await node.start()
        _mount_pages(app, node, settings)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=KEEPALIVE_S, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG)
        await site.start()
        address = f"http://{settings.host}:{_port(runner)}"
        demo = await seed(node, store.database) if settings.development and settings.demo else None
        collector.settle()
        print(_ready(address, demo, perf_counter() - started), flush=True)
        await stopping.wait()
        log.info("stopping")
        try:
            async with asyncio.timeout(STOP_S):
                await node.stop()
                await runner.cleanup()
        except TimeoutError:
            log.error("shutdown took too long, leaving")


async def _prepared(database: Database) -> None:
    """Make the database ready; one that is just electing or restarting is waited for, with a bound."""
    ends_at = perf_counter() + DATABASE_WAIT_S
    while True:
        try:
            await prepare(database)
            return
        except PyMongoError as error:
            if perf_counter() > ends_at:
                raise
            log.warning("waiting for the database", error=type(error).__name__)
            await asyncio.sleep(DATABASE_RETRY_S)


def _mount_pages(app: web.Application, node: Node, settings: Settings) -> None:
    mount_docs(app)
    if settings.development:
        OutboxPage(node.accounts.mailroom).mount(app)
    Pages(settings.web_dir).mount(app)
    app.on_response_prepare.append(security_headers(https=settings.environment is Environment.PRODUCTION))


def _port(runner: web.AppRunner) -> int:
    port: int = runner.addresses[0][1]
    return port


def _ready(address: str, demo: str | None, seconds: float) -> str:
    lines = [f"Carewire is ready at {address} after {seconds:.1f} s"]
    return "\n".join([*lines, demo] if demo else lines)
