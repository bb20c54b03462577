"""Peer: one namespace connection of one Socket.IO client, as the rest of the hub sees it."""

from typing import Any, Final, Protocol

from hub.engine.frames import Frame


class Link(Protocol):
    """What a peer needs of the Engine.IO socket under it."""

    @property
    def buffered(self) -> int: ...

    @property
    def head_age_s(self) -> float: ...

    @property
    def transport_name(self) -> str: ...

    def push(self, frame: Frame) -> None: ...

    def cut(self, reason: str) -> None: ...


class Peer:
    """A client in a namespace: admitted by the door, alive until the door hears `gone`.

    Several peers share a link when a client joins several namespaces over one socket.
    """

    __slots__ = ("__weakref__", "_held", "_link", "address", "context", "namespace", "sid", "user_agent")

    def __init__(self, link: Link, sid: str, namespace: str, address: str, user_agent: str) -> None:
        self._link = link
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
        else:
            self._held.append(frame)

    @property
    def buffered(self) -> int:
        """Bytes accepted by `send` which the kernel has not taken yet."""
        return self._link.buffered

    @property
    def head_age_s(self) -> float:
        """How long the oldest buffered byte has been waiting, in seconds; never overstated."""
        return self._link.head_age_s

    @property
    def transport_name(self) -> str:
        """`websocket` or `polling`, at this moment."""
        return self._link.transport_name

    def cut(self, reason: str) -> None:
        """End the socket now, without waiting for it; the door hears `gone(peer, reason)` in a later loop turn."""
        self._link.cut(reason)

    def release(self) -> None:
        """The CONNECT answer is on its way: let held and later frames through. For the engine only."""
        held, self._held = self._held, None
        for frame in held or ():
            self._link.push(frame)
