"""The process' side of the API: one WebSocket per hub node, and nothing else on that port."""

import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import ValidationError

from media.api.access import HANDSHAKE_S, Claim, Greeting, Nonces, Refused, Welcome, new_nonce
from media.api.address import PATH, Address
from media.api.queue import TellQueue, is_lossy
from media.api.wire import Fault, Malformed, read_request, write_answer, write_event
from models.media import MAX_MESSAGE, Event, MediaFault, Request, Shape

MAX_LINKS: Final = 64
MAX_STRANGERS: Final = 16
"""Sockets that have not proved themselves yet."""
MAX_MALFORMED: Final = 16
MAX_AT_WORK: Final = 32
"""Requests of one node that are being answered."""
GOODBYE_S: Final = 0.5
SEND_S: Final = 3.0
"""So long may one message wait for a hub that does not read; then the hub has to come again."""

log = structlog.get_logger(__name__)

Handle = Callable[[Request], Awaitable[Shape]]
"""May raise Fault."""


@dataclass(frozen=True, slots=True)
class _Node:
    queue: TellQueue[Event]
    transport: asyncio.Transport | None


class ApiServer:
    """Accepts hub nodes, answers their requests in order, tells events to all of them."""

    def __init__(
        self, address: Address, secret: bytes, handle: Handle, standing: Callable[[], Iterable[Event]]
    ) -> None:
        """`standing`: what a newly linked node must be told, because it may have missed it."""
        self._address, self._secret, self._handle, self._standing = address, secret, handle, standing
        self._links: dict[web.WebSocketResponse, _Node] = {}
        self._strangers = 0
        self._runner: web.AppRunner | None = None

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen. OSError when the address is taken; a socket file nobody listens on is replaced."""
        app = web.Application()
        app.router.add_get(PATH, self._serve)
        # A connection that asks for nothing is closed as soon as one that proves nothing.
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=0.5, keepalive_timeout=HANDSHAKE_S
        )
        await self._runner.setup()
        site: web.BaseSite
        if self._address.scheme == "unix":
            site = web.SockSite(self._runner, _private_socket(self._address.path))
        else:
            site = web.TCPSite(self._runner, self._address.host, self._address.port, ssl_context=tls)
        await site.start()

    async def close(self) -> None:
        """Say goodbye to every node and stop listening."""
        await asyncio.gather(*(_close(link, WSCloseCode.GOING_AWAY, GOODBYE_S) for link in tuple(self._links)))
        if self._runner is not None:
            await self._runner.cleanup()
        if self._address.scheme == "unix":
            _remove(self._address.path)

    @property
    def links(self) -> int:
        """Nodes that have proved themselves."""
        return len(self._links)

    def tell(self, event: Event) -> None:
        """Queue one event for every node; a node that cannot take a fact has to link anew."""
        for link, node in tuple(self._links.items()):
            if not node.queue.put(event):
                log.warning("a hub node does not keep up and must link anew")
                self._drop(link)

    def _drop(self, link: web.WebSocketResponse) -> None:
        node = self._links.pop(link, None)
        if node is not None and node.transport is not None:
            node.transport.abort()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self._strangers >= MAX_STRANGERS or len(self._links) >= MAX_LINKS:
            return web.Response(status=503)
        link = web.WebSocketResponse(max_msg_size=MAX_MESSAGE, compress=False, timeout=1.0, decode_text=True)
        if not link.can_prepare(request):
            return web.Response(status=404)
        self._strangers += 1
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                await link.prepare(request)
                await self._admit(link)
        except (TimeoutError, Refused, ValidationError, TypeError, ConnectionError):
            log.warning("somebody could not prove to be a hub node")
            await _close(link, WSCloseCode.POLICY_VIOLATION)
            return link
        finally:
            self._strangers -= 1
        await self._linked(link, request.transport)
        return link

    async def _admit(self, link: web.WebSocketResponse) -> None:
        media = new_nonce()
        await link.send_str(Greeting(nonce=media).model_dump_json())
        claim = Claim.model_validate_json(await link.receive_str())
        nonces = Nonces(media, claim.nonce)
        nonces.check(self._secret, "hub", claim.proof)
        await link.send_str(Welcome(proof=nonces.proof(self._secret, "media")).model_dump_json())

    async def _linked(self, link: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        queue: TellQueue[Event] = TellQueue(is_lossy)
        standing = tuple(self._standing())
        self._links[link] = _Node(queue, transport)
        teller = asyncio.create_task(self._tell_all(link, standing, queue), name="media.api.tell")
        try:
            await self._answer_all(link)
        finally:
            self._links.pop(link, None)
            teller.cancel()
            await asyncio.gather(teller, return_exceptions=True)
            await _close(link, WSCloseCode.OK)

    async def _tell_all(
        self, link: web.WebSocketResponse, standing: tuple[Event, ...], queue: TellQueue[Event]
    ) -> None:
        """`standing` is as long as there are calls: it is told before, and not in, the bounded queue."""
        for event in standing:
            if not await self._send(link, write_event(event)):
                return
        while True:
            if not await self._send(link, write_event(await queue.get())):
                return

    async def _answer_all(self, link: web.WebSocketResponse) -> None:
        malformed = 0
        at_work: set[asyncio.Task[None]] = set()
        try:
            async for message in link:
                try:
                    if message.type is not WSMsgType.TEXT:
                        raise Malformed
                    number, request = read_request(message.data)
                except Malformed:
                    malformed += 1
                    if malformed > MAX_MALFORMED:
                        return
                    continue
                if len(at_work) >= MAX_AT_WORK:
                    await asyncio.wait(at_work, return_when=asyncio.FIRST_COMPLETED)
                # Tasks begin in order, and only what waits for the disk waits at all: order is kept.
                task = asyncio.create_task(self._answer_one(link, number, request), name="media.api.answer")
                at_work.add(task)
                task.add_done_callback(at_work.discard)
        finally:
            await asyncio.gather(*at_work, return_exceptions=True)

    async def _answer_one(self, link: web.WebSocketResponse, number: int, request: Request | Fault) -> None:
        await self._send(link, write_answer(number, await self._answer(request)))

    async def _answer(self, request: Request | Fault) -> Shape | Fault:
        if isinstance(request, Fault):
            return request
        try:
            return await self._handle(request)
        except Fault as fault:
            return fault
        except Exception as error:
            log.exception("a request failed", command=request.op, error=type(error).__name__)
            return Fault(MediaFault.INTERNAL)

    async def _send(self, link: web.WebSocketResponse, text: str) -> bool:
        try:
            async with asyncio.timeout(SEND_S):
                await link.send_str(text)
        except (TimeoutError, ConnectionError):
            self._drop(link)
            return False
        return True


async def _close(link: web.WebSocketResponse, code: int, patience_s: float = 1.0) -> None:
    if link.prepared:
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(patience_s):
                await link.close(code=code)


def answers(path: str) -> bool:
    """Whether somebody listens on this socket file."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def _private_socket(path: str) -> socket.socket:
    """Bound at `path`, for the owner alone; a file that a killed process left there is replaced."""
    if answers(path):
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    _remove(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        made.bind(path)
    except OSError:
        made.close()
        raise
    finally:
        os.umask(mask)
    return made


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        Path(path).unlink()


def server_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or better with this certificate. OSError when the files cannot be used."""
    context: Any = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context  # type: ignore[no-any-return]
