"""The HTTP door: mounts `HttpRoute` rows under `/api/v1`, and answers every error as problem+json (RFC 9457)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import orjson
from aiohttp import hdrs, web

from handlers.routing import HttpRoute
from hub.dispatch import Dispatcher, encode
from hub.engine.settings import EngineSettings
from hub.engine.visitors import identify, is_welcome
from hub.identity import Identity
from hub.translate import as_hub_error, problem
from models.errors import BadOrigin, HubError, Invalid, NotFound, SessionEnded, TooLarge, Unauthenticated, Unsupported
from models.events.accounts import SETUP_COMMANDS
from services.unit import Actor, Unit

PREFIX: Final = "/api/v1"
MAX_BODY_BYTES: Final = 256 * 1024
MAX_BODY_S: Final = 20.0
MAX_DIGITS: Final = 16
COOKIE: Final = "__Host-carewire"
COOKIE_SECONDS: Final = 30 * 24 * 3600
CSRF_HEADER: Final = "X-Carewire"
"""Any value will do: a foreign page cannot set a header of its own without our consent (CORS)."""
PROBLEM_JSON: Final = "application/problem+json"
REF: Final = web.RequestKey("ref", str)
"""The correlation id of a request, for answers made outside its handler."""
CUT_SHORT: Final = web.RequestKey("cut_short", bool)
"""The body was not read to its end: its connection cannot be used again."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Rest:
    """Binds rows to an aiohttp application."""

    def __init__(self, dispatcher: Dispatcher, identity: Identity, engine: EngineSettings) -> None:
        self._dispatcher = dispatcher
        self._identity = identity
        self._engine = engine

    def mount(self, app: web.Application, routes: Iterable[HttpRoute[Any, Any]]) -> None:
        """Add every row; a path's other methods answer 405 with the list of those that exist.

        Whatever else is below the prefix is not found: the web client's pages, which take any address, begin elsewhere.
        """
        by_path: dict[str, list[HttpRoute[Any, Any]]] = {}
        for route in routes:
            by_path.setdefault(route.path, []).append(route)
        for path, rows in by_path.items():
            resource = app.router.add_resource(PREFIX + path)
            for route in rows:
                handler = self._handler(route)
                resource.add_route(route.verb, handler)
                if route.verb == hdrs.METH_GET:
                    resource.add_route(hdrs.METH_HEAD, handler)
            allowed = sorted(route.method for route in resource)
            resource.add_route(hdrs.METH_ANY, self._refusing(Unsupported, {hdrs.ALLOW: ", ".join(allowed)}))
        app.router.add_route(hdrs.METH_ANY, PREFIX + "{path:(/.*)?}", self._refusing(NotFound, {}))

    def _refusing(self, error: type[HubError], headers: dict[str, str]) -> Handler:
        async def refuse(request: web.Request) -> web.StreamResponse:
            response = problem_response(error(), self._dispatcher.unit(None).ref)
            response.headers.update(headers)
            return response

        return refuse

    def _handler(self, route: HttpRoute[Any, Any]) -> Handler:
        numbers = _whole_numbers(route)

        async def handle(request: web.Request) -> web.StreamResponse:
            visitor = identify(request, self._engine.trusted_proxies)
            unit = self._dispatcher.unit(None, visitor.address, visitor.user_agent)
            request[REF] = unit.ref
            try:
                return await self._perform(route, numbers, request, unit)
            except HubError as error:
                response = problem_response(error, unit.ref)
                if request.get(CUT_SHORT, False):
                    response.force_close()
                return response

        return handle

    async def _perform(
        self, route: HttpRoute[Any, Any], numbers: frozenset[str], request: web.Request, unit: Unit
    ) -> web.Response:
        spec = route.spec
        try:
            unit.who = await self._who(request, needed=spec.allow is not None, setup=spec.name in SETUP_COMMANDS)
            if route.cookies:
                self._guard(request)
                unit.cookie = request.cookies.get(COOKIE)
            raw = await _payload(route, numbers, request)
        except HubError as error:
            await self._dispatcher.refuse(spec.audit, unit, error, "http")
            raise
        validator = spec.payload.__pydantic_validator__
        reply = await self._dispatcher.run(
            spec,
            route.method,
            unit,
            (lambda: validator.validate_json(raw))
            if isinstance(raw, bytes)
            else (lambda: validator.validate_strings(raw, strict=False)),
            "http",
        )
        response = web.Response(body=encode(reply), status=route.success, content_type="application/json")
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        if unit.set_cookie is not None:
            _set_cookie(response, unit.set_cookie)
        return response

    async def _who(self, request: web.Request, *, needed: bool, setup: bool) -> Actor | None:
        header = request.headers.get(hdrs.AUTHORIZATION)
        if not needed:
            return None
        if header is None:
            raise Unauthenticated
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated
        actor = self._identity.verify(token, setup=setup).actor
        if not await self._identity.sessions_alive([actor.session_id]):
            raise SessionEnded
        return actor

    def _guard(self, request: web.Request) -> None:
        """Routes that act on the cookie: our own page only, and with a header that needs script."""
        if request.cookies.get(COOKIE) is None:
            return
        visitor = identify(request, self._engine.trusted_proxies)
        if CSRF_HEADER not in request.headers or not is_welcome(request, visitor, self._engine):
            raise BadOrigin


