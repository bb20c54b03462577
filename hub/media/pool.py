"""The media processes of this node, behind the port that calls know (`services.calls.ports.MediaPort`)."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import structlog

from hub.media.link import Link, NoLink
from hub.media.settings import MediaSettings
from media.api.wire import Fault, Malformed
from models.errors import HubError, MediaUnavailable, NotNow, SdpRefused
from models.media import Answer, Event, Load, MediaFault, Shape
from services.calls.ports import OnEvent, OnLost, OutOfReach

ASK_S: Final = 3.0
MAX_VISITED: Final = 64
"""Links to processes of other nodes."""
FULL_PACKETS: Final = 40_000.0
"""Packets a second at which a process counts as full, whatever its CPU says (100 relayed calls; see benchmarks)."""
FULL_LEGS: Final = 300
CALL_SHARE: Final = 0.01
"""What a call that was sent there within this second will probably cost."""
_FAULTS: Final[dict[MediaFault, type[HubError]]] = {
    MediaFault.UNKNOWN_CALL: NotNow,
    MediaFault.UNKNOWN_LEG: NotNow,
    MediaFault.STALE_OFFER: NotNow,
    MediaFault.BAD_ANSWER: SdpRefused,
}
"""All others mean that the process cannot serve: MediaUnavailable."""

log = structlog.get_logger(__name__)


class MediaUrlsNeeded(Exception):
    """Nodes run on several machines, and media processes of this one on Unix sockets, which the others cannot reach."""


async def _nowhere(_process: str) -> bool:
    return False


class Pool:
    """Links to every process of the configuration and of our supervisor, and to others when a call is there."""

    def __init__(self, settings: MediaSettings, is_elsewhere: Callable[[str], Awaitable[bool]] = _nowhere) -> None:
        """`is_elsewhere`: whether a process is behind a Unix socket of another machine, whose node is alive."""
        self.divided = False
        """Nodes on other machines are alive: a Unix socket of the configuration is another process for each."""
        self._is_elsewhere = is_elsewhere
        self._secret, self._urls = settings.secret, settings.urls
        self._tls = _tls(settings)
        self._own: dict[str, Link] = {}
        self._visited: dict[str, Link] = {}
        self._on_event: list[OnEvent] = []
        self._on_lost: list[OnLost] = []
        self._endings: set[asyncio.Task[None]] = set()

    def listen(self, on_event: OnEvent, on_lost: OnLost) -> None:
        """Who is told, after those who listen already."""
        self._on_event.append(on_event)
        self._on_lost.append(on_lost)

    def start(self) -> None:
        """Link to the processes of the configuration."""
        for url in self._urls:
            self.add(url)

    async def close(self) -> None:
        """Unlink; the processes go on."""
        links = [*self._own.values(), *self._visited.values()]
        self._own, self._visited = {}, {}
        await asyncio.gather(*(link.close() for link in links), *self._endings)

    def add(self, address: str) -> None:
        """A process calls may be placed on."""
        self._own[address] = self._link(address)

    async def remove(self, address: str) -> None:
        """It has ended: its calls must move."""
        link = self._own.pop(address, None)
        if link is not None:
            await link.give_up()

    def place(self, avoid: str | None = None) -> str | None:
        """The least busy process that takes calls; None if there is none."""
        able = [
            link for link in self._own.values()
            if link.load is not None and not link.load.draining and link.address != avoid
            and not (self.divided and link.address in self._urls and link.address.startswith("unix:"))
        ]  # fmt: skip
        if not able:
            return None
        chosen = min(able, key=_burden)
        chosen.placed += 1
        return chosen.address

    async def ask(self, process: str, request: Shape) -> Answer:
        """One request. Raises MediaUnavailable, OutOfReach, NotNow, SdpRefused, TryAgain (who runs it is not known)."""
        if process not in self._own and process not in self._visited and await self._is_elsewhere(process):
            raise OutOfReach
        try:
            async with asyncio.timeout(ASK_S):
                link = self._own.get(process) or self._visit(process)
                await link.linked()
                return await link.ask(request)  # type: ignore[return-value]  # of the shape `ANSWERS` names
        except Fault as fault:
            if fault.fault in (MediaFault.INVALID, MediaFault.INTERNAL):
                log.error("a media process refused a request", command=getattr(request, "op", ""), error=fault.fault)
            raise _FAULTS.get(fault.fault, MediaUnavailable)() from None
        except (TimeoutError, NoLink, Malformed):
            raise MediaUnavailable from None

    def loads(self) -> list[Load]:
        """How busy each process is that this node places calls on."""
        return [link.load for link in self._own.values() if link.load is not None]

    async def ping(self) -> None:
        """ConnectionError unless every process of ours is linked. MediaUrlsNeeded."""
        if self.divided and any(address.startswith("unix:") for address in self._own):
            raise MediaUrlsNeeded
        if not self._own or len(self.loads()) < len(self._own):
            raise ConnectionError

    def _link(self, address: str) -> Link:
        link = Link(address, self._secret, self._tls, self._heard, self._gone)
        link.start()
        return link

    def _visit(self, address: str) -> Link:
        """A process that another node supervises; forgotten as soon as it is lost."""
        link = self._visited.get(address)
        if link is None:
            if len(self._visited) >= MAX_VISITED:
                raise NoLink
            try:
                link = self._visited[address] = self._link(address)
            except ValueError:
                raise NoLink from None
        return link

    async def _heard(self, process: str, event: Event) -> None:
        for listener in self._on_event:
            await listener(process, event)

    async def _gone(self, process: str) -> None:
        log.warning("a media process is lost")
        visited = self._visited.pop(process, None)
        try:
            for listener in self._on_lost:
                await listener(process)
        finally:
            if visited is not None:
                ending = asyncio.create_task(visited.close(), name="media.link.end")
                self._endings.add(ending)
                ending.add_done_callback(self._endings.discard)


def _burden(link: Link) -> tuple[float, int]:
    """Share of the process that is taken: by CPU, packets or legs, whichever is the most."""
    load = link.load
    assert load is not None
    share = max(load.cpu, load.packets_per_s / FULL_PACKETS, load.legs / FULL_LEGS)
    return share + CALL_SHARE * link.placed, load.calls + link.placed


def _tls(settings: MediaSettings) -> ssl.SSLContext | None:
    wanted: Iterable[str] = settings.urls
    if not any(url.startswith("wss:") for url in wanted):
        return None
    return ssl.create_default_context(cafile=settings.certificates)
