"""Two hub nodes as processes of their own, to be killed; people are enrolled through a node that serves nobody."""

import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.mongo.client import Client, Database
from hub.node import Node
from hub.schema import prepare
from hub.settings import read_settings
from tests.chaos.world import Hub
from tests.support.site import Site


class Pair:
    """`here` and `there`: the same clinic through either of two processes."""

    def __init__(self, hubs: list[Hub], node: Node) -> None:
        self.hubs = hubs
        self.here, self.there = (Site(node, f"http://127.0.0.1:{hub.port}") for hub in hubs)


@asynccontextmanager
async def two_hubs(
    client: Client, database: Database, mongo_uri: str, valkey_url: str, folder: Path
) -> AsyncIterator[Pair]:
    """Both running; killed at the end, if they have not been before."""
    await prepare(database)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "PYTHONPATH")}
    settings = kept | {
        "ENVIRONMENT": "test", "MONGODB_URI": mongo_uri, "MONGODB_DATABASE": database.name, "VALKEY_URL": valkey_url,
        "DATA_DIR": str(folder / "data"), "WEB_DIR": str(folder), "RATE_SCALE": "1000", "BCRYPT_COST": "4",
        "LOG_LEVEL": "ERROR", "MAX_UNAUTHENTICATED_PER_ADDRESS": "500",
    }  # fmt: skip
    settings |= {name: _key(name) for name in ("INDEX_KEY", "PASSWORD_PEPPER", "AUDIT_KEY")}
    settings |= {name: f"k1:{_key(name)}" for name in ("TOKEN_KEYS", "FIELD_KEYS")}
    node = Node(read_settings(settings).node(), client, database)
    hubs = [Hub(settings, folder / f"hub{number}.log") for number in range(2)]
    try:
        for hub in hubs:
            await hub.start()
        yield Pair(hubs, node)
    finally:
        for hub in hubs:
            await hub.kill()
        node.accounts.close()
        await node.log.close()


def _key(name: str) -> str:
    return base64.b64encode(name.encode().ljust(32, b".")).decode()
