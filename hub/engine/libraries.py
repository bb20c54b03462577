"""The untyped libraries, under one roof.

`tests/integration/engine/test_contract.py` holds every name used from here to what the engine expects of it.
"""

from engineio import AsyncServer, exceptions, packet
from engineio.async_socket import AsyncSocket
from socketio import packet as socketio_packet

__all__ = ["AsyncServer", "AsyncSocket", "PolledPacket", "exceptions", "packet", "socketio_packet"]


class PolledPacket:
    """A packet that is text already, as engineio's `Payload` wants it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def encode(self, b64: bool = False) -> str:
        return self._text