def _whole_numbers(route: HttpRoute[Any, Any]) -> frozenset[str]:
    """Path parameters that are numbers in the payload; a path holds text only."""
    fields = route.spec.payload.model_json_schema().get("properties", {})
    return frozenset(name for name, field in fields.items() if field.get("type") == "integer")


async def _payload(route: HttpRoute[Any, Any], numbers: frozenset[str], request: web.Request) -> bytes | dict[str, str]:
    """The command's payload: path, query and body merged, each name in one place only."""
    named = dict(request.match_info)
    query: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in route.query or name in query:
            raise Invalid(fields=[f"{name[:40]}: unknown_or_repeated_parameter"])
        query[name] = value
    if route.verb in (hdrs.METH_GET, hdrs.METH_DELETE):
        return named | query
    if query:
        raise Invalid(fields=["query: not_accepted"])
    body = await _body(request)
    typed = {name: _number(value) if name in numbers else value for name, value in named.items()}
    if not body:
        return orjson.dumps(typed)
    if request.content_type != "application/json":
        raise Invalid(fields=["content-type: not_json"])
    if not named:
        return body
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Invalid(fields=[".: json_invalid"]) from None
    if not isinstance(fields, dict) or fields.keys() & typed.keys():
        raise Invalid(fields=[".: object_without_path_names_expected"])
    return orjson.dumps(fields | typed)


async def _body(request: web.Request) -> bytes:
    """All of it. What cannot be unpacked, breaks off or does not arrive in time is the client's fault, not ours."""
    try:
        async with asyncio.timeout(MAX_BODY_S):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(max_bytes=MAX_BODY_BYTES) from None
    except TimeoutError:
        fault = "body: not_in_time"
    except (web.RequestPayloadError, ConnectionError):
        fault = "body: not_readable"
    request[CUT_SHORT] = True
    request.content.feed_eof()  # or aiohttp goes on waiting for the rest, or meets the same fault again
    raise Invalid(fields=[fault])


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > MAX_DIGITS:
        raise Invalid(fields=["path: not_a_number"])
    return int(text)


def problem_response(error: HubError, ref: str) -> web.Response:
    """One error as its HTTP answer."""
    response = web.Response(body=orjson.dumps(problem(error, ref)), status=error.status, content_type=PROBLEM_JSON)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    if error.after_ms is not None:
        response.headers[hdrs.RETRY_AFTER] = str(-(-error.after_ms // 1000))
    if error.status == 401:
        response.headers[hdrs.WWW_AUTHENTICATE] = "Bearer"
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What aiohttp itself refuses (no such path, wrong method, too large) speaks the same language."""
    try:
        return await handler(request)
    except web.HTTPException as refused:
        if refused.status < 400 or not request.path.startswith(PREFIX):
            raise
        error: HubError
        if isinstance(refused, web.HTTPRequestEntityTooLarge):
            error = TooLarge(max_bytes=MAX_BODY_BYTES)
        elif isinstance(refused, web.HTTPNotFound):
            error = NotFound()
        else:
            error = Invalid()
        return problem_response(error, request.get(REF, ""))
    except Exception as error:  # noqa: BLE001  the last resort: an answer without a word about why
        return problem_response(as_hub_error(error), request.get(REF, ""))


def _set_cookie(response: web.Response, value: str) -> None:
    if value:
        response.set_cookie(
            COOKIE, value, max_age=COOKIE_SECONDS, path="/", secure=True, httponly=True, samesite="Strict"
        )
    else:
        response.del_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
