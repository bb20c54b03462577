"""Socket.IO packets as bytes: what an event frame says, without decoding its payload."""

from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from hub.engine.frames import ROOT
from models.errors import BinaryNotAllowed, HubError, Internal, Invalid

# connect and disconnect would run as our own lifecycle events; the others are reserved by the JavaScript client.
RESERVED: Final = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
_MAX_NAME: Final = 128  # bytes of JSON text
_MAX_NAMESPACE: Final = 64
_MAX_ACK_DIGITS: Final = 20


class Event(NamedTuple):
    """An EVENT packet. `name` is None when no handler may ever see it: forged, reserved or not a string."""

    namespace: str
    ack: bytes
    name: str | None
    payload: bytes


class Head(NamedTuple):
    """What stands before the JSON array of an event."""

    namespace: str
    ack: bytes
    body_at: int


def parse_event(data: bytes) -> Event | None:
    """Read `42[/namespace,][ack]["name",...]`; None if it is not even that."""
    head = _parse_head(data, 2)
    if head is None:
        return None
    namespace, ack, at = head
    quote = data.find(b'"', at + 2)
    end = len(data) - 1
    if data[at + 1] == 0x22 and quote > 0 and data[end] == 0x5D:
        if quote + 1 == end:
            return Event(namespace, ack, _event_name(data[at + 2 : quote]), b"")
        if data[quote + 1] == 0x2C and quote + 2 < end:
            return Event(namespace, ack, _event_name(data[at + 2 : quote]), data[quote + 2 : end])
    name, payload = _parse_loosely(data[at:])
    return Event(namespace, ack, name, payload)


def parse_binary_head(data: bytes) -> Head | None:
    """Read `45<attachments>-[/namespace,][ack][` far enough to answer it."""
    dash = data.find(b"-", 2, 16)
    return None if dash < 0 else _parse_head(data, dash + 1)


def _parse_head(data: bytes, at: int) -> Head | None:
    namespace = ROOT
    if data[at : at + 1] == b"/":
        comma = data.find(b",", at, at + _MAX_NAMESPACE)
        if comma < 0:
            return None
        namespace = data[at:comma].split(b"?", 1)[0].decode("ascii", "replace")
        at = comma + 1
    bracket = data.find(b"[", at, at + _MAX_ACK_DIGITS + 1)
    if bracket < 0 or bracket + 1 == len(data):
        return None
    ack = data[at:bracket]
    return None if ack and not ack.isdigit() else Head(namespace, ack, bracket)


def _event_name(text: bytes) -> str | None:
    return _known_name(text) if len(text) <= _MAX_NAME else None


@lru_cache(maxsize=1024)
def _known_name(text: bytes) -> str | None:
    try:
        name = orjson.loads(b'"' + text + b'"')
    except orjson.JSONDecodeError:
        return None
    return name if isinstance(name, str) and name and name not in RESERVED else None


def _parse_loosely(body: bytes) -> tuple[str | None, bytes]:
    """The slow way, for JSON written with spaces; no stock client sends it."""
    try:
        parts = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None, b""
    if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        return None, b""
    name = _event_name(orjson.dumps(parts[0])[1:-1])
    return name, b",".join(orjson.dumps(part) for part in parts[1:])


def _refusal(error: type[HubError]) -> bytes:
    body = {"code": error.code.value, "message": error.text, "retryable": error.retryable}
    return orjson.dumps({"ok": False, "error": body})


BINARY_REFUSED: Final = _refusal(BinaryNotAllowed)
MALFORMED_REFUSED: Final = _refusal(Invalid)
FAULT_REFUSED: Final = _refusal(Internal)
