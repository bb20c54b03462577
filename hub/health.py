"""`/healthz`, `/readyz` and `/metrics`: is the process alive, should it get traffic, and what does it count."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Final

import orjson
from aiohttp import web

from hub.metrics import Metrics

PING_TIMEOUT_S: Final = 1.0

Ping = Callable[[], Awaitable[object]]


class Health:
    """Pings of every component, side by side, each with a second.

    A node without one of `pings` (MongoDB, the feed) is not ready. One without an `optional` (Valkey) shows it with
    `ok: false` and stays ready: its clients miss what people of other nodes type and whether they are there, and no
    fact; taken out of the balancer it would serve nobody.
    """

    def __init__(self, metrics: Metrics, pings: Mapping[str, Ping], optional: Mapping[str, Ping] | None = None) -> None:
        self._metrics = metrics
        self._needed = frozenset(pings)
        self._pings = {**pings, **(optional or {})}
        self.ready = False
        """Readiness fails first when the node goes down, so that a balancer looks elsewhere."""

    def mount(self, app: web.Application) -> None:
        """Add the three addresses."""
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._readiness)
        app.router.add_get("/metrics", self._exposition)

    async def check(self) -> dict[str, dict[str, object]]:
        """Every component with `ok` and the milliseconds it took to answer."""
        results = await asyncio.gather(*(self._ping(ping) for ping in self._pings.values()))
        return dict(zip(self._pings, results, strict=True))

    async def _ping(self, ping: Ping) -> dict[str, object]:
        started = perf_counter()
        try:
            async with asyncio.timeout(PING_TIMEOUT_S):
                await ping()
        except Exception as error:  # noqa: BLE001  whatever it is, the component is not well
            return {"ok": False, "error": type(error).__name__}
        return {"ok": True, "ms": round((perf_counter() - started) * 1000, 1)}

    async def _alive(self, request: web.Request) -> web.Response:
        return _json({"status": "alive"})

    async def _readiness(self, request: web.Request) -> web.Response:
        components = await self.check()
        ready = self.ready and all(components[name]["ok"] for name in self._needed)
        status = "ready" if ready else "stopping" if not self.ready else "degraded"
        return _json({"status": status, "components": components}, 200 if ready else 503)

    async def _exposition(self, request: web.Request) -> web.Response:
        return web.Response(body=self._metrics.exposition(), headers={"Content-Type": "text/plain; version=0.0.4"})


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=orjson.dumps(body), status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )
