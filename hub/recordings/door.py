"""`GET /api/v1/recordings/{recording_id}/files/{file}?link=…`: files of recordings, for the holder of a link."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import structlog
from aiohttp import hdrs, web

from hub.dispatch import Dispatcher
from hub.engine.settings import EngineSettings
from hub.engine.visitors import identify
from hub.identity import Identity
from hub.recordings.ranges import Span, Unsatisfiable, requested
from hub.recordings.viewings import Viewing, Viewings
from hub.rest import COOKIE, PREFIX, REF, problem_response
from hub.translate import as_hub_error
from media.recording.sealing import Tampered
from models.documents.recording import Recording
from models.errors import HubError, LinkSpent, SessionEnded, Unsupported
from models.ids import DeviceId
from services.accounts.tokens import RefreshTokens
from services.recordings.links import Links, Ticket
from services.recordings.review import VIEWED, ReviewService
from services.unit import Actor

PATH: Final = PREFIX + "/recordings/{recording_id}/files/{file}"
PIECE: Final = 256 * 1024
"""Bytes decrypted at a time."""
STALL_S: Final = 60.0
"""A player that has enough stops reading; one that does not come back within this loses the connection."""
RECHECK_S: Final = 5.0

log = structlog.get_logger(__name__)


class RecordingDoor:
    """Every request asks anew whether the session is alive and the right stands; long answers ask while they last."""

    def __init__(
        self, dispatcher: Dispatcher, identity: Identity, engine: EngineSettings, links: Links,
        refresh: RefreshTokens, review: ReviewService, viewings: Viewings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._dispatcher = dispatcher
        self._identity = identity
        self._engine = engine
        self._links = links
        self._refresh = refresh
        self._review = review
        self._viewings = viewings
        self._clock = clock

    def mount(self, app: web.Application) -> None:
        """GET and HEAD, and the refusal of everything else."""
        resource = app.router.add_resource(PATH)
        for verb in (hdrs.METH_GET, hdrs.METH_HEAD):
            resource.add_route(verb, self.serve)
        resource.add_route(hdrs.METH_ANY, self._refuse)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One file, or a range of it."""
        visitor = identify(request, self._engine.trusted_proxies)
        unit = self._dispatcher.unit(None, visitor.address, visitor.user_agent)
        request[REF] = unit.ref
        unit.resource = request.match_info["recording_id"][:64]
        try:
            ticket = self._ticket(request)
            unit.who = Actor(ticket.user_id, ticket.role, ticket.session_id, DeviceId(""))
            record, mime = await self._entitled(ticket)
            viewing = await self._viewings.enter(ticket, record)
        except HubError as error:
            await self._dispatcher.refuse(VIEWED, unit, error, "http")
            return problem_response(error, unit.ref)
        try:
            return await self._answer(request, viewing, mime)
        finally:
            self._viewings.leave(viewing)

    async def _refuse(self, request: web.Request) -> web.StreamResponse:
        response = problem_response(Unsupported(), self._dispatcher.unit(None).ref)
        response.headers[hdrs.ALLOW] = "GET, HEAD"
        return response

    def _ticket(self, request: web.Request) -> Ticket:
        links = request.query.getall("link", [])
        if len(links) != 1 or len(request.query) != 1:
            raise LinkSpent
        recording_id, file = request.match_info["recording_id"], request.match_info["file"]
        ticket = self._links.open(links[0], recording_id, file, self._clock())
        if ticket.in_browser:
            token = self._refresh.parse(request.cookies.get(COOKIE, ""))
            if token is None or token.session_id != ticket.session_id:
                raise LinkSpent
        return ticket

    async def _entitled(self, ticket: Ticket) -> tuple[Recording, str]:
        if not await self._identity.sessions_alive([ticket.session_id]):
            raise SessionEnded
        return await self._review.show(ticket)

    async def _answer(self, request: web.Request, viewing: Viewing, mime: str) -> web.StreamResponse:
        size = viewing.sealed.plain_size
        etag = f'"{viewing.etag}"'
        headers = {
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CACHE_CONTROL: "no-store",
            hdrs.CONTENT_DISPOSITION: "inline",
            hdrs.CONTENT_TYPE: mime if mime != "text/vtt" else "text/vtt; charset=utf-8",
            hdrs.ETAG: etag,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        # If-Range names the version a player has part of: of another one it wants everything (RFC 9110, 13.1.5).
        condition = request.headers.get(hdrs.IF_RANGE, etag)
        try:
            span = requested(request.headers.get(hdrs.RANGE) if condition == etag else None, size)
        except Unsatisfiable:
            return web.Response(status=416, headers=headers | {hdrs.CONTENT_RANGE: f"bytes */{size}"})
        response = web.StreamResponse(status=206 if span.partial else 200, headers=headers)
        if span.partial:
            response.headers[hdrs.CONTENT_RANGE] = f"bytes {span.start}-{span.end - 1}/{size}"
        response.content_length = span.length
        await response.prepare(request)
        if request.method != hdrs.METH_HEAD:
            await self._stream(request, response, viewing, span)
        return response

    async def _stream(
        self, request: web.Request, response: web.StreamResponse, viewing: Viewing, span: Span
    ) -> None:  # fmt: skip
        at, checked = span.start, monotonic()
        try:
            while at < span.end:
                piece = await asyncio.to_thread(viewing.sealed.read, at, min(at + PIECE, span.end))
                if monotonic() - checked > RECHECK_S:
                    await self._entitled(viewing.ticket)
                    checked = monotonic()
                viewing.note(at, at + len(piece))
                async with asyncio.timeout(STALL_S):
                    await response.write(piece)
                at += len(piece)
        except (HubError, Tampered, OSError, TimeoutError) as error:
            # The status line is long gone: all that is left is to break off, which the length shows.
            if isinstance(error, Tampered):
                log.error("a file of a recording is not what was written", ref=request[REF])
            elif isinstance(error, HubError):
                log.info("an answer was broken off", error=as_hub_error(error).code.value)
            if request.transport is not None:
                request.transport.abort()
