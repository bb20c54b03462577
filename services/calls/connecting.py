"""Plugs together what connects the parties of a call: signaling, TURN, paths, the connection test."""

from dataclasses import dataclass

from services.calls.book import CallBook
from services.calls.checks import ConnectionTests
from services.calls.errands import Errands
from services.calls.media_news import MediaNews
from services.calls.paths import PathPolicy
from services.calls.ports import MediaPort, ProbePort
from services.calls.relay import RelayService
from services.calls.signaling import SignalingService
from services.calls.steering import Steering
from services.calls.turn import TurnServers
from services.ports import RoomsPort


@dataclass(frozen=True, slots=True)
class PathSettings:
    """How calls may be connected here."""

    policy: PathPolicy = PathPolicy.AUTO
    loopback: bool = False
    """Whether candidates on loopback are passed on: browsers of one developer's machine."""


class Connecting:
    """The parts, ready for the doors and the clock."""

    def __init__(
        self, boot_id: str, settings: PathSettings, book: CallBook, told: RoomsPort, media: MediaPort,
        servers: TurnServers, probe: ProbePort,
    ) -> None:  # fmt: skip
        self._errands = Errands()
        self.signaling = SignalingService(book, servers, loopback=settings.loopback)
        self.relay = RelayService(book, media)
        self.steering = Steering(book, media, told, self._errands, settings.policy)
        self.news = MediaNews(book, told, self._errands, boot_id)
        self.tests = ConnectionTests(media, servers, probe)

    async def close(self) -> None:
        """What is under way ends; another node's review finds what it left."""
        await self._errands.close()
