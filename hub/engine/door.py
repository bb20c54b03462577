"""The door: what the engine calls when something arrives. The gateway implements it."""

from collections.abc import Mapping
from typing import Protocol

from hub.engine.peer import Peer


class Reply(Protocol):
    """Answers one event; only the first call counts, and one to a peer that is gone is dropped."""

    def __call__(self, body: bytes, /) -> None:
        """`body` is the JSON text of the single argument of the client's acknowledgement callback."""


class Refused(Exception):
    """Raised by `Door.admit`: the client gets CONNECT_ERROR `{message, data: {code, **details}}`."""

    def __init__(self, code: str, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.details = details or {}


class Door(Protocol):
    """What the engine calls. Everything but `admit` runs inside the socket's reader and must return at once."""

    async def admit(self, peer: Peer, auth: object) -> None:
        """Let a client into a namespace, or raise `Refused`. `auth` is whatever JSON the client sent.

        A client that leaves meanwhile is reported `gone` as soon as this returns.
        """

    def receive(self, peer: Peer, name: str, payload: bytes, reply: Reply | None) -> None:
        """One event of an admitted peer, in arrival order.

        `payload` is the raw, unparsed JSON text of everything after the event name: empty without an argument,
        `a,b` with several, which is no JSON value. `reply` is None unless the client asked for an answer.
        """

    def gone(self, peer: Peer, reason: str) -> None:
        """The peer has left; called exactly once for each one that `admit` let in."""
