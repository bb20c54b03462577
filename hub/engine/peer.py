"""Peer: one namespace connection of one Socket.IO client, as the rest of the hub sees it."""

from typing import Any, Final, Protocol

from hub.engine.frames import Frame
from hub.engine.reasons import SLOW_CONSUMER


class Link(Protocol):
    """What a peer needs of the Engine.IO socket under it."""

    @property
    def buffered(self) -> int: ...

    @property
    def head_age_s(self) -> float: ...

    @property
    def transport_name(self) -> str: ...

    def push(self, frame: Frame) -> None: ...

    def push_packet(self, packet: bytes) -> None: ...

    def cut(self, reason: str) -> None: ...

    def on_malformed(self) -> None: ...


class _Gone:
    """The link of a peer that has left: takes everything and does nothing."""

    buffered: Final = 0
    head_age_s: Final = 0.0
    transport_name: Final = "none"

    def push(self, frame: Frame) -> None:
        pass

    def push_packet(self, packet: bytes) -> None:
        pass

    def cut(self, reason: str) -> None:
        pass

    def on_malformed(self) -> None:
        pass


_GONE: Final = _Gone()
_MAX_HELD: Final = 256  # frames during admission, which lasts seconds at most


class Peer:
    """A client in a namespace: admitted by the door, alive until the door hears `gone`.

    Several peers share a link when a client joins several namespaces over one socket.
    """

    __slots__ = ("__weakref__", "_held", "_link", "address", "context", "namespace", "sid", "user_agent")

    def __init__(self, link: Link, sid: str, namespace: str, address: str, user_agent: str) -> None:
        self._link: Link = link
        self._held: list[Frame] | None = []
        self.sid: Final = sid
        self.namespace: Final = namespace
        self.address: Final = address
        """The client's address, as told by the trusted proxies in front of us, or of the TCP peer."""
        self.user_agent: Final = user_agent
        self.context: Any = None
        """A place for the gateway's own state of this connection; the engine never looks at it."""

    def send(self, frame: Frame) -> None:
        """Send a frame; frames for one socket leave in order, those of one loop turn in one write.

        Never blocks and never raises: a peer that is gone drops the frame, one that does not read is cut.
        Frames sent while the peer is being admitted follow the CONNECT answer.
        """
        if self._held is None:
            self._link.push(frame)
        elif len(self._held) < _MAX_HELD:
            self._held.append(frame)
        else:
            self._link.cut(SLOW_CONSUMER)

    @property
    def buffered(self) -> int:
        """Bytes accepted by `send` which the kernel has not taken yet; of the whole socket."""
        return self._link.buffered

    @property
    def head_age_s(self) -> float:
        """How long the oldest buffered byte has been waiting, in seconds."""
        return self._link.head_age_s

    @property
    def transport_name(self) -> str:
        """`websocket` or `polling` at this moment; `none` when gone."""
        return self._link.transport_name

    def cut(self, reason: str) -> None:
        """End the socket now, without waiting for it; the door hears `gone(peer, reason)` in a later loop turn."""
        self._link.cut(reason)

    def malformed(self) -> None:
        """Count an event that no client of ours sends; too many of them within a minute end the socket."""
        self._link.on_malformed()

    # For the engine only:

    def answer(self, packet: bytes) -> None:
        """Send an acknowledgement packet."""
        self._link.push_packet(packet)

    def release(self) -> None:
        """The CONNECT answer is on its way: let held and later frames through."""
        held, self._held = self._held, None
        for frame in held or ():
            self._link.push(frame)

    def detach(self) -> None:
        """The peer has left its namespace: nothing reaches the client through it any more."""
        self._held = None
        self._link = _GONE


class Acknowledgement:
    """The `Reply` of one event."""

    __slots__ = ("_head", "_peer")

    def __init__(self, peer: Peer, head: bytes) -> None:
        self._peer: Peer | None = peer
        self._head = head

    def __call__(self, body: bytes, /) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            peer.answer(self._head + body + b"]")
