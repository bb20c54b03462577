"""One node's link to one media process: connected again and again, requests matched with answers, events in order."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    TCPConnector,
    UnixConnector,
    WSCloseCode,
    WSMsgType,
)
from pydantic import ValidationError

from media.api.access import Claim, Greeting, Nonces, Refused, Welcome, new_nonce
from media.api.address import Address
from media.api.queue import LIMIT, TellQueue, is_lossy
from media.api.wire import Malformed, read_answer, read_told, write_request
from models.media import MAX_MESSAGE, Ask, Event, Load, Shape

CONNECT_S: Final = 1.5
BEAT_S: Final = 1.0
BEAT_ANSWER_S: Final = 3.0
"""Longer than a stall of either loop that calls survive; a killed process is noticed by its socket, at once."""
LOST_S: Final = 1.0
"""Without a link for so long, the process is gone."""
RETRY_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.0)
TELL_S: Final = 5.0
"""So long may one event occupy those who are told."""
MAX_PENDING: Final = 1024

log = structlog.get_logger(__name__)

_NOBODY_THERE = (ConnectionRefusedError, FileNotFoundError)
_ENDINGS = (ClientError, OSError, TimeoutError, Refused, Malformed, ValidationError, TypeError)


class NoLink(Exception):
    """The process cannot be asked now."""


class Link:
    """Kept up until `close`. Events and the loss are told by one task, in the order in which they happened."""

    def __init__(
        self, address: str, secret: bytes, tls: ssl.SSLContext | None,
        on_event: Callable[[str, Event], Awaitable[None]], on_lost: Callable[[str], Awaitable[None]],
    ) -> None:  # fmt: skip
        self.address = address
        self.load: Load | None = None
        """As of the last second; None without a link."""
        self.placed = 0
        """Calls that were sent there since `load`."""
        self._settled = asyncio.Event()
        """Linked, or lost."""
        self._secret, self._tls = secret, tls
        self._on_event, self._on_lost = on_event, on_lost
        self._where = Address.parse(address)
        self._socket: ClientWebSocketResponse | None = None
        self._pending: dict[int, tuple[Shape, asyncio.Future[Shape]]] = {}
        self._number = 0
        self._heard: TellQueue[Event | None] = TellQueue(is_lossy)
        self._told_lost = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to connect."""
        self._tasks = [
            asyncio.create_task(self._keep(), name="media.link"),
            asyncio.create_task(self._tell(), name="media.link.tell"),
        ]

    async def close(self) -> None:
        """Leave the process alone; whoever waits for an answer is told that there is none."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def linked(self) -> None:
        """Wait for the link, if it is only just being made; NoLink when the process is lost."""
        await self._settled.wait()
        if self.load is None:
            raise NoLink

    async def ask(self, request: Shape) -> Shape:
        """The answer. Raises NoLink, `media.api.wire.Fault`; the caller bounds the time."""
        socket = self._socket
        if socket is None or len(self._pending) >= MAX_PENDING:
            raise NoLink
        self._number += 1
        number = self._number
        answer: asyncio.Future[Shape] = asyncio.get_running_loop().create_future()
        self._pending[number] = (request, answer)
        try:
            await socket.send_str(write_request(number, request))
            return await answer
        except (ClientError, OSError):
            raise NoLink from None
        finally:
            self._pending.pop(number, None)

    async def give_up(self) -> None:
        """The process is known to have ended: what it said before is told, then the loss, then this is over."""
        self._tasks[0].cancel()
        await asyncio.gather(self._tasks[0], return_exceptions=True)
        self._lose()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TELL_S):
                await self._heard.emptied()
        await self.close()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        down_at, attempt = loop.time(), 0
        while True:
            gone = False
            try:
                gone = await self._session()
            except _ENDINGS as error:
                gone = isinstance(getattr(error, "os_error", None), _NOBODY_THERE)
                log.debug("no link to a media process", error=type(error).__name__)
            finally:
                if self.load is not None:
                    down_at, attempt = loop.time(), 0
                self._unlinked()
            if gone or loop.time() - down_at >= LOST_S:
                self._lose()
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    async def _session(self) -> bool:
        """One connection, until it breaks (raises) or ends; true when the process said goodbye."""
        unix = self._where.scheme == "unix"
        connector = UnixConnector(self._where.path) if unix else TCPConnector(ssl=self._tls or True)
        async with ClientSession(connector=connector, timeout=ClientTimeout(sock_connect=CONNECT_S)) as http:
            async with asyncio.timeout(CONNECT_S):
                socket = await http.ws_connect(
                    self._where.url, max_msg_size=MAX_MESSAGE, timeout=ClientWSTimeout(ws_close=0.5)
                )
                await self._authenticate(socket)
            self._socket = socket
            beat = asyncio.create_task(self._beat(socket), name="media.link.beat")
            try:
                await self._read(socket)
                return socket.close_code == WSCloseCode.GOING_AWAY
            finally:
                beat.cancel()
                await asyncio.gather(beat, return_exceptions=True)
                await socket.close()

    async def _authenticate(self, socket: ClientWebSocketResponse) -> None:
        greeting = Greeting.model_validate_json(await socket.receive_str())
        nonces = Nonces(greeting.nonce, new_nonce())
        await socket.send_str(Claim(nonce=nonces.hub, proof=nonces.proof(self._secret, "hub")).model_dump_json())
        try:
            welcome = Welcome.model_validate_json(await socket.receive_str())
            nonces.check(self._secret, "media", welcome.proof)
        except (TypeError, ValidationError, Refused):
            log.warning("a media process has another secret than this node")
            raise

    async def _read(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                raise Malformed
            told = read_told(message.data)
            if isinstance(told, tuple):
                self._answered(*told)
            elif self._heard.put(told):
                if len(self._heard) > LIMIT // 2:
                    await asyncio.sleep(0)  # messages that came together are read without a pause: let them be told
            else:
                log.warning("events of a media process come faster than they are taken; linking anew")
                return

    def _answered(self, number: int, fields: dict[str, Any]) -> None:
        request, answer = self._pending.get(number, (None, None))
        if request is None or answer is None or answer.done():
            return
        try:
            answer.set_result(read_answer(request, fields))
        except Exception as error:  # noqa: BLE001  whoever asked shall know
            answer.set_exception(error)

    async def _beat(self, socket: ClientWebSocketResponse) -> None:
        """Ask each second how busy the process is; one that does not answer is cut off."""
        try:
            while True:
                async with asyncio.timeout(BEAT_ANSWER_S):
                    load = await self.ask(Ask(op="stats"))
                assert isinstance(load, Load)
                self.load, self.placed, self._told_lost = load, 0, False
                self._settled.set()
                await asyncio.sleep(BEAT_S)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the process does not do its work
            log.warning("a media process does not answer", error=type(error).__name__)
            await socket.close(code=WSCloseCode.ABNORMAL_CLOSURE)

    def _unlinked(self) -> None:
        self._socket = None
        self.load = None
        if not self._told_lost:
            self._settled.clear()
        for _, answer in self._pending.values():
            if not answer.done():
                answer.set_exception(NoLink())

    def _lose(self) -> None:
        if not self._told_lost:
            self._told_lost = True
            self._settled.set()
            self._heard.put_last(None)

    async def _tell(self) -> None:
        while True:
            event = await self._heard.get()
            try:
                async with asyncio.timeout(TELL_S):
                    await (self._on_lost(self.address) if event is None else self._on_event(self.address, event))
            except Exception as error:
                log.exception("an event of a media process was not taken", error=type(error).__name__)
            self._heard.done()
