"""Which refusals a command can be answered with, and what they look like on each door."""

from typing import Any

from models.errors import ErrorCode, HubError
from models.events.base import CommandSpec, WritingCommand
from tools.contracts.schemas import Schema

_ALWAYS = (ErrorCode.INVALID, ErrorCode.TOO_FAST, ErrorCode.RETRY, ErrorCode.INTERNAL)
_SIGNED_IN = (ErrorCode.FORBIDDEN,)
_BEARER = (ErrorCode.UNAUTHENTICATED, ErrorCode.TOKEN_EXPIRED, ErrorCode.SESSION_ENDED)


def error_classes() -> list[type[HubError]]:
    """The business errors in the order of their codes."""
    order = list(ErrorCode)
    return sorted(HubError.__subclasses__(), key=lambda error: order.index(error.code))


def refusals(spec: CommandSpec[Any, Any]) -> list[type[HubError]]:
    """Whatever the door: what the pipeline and the service answer."""
    codes = {*_ALWAYS, *spec.errors}
    if spec.allow is not None:
        codes |= set(_SIGNED_IN)
        if not spec.unverified:
            codes.add(ErrorCode.UNVERIFIED)
        codes.add(ErrorCode.SECOND_FACTOR_SETUP_REQUIRED)
    if issubclass(spec.payload, WritingCommand):
        codes.add(ErrorCode.CID_CONFLICT)
    return _classes(codes)


def socket_refusals(spec: CommandSpec[Any, Any]) -> list[type[HubError]]:
    """What an ack can carry: also a full lane."""
    return _classes({error.code for error in refusals(spec)} | {ErrorCode.BUSY})


def http_refusals(spec: CommandSpec[Any, Any], *, path: bool, body: bool, cookies: bool) -> list[type[HubError]]:
    """What a problem document can carry: also what is wrong with the request itself."""
    codes = {error.code for error in refusals(spec)}
    if spec.allow is not None:
        codes |= set(_BEARER)
    if path:
        codes.add(ErrorCode.NOT_FOUND)
    if body:
        codes.add(ErrorCode.TOO_LARGE)
    if cookies:
        codes.add(ErrorCode.BAD_ORIGIN)
    return _classes(codes)


def ack_error_schema(codes: list[str]) -> Schema:
    """The error of an ack, limited to the codes that can occur."""
    return {
        "type": "object",
        "required": ["code", "message", "retryable", "ref"],
        "properties": {
            "code": {"type": "string", "enum": codes},
            "message": {"type": "string", "description": "For people; may change."},
            **_common(),
            "ref": {"type": "string", "description": "Finds the refusal in log and audit."},
        },
    }


def problem_schema(codes: list[str], status: int | None = None) -> Schema:
    """RFC 9457."""
    return {
        "type": "object",
        "required": ["type", "title", "status", "instance", "code", "retryable"],
        "properties": {
            "type": {"type": "string", "description": "Where the code is explained."},
            "title": {"type": "string", "description": "For people; may change."},
            "status": {"type": "integer"} | ({"const": status} if status else {}),
            "instance": {"type": "string", "description": "`urn:ref:…` finds the refusal in log and audit."},
            "code": {"type": "string", "enum": codes},
            **_common(),
        },
    }


def _common() -> dict[str, Schema]:
    return {
        "retryable": {"type": "boolean", "description": "Sending the same again later can succeed."},
        "after_ms": {"type": "integer", "minimum": 0, "description": "Wait this long first."},
        "details": {"type": "object", "description": "Named facts about the refusal, never what was typed."},
    }


def _classes(codes: set[ErrorCode]) -> list[type[HubError]]:
    return [error for error in error_classes() if error.code in codes]
