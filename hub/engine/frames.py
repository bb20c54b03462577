"""Frames: what leaves through a socket, encoded once however many sockets it leaves through."""

from functools import lru_cache
from typing import Final

import orjson

ROOT: Final = "/"

_TEXT: Final = 0x81  # FIN + opcode text; servers never mask
_CLOSE: Final = 0x88
_PONG: Final = 0x8A


def websocket_frame(payload: bytes, first_byte: int = _TEXT) -> bytes:
    """One complete, unmasked, uncompressed WebSocket frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((first_byte, size)) + payload
    if size < 65536:
        return bytes((first_byte, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first_byte, 127)) + size.to_bytes(8, "big") + payload


def close_frame(code: int) -> bytes:
    """A WebSocket Close frame with a status code and no reason text."""
    return websocket_frame(code.to_bytes(2, "big"), _CLOSE)


def pong_frame(payload: bytes) -> bytes:
    """The answer to a WebSocket Ping."""
    return websocket_frame(payload, _PONG)


class Frame:
    """One Engine.IO text packet, ready for the wire.

    `wire` is the packet as WebSocket bytes; the text that a long-polling answer needs is cut out of it on demand,
    so that a broadcast to WebSockets never pays for it.
    """

    __slots__ = ("wire",)

    def __init__(self, packet: bytes) -> None:
        self.wire: Final = websocket_frame(packet)

    @property
    def text(self) -> str:
        """The Engine.IO packet without its WebSocket header, for a polling payload."""
        length_flag = self.wire[1]
        header = 2 if length_flag < 126 else 4 if length_flag == 126 else 10
        return self.wire[header:].decode()


@lru_cache(maxsize=1024)
def _event_head(name: str, namespace: str) -> bytes:
    return b"42" + namespace_prefix(namespace) + b"[" + orjson.dumps(name)


def namespace_prefix(namespace: str) -> bytes:
    """How a Socket.IO packet names its namespace: nothing for the root, `/name,` otherwise."""
    return b"" if namespace == ROOT else namespace.encode() + b","


def event_frame(name: str, payload_json: bytes, namespace: str = ROOT) -> Frame:
    """The Socket.IO event `name` with one argument, given as JSON text; without an argument if that is empty."""
    head = _event_head(name, namespace)
    return Frame(head + b"," + payload_json + b"]" if payload_json else head + b"]")
