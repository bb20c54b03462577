"""What one connection follows, and how much it has been sent without saying that it has it."""

from collections import deque
from enum import Enum, auto
from typing import Any, NamedTuple, Protocol

from hub.bus.settings import SyncSettings
from hub.engine.frames import Frame


class Subscriber(Protocol):
    """A connection, as the bus needs it."""

    sync: Any
    """A slot for the bus's own state of the connection; None at first."""

    @property
    def user_id(self) -> str:
        """Whose connection it is."""
        ...

    @property
    def buffered(self) -> int:
        """Bytes sent that the client has not taken yet."""
        ...

    def send(self, frame: Frame) -> None:
        """Send; never waits, never raises."""
        ...

    def cut(self, reason: str) -> None:
        """End the connection without waiting for it."""
        ...


class Live(NamedTuple):
    """A live event, encoded once for everybody."""

    n: int
    frame: Frame
    size: int
    repeats: int = 0
    """Number of the earlier event that this one repeats a part of; 0 when it stands for itself."""
    abridged: Frame | None = None
    """Without the repeated part, for those who may not see the earlier event."""

    def seen_from(self, floor: int) -> Frame:
        """As those get it who may see nothing at or below `floor`."""
        return self.frame if self.abridged is None or self.repeats > floor else self.abridged


class Phase(Enum):
    """Where the following of a stream stands."""

    SYNCING = auto()
    """Being caught up: live events are kept until the page has left."""
    LIVE = auto()
    """Everything up to the cursor was sent, the next event is sent at once."""
    PULLING = auto()
    """The client has been told to ask again."""
    LAGGING = auto()
    """Out of credit, or too slow: the client is told once a second how far the stream has come."""


class Follow:
    """One stream followed by one connection."""

    __slots__ = ("allowed", "cursor", "floor", "follower", "head", "kept", "kept_bytes", "phase", "stream", "unacked")

    def __init__(self, follower: "Follower", stream: str, cursor: int) -> None:
        self.follower = follower
        self.stream = stream
        self.cursor = cursor
        """Last number sent (or had by the client)."""
        self.head = cursor
        """Highest number seen for this stream."""
        self.phase = Phase.SYNCING
        self.allowed = False
        """The gate has said yes; before that nothing may be sent."""
        self.floor = 0
        """The person may see nothing at or below it; known before anything is sent."""
        self.kept: list[Live] = []
        """Live events while syncing."""
        self.kept_bytes = 0
        self.unacked: deque[tuple[int, int]] = deque()
        """Number and size of live events sent and not acknowledged."""

    @property
    def current(self) -> bool:
        """Still the following of its stream: neither dropped, replaced nor closed."""
        return self.follower.follows.get(self.stream) is self

    def push(self, live: Live) -> None:
        """A live event, in log order."""
        n = live.n
        if self.phase is Phase.LIVE:
            if n == self.cursor + 1 and self.follower.has_credit(live.size):
                self._send(live)
            elif n > self.cursor:
                self.head = n
                self.lag()
        elif n > self.head:
            self.head = n
            if self.phase is Phase.SYNCING:
                self._keep(live)

    def lag(self) -> None:
        """Stop pushing; the client pulls when it can."""
        self.phase = Phase.LAGGING
        self.follower.lagging.add(self)

    def flush(self) -> None:
        """The page has left: send what was kept meanwhile, and go live."""
        kept, self.kept, self.kept_bytes = self.kept, [], 0
        self.phase = Phase.LIVE
        for live in kept:
            self.push(live)
        if self.phase is Phase.LIVE and self.head > self.cursor:
            self.lag()

    def pull(self) -> None:
        """The client has been told to ask again; nothing is kept for it."""
        self.kept.clear()
        self.kept_bytes = 0
        self.phase = Phase.PULLING

    def acknowledge(self, n: int) -> None:
        """The client has everything up to `n`."""
        follower = self.follower
        while self.unacked and self.unacked[0][0] <= n:
            follower.unacked_events -= 1
            follower.unacked_bytes -= self.unacked.popleft()[1]

    def forget(self) -> None:
        """Give the credit back; what is sent again is counted again."""
        self.acknowledge(2**53)
        self.follower.lagging.discard(self)

    def _send(self, live: Live) -> None:
        follower = self.follower
        self.cursor = self.head = live.n
        self.unacked.append((live.n, live.size))
        follower.unacked_events += 1
        follower.unacked_bytes += live.size
        follower.subscriber.send(live.seen_from(self.floor))

    def _keep(self, live: Live) -> None:
        # What does not fit is not missed: `flush` sees that the head is ahead of the cursor.
        settings = self.follower.settings
        if len(self.kept) < settings.window_events and self.kept_bytes + live.size <= settings.window_bytes:
            self.kept.append(live)
            self.kept_bytes += live.size


class Follower:
    """One connection's streams and its credit."""

    __slots__ = (
        "closed",
        "follows",
        "lagging",
        "settings",
        "slow_since",
        "subscriber",
        "unacked_bytes",
        "unacked_events",
    )

    def __init__(self, subscriber: Subscriber, settings: SyncSettings) -> None:
        self.subscriber = subscriber
        self.settings = settings
        self.follows: dict[str, Follow] = {}
        self.lagging: set[Follow] = set()
        self.unacked_events = 0
        self.unacked_bytes = 0
        self.slow_since: float | None = None
        self.closed = False

    @property
    def clogged(self) -> bool:
        """The client does not take what it is sent."""
        return self.subscriber.buffered > self.settings.buffered_bytes

    def has_credit(self, size: int) -> bool:
        """Whether one more live event may be sent. A single large one may always be, when nothing else is out."""
        if self.unacked_events == 0:
            return not self.clogged
        return (
            self.unacked_events < self.settings.window_events
            and self.unacked_bytes + size <= self.settings.window_bytes
            and not self.clogged
        )
