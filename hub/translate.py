"""Exceptions in, answers out: the one place where an error becomes an ack or a problem document (RFC 9457)."""

from typing import Any, Final

import orjson
from pydantic import ValidationError
from pymongo.errors import PyMongoError

from models.errors import HubError, Internal, Invalid, TryAgain

MAX_FIELDS: Final = 10
PROBLEM_TYPE: Final = "/docs/reference/errors#"


def as_hub_error(error: Exception) -> HubError:
    """The business error that `error` is, or means. Values a person sent never get into it."""
    if isinstance(error, HubError):
        return error
    if isinstance(error, ValidationError):
        return Invalid(fields=_fields(error))
    if isinstance(error, PyMongoError | TimeoutError):
        return TryAgain(after_ms=1000)
    return Internal()


def ack_body(error: HubError, ref: str) -> bytes:
    """`{"ok": false, "error": {…}}` as JSON text."""
    return orjson.dumps({"ok": False, "error": _common(error, ref) | {"message": error.text}})


def problem(error: HubError, ref: str) -> dict[str, Any]:
    """The same error as an `application/problem+json` document."""
    body = _common(error, ref)
    del body["ref"]
    return {
        "type": f"{PROBLEM_TYPE}{error.code}",
        "title": error.text,
        "status": error.status,
        "instance": f"urn:ref:{ref}",
        **body,
    }


def _common(error: HubError, ref: str) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code.value, "retryable": error.retryable, "ref": ref}
    if error.after_ms is not None:
        body["after_ms"] = error.after_ms
    if error.details:
        body["details"] = error.details
    return body


def _fields(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{_path(item['loc'])}: {item['type']}" for item in found[:MAX_FIELDS]]


def _path(location: tuple[int | str, ...]) -> str:
    """Where it is wrong. Keys a client invented are not echoed back at length."""
    return ".".join(str(part)[:40] for part in location) or "."
