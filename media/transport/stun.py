"""STUN binding requests and their answers (RFC 8489), as far as an ICE-lite agent meets them (RFC 8445)."""

import hmac
import ipaddress
import struct
import zlib
from dataclasses import dataclass
from typing import Final

COOKIE: Final = b"\x21\x12\xa4\x42"
HEADER: Final = 20
MAX_BYTES: Final = 1280
"""A binding request of a browser has about 100."""
BINDING_REQUEST: Final = 0x0001
BINDING_SUCCESS: Final = 0x0101
BINDING_ERROR: Final = 0x0111

USERNAME: Final = 0x0006
MESSAGE_INTEGRITY: Final = 0x0008
ERROR_CODE: Final = 0x0009
UNKNOWN_ATTRIBUTES: Final = 0x000A
XOR_MAPPED_ADDRESS: Final = 0x0020
PRIORITY: Final = 0x0024
USE_CANDIDATE: Final = 0x0025
FINGERPRINT: Final = 0x8028
ICE_CONTROLLED: Final = 0x8029
OPTIONAL: Final = 0x8000
"""Attributes from here on may be ignored by who does not know them."""
_KNOWN: Final = frozenset({USERNAME, MESSAGE_INTEGRITY, PRIORITY, USE_CANDIDATE})
_FINGERPRINT_XOR: Final = 0x5354554E
_INTEGRITY_BYTES: Final = 24
"""Of the attribute with its header."""

ROLE_CONFLICT: Final = (487, b"Role Conflict")
UNKNOWN_ATTRIBUTE: Final = (420, b"Unknown Attribute")


class MalformedStun(ValueError):
    """Not a STUN message."""

    def __init__(self) -> None:
        super().__init__("malformed STUN message")


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed message; attributes behind MESSAGE-INTEGRITY are not in it, for they are not authenticated."""

    type: int
    transaction: bytes
    attributes: dict[int, bytes]
    signed: bytes
    """What MESSAGE-INTEGRITY covers, with the header's length as it was when signed; empty without one."""

    def is_signed_with(self, key: bytes) -> bool:
        """Check MESSAGE-INTEGRITY (HMAC-SHA1)."""
        mac = self.attributes.get(MESSAGE_INTEGRITY, b"")
        return bool(self.signed) and hmac.compare_digest(hmac.digest(key, self.signed, "sha1"), mac)

    @property
    def unknown(self) -> list[int]:
        """Attributes that must be understood but are not."""
        return [kind for kind in self.attributes if kind < OPTIONAL and kind not in _KNOWN]


def parse(data: bytes) -> Message:
    """Raises `MalformedStun` for anything else than one whole message with a right FINGERPRINT, if it has one."""
    if not HEADER <= len(data) <= MAX_BYTES or data[4:8] != COOKIE or data[0] & 0xC0:
        raise MalformedStun
    kind, length = struct.unpack_from("!HH", data)
    if length % 4 or HEADER + length != len(data):
        raise MalformedStun
    attributes: dict[int, bytes] = {}
    signed = b""
    position = HEADER
    while position < len(data):
        attribute, size = struct.unpack_from("!HH", data, position)
        end = position + 4 + size
        if end > len(data):
            raise MalformedStun
        value = data[position + 4 : end]
        if attribute == FINGERPRINT:
            if end != len(data) or value != _fingerprint(data[:position]):
                raise MalformedStun
        elif not signed:
            attributes.setdefault(attribute, value)  # the first one counts (RFC 8489, 14)
            if attribute == MESSAGE_INTEGRITY:
                signed = data[:2] + struct.pack("!H", position - HEADER + _INTEGRITY_BYTES) + data[4:position]
        position = end + -size % 4
    return Message(kind, data[8:HEADER], attributes, signed)


def build(kind: int, transaction: bytes, attributes: list[tuple[int, bytes]], key: bytes) -> bytes:
    """A message signed with `key`, with FINGERPRINT."""
    body = b"".join(struct.pack("!HH", name, len(value)) + value + bytes(-len(value) % 4) for name, value in attributes)
    signed = struct.pack("!HH", kind, len(body) + _INTEGRITY_BYTES) + COOKIE + transaction + body
    body += struct.pack("!HH", MESSAGE_INTEGRITY, 20) + hmac.digest(key, signed, "sha1")
    head = struct.pack("!HH", kind, len(body) + 8) + COOKIE + transaction + body
    return head + struct.pack("!HH", FINGERPRINT, 4) + _fingerprint(head)


def success(request: Message, host: str, port: int, key: bytes) -> bytes:
    """The answer to an authenticated check from that address."""
    mapped = _xor_address(host, port, request.transaction)
    return build(BINDING_SUCCESS, request.transaction, [(XOR_MAPPED_ADDRESS, mapped)], key)


def refusal(request: Message, error: tuple[int, bytes], key: bytes) -> bytes:
    """An error answer; 420 names what was not understood."""
    code, reason = error
    attributes = [(ERROR_CODE, struct.pack("!HBB", 0, code // 100, code % 100) + reason)]
    if error is UNKNOWN_ATTRIBUTE:
        unknown = request.unknown
        attributes.append((UNKNOWN_ATTRIBUTES, struct.pack(f"!{len(unknown)}H", *unknown)))
    return build(BINDING_ERROR, request.transaction, attributes, key)


def _fingerprint(data: bytes) -> bytes:
    return struct.pack("!I", zlib.crc32(data) ^ _FINGERPRINT_XOR)


def _xor_address(host: str, port: int, transaction: bytes) -> bytes:
    address = ipaddress.ip_address(host.partition("%")[0])
    mask = (COOKIE + transaction)[: len(address.packed)]
    packed = bytes(a ^ b for a, b in zip(address.packed, mask, strict=True))
    return struct.pack("!BBH", 0, 1 if address.version == 4 else 2, port ^ 0x2112) + packed
