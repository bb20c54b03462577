"""What is decided before a Socket.IO request reaches engineio: origin, capacity, method, body size."""

import asyncio
from collections import Counter
from typing import Final

import orjson
from aiohttp import web

from hub.engine.counters import EngineCounters
from hub.engine.settings import EngineSettings
from hub.engine.visitors import Visitor, identify, is_welcome
from models.errors import BadOrigin, Busy, HubError, Invalid, TooFast, TooLarge, Unsupported

VISITOR: Final = web.RequestKey("carewire.visitor", Visitor)
BODY: Final = web.RequestKey("carewire.body", bytes)

_METHODS: Final = ("GET", "POST", "OPTIONS")
_RETRY_AFTER_S: Final = "5"


class FrontDoor:
    """Refuses early and cheaply; counts the sockets nobody has signed in on yet."""

    def __init__(self, limits: EngineSettings, counters: EngineCounters) -> None:
        self._limits: Final = limits
        self._counters: Final = counters
        self._strangers: Final[Counter[str]] = Counter()
        self._stranger_count = 0
        self.open = True
        """False from the start of shutdown: no new sockets."""

    async def refuse(self, request: web.Request, sockets: int) -> web.Response | None:
        """A problem+json answer, or None with the visitor and the whole body left on the request."""
        visitor = identify(request, self._limits.trusted_proxies)
        if not is_welcome(request, visitor, self._limits):
            return self._problem(BadOrigin, 403)
        if request.method not in _METHODS:
            return self._problem(Unsupported, 405)
        if "j" in request.query:  # JSONP: scripts of foreign pages could read the answers
            return self._problem(Unsupported, 400)
        request[VISITOR] = visitor
        if request.method == "GET" and "sid" not in request.query:
            return self._refuse_socket(visitor, sockets)
        if request.method == "POST":
            try:
                async with asyncio.timeout(self._limits.ping_interval_s + self._limits.ping_timeout_s):
                    body = await self._read_body(request)
            except TimeoutError:
                request.content.feed_eof()  # or aiohttp goes on waiting for the rest
                return self._problem(Invalid, 408)
            except web.RequestPayloadError:
                request.content.feed_eof()
                return self._problem(Invalid, 400)
            if body is None:
                return self._problem(TooLarge, 413)
            request[BODY] = body
        return None

    def enter(self, visitor: Visitor) -> None:
        """A socket was opened, nobody has signed in on it."""
        self._strangers[visitor.quota_key] += 1
        self._stranger_count += 1

    def leave(self, visitor: Visitor) -> None:
        """That socket has ended, or somebody has signed in."""
        key = visitor.quota_key
        self._strangers[key] -= 1
        self._stranger_count -= 1
        if not self._strangers[key]:
            del self._strangers[key]

    def _refuse_socket(self, visitor: Visitor, sockets: int) -> web.Response | None:
        limits = self._limits
        if not self.open or sockets >= limits.max_sockets or self._stranger_count >= limits.max_unauthenticated:
            return self._problem(Busy, 503)
        if self._strangers[visitor.quota_key] >= limits.max_unauthenticated_per_address:
            return self._problem(TooFast, 429)
        return None

    async def _read_body(self, request: web.Request) -> bytes | None:
        """The body, whole, or None if it is larger than allowed; a stated length is believed, then checked."""
        limit = self._limits.max_message_bytes
        if request.content_length is not None and request.content_length > limit:
            return None
        body = bytearray()
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit:
                return None
        return bytes(body)

    def _problem(self, error: type[HubError], status: int) -> web.Response:
        self._counters.refused[error.code.value] += 1
        body = {
            "type": "about:blank",
            "title": error.text,
            "status": status,
            "code": error.code.value,
            "retryable": error.retryable,
        }
        headers = {"Retry-After": _RETRY_AFTER_S} if error.retryable else {}
        return web.Response(
            body=orjson.dumps(body), status=status, headers=headers, content_type="application/problem+json"
        )
