"""How requests, answers and events of `models.media` are written down: one JSON object per message."""

from typing import Annotated, Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.media import ANSWERS, EVENT, REQUEST, Empty, Event, MediaFault, Request, Shape

MAX_ID: Final = 2**53


class Fault(Exception):
    """A request is refused, with its code."""

    def __init__(self, fault: MediaFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Malformed(Exception):
    """Nothing that can be answered."""


class _Numbered(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)
    id: Annotated[int, Field(ge=1, le=MAX_ID)]


class _Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    fault: MediaFault


def write_request(number: int, request: Shape) -> str:
    """`{"id", "op", …}`."""
    return orjson.dumps({"id": number, **request.model_dump(mode="json")}).decode()


def read_request(text: str) -> tuple[int, Request | Fault]:
    """The request and its number. Without a number it is Malformed; with one it is at least refused."""
    fields = _object(text)
    number = _number(fields)
    try:
        return number, REQUEST.validate_python(fields)
    except ValidationError:
        return number, Fault(MediaFault.INVALID)


def write_answer(number: int, answer: Shape | Fault) -> str:
    """`{"id", "ok": true, …}` or `{"id", "ok": false, "fault"}`."""
    if isinstance(answer, Fault):
        return orjson.dumps({"id": number, "ok": False, "fault": answer.fault}).decode()
    return orjson.dumps({"id": number, "ok": True, **answer.model_dump(mode="json")}).decode()


def write_event(event: Shape) -> str:
    """`{"event", …}`."""
    return orjson.dumps(event.model_dump(mode="json")).decode()


def read_told(text: str) -> Event | tuple[int, dict[str, Any]]:
    """What a process says: an event, or the raw answer to the request of that number. Malformed."""
    fields = _object(text)
    if "id" in fields:
        return _number(fields), fields
    try:
        return EVENT.validate_python(fields)
    except ValidationError:
        raise Malformed from None


def read_answer(request: Shape, fields: dict[str, Any]) -> Shape:
    """The answer to that request. Raises Fault, or Malformed."""
    try:
        if fields.pop("ok", None) is True:
            return ANSWERS.get(str(getattr(request, "op", "")), Empty).model_validate(fields)
        raise Fault(_Refusal.model_validate(fields).fault)
    except ValidationError:
        raise Malformed from None


def _object(text: str) -> dict[str, Any]:
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Malformed from None
    if not isinstance(fields, dict):
        raise Malformed
    return fields


def _number(fields: dict[str, Any]) -> int:
    try:
        number = _Numbered.model_validate(fields).id
    except ValidationError:
        raise Malformed from None
    del fields["id"]
    return number
