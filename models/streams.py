"""Names of event streams. Nothing else in the project builds or takes apart a stream name."""

import re
from enum import StrEnum
from typing import Final, NewType

StreamId = NewType("StreamId", str)


class StreamKind(StrEnum):
    """What a stream belongs to; the value is the prefix in its name."""

    CONVERSATION = "c"
    INBOX = "u"


PATTERN: Final = r"^[cu]:[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
"""What a well-formed stream name looks like (used by the catalogue's models and the contract)."""

_WELL_FORMED: Final = re.compile(r"([cu]):([A-Za-z0-9][A-Za-z0-9_-]{0,63})")


def conversation(conversation_id: str) -> StreamId:
    """The stream of everything that happens in one conversation."""
    return _named(StreamKind.CONVERSATION, conversation_id)


def inbox(user_id: str) -> StreamId:
    """The stream of everything addressed to one person."""
    return _named(StreamKind.INBOX, user_id)


def parse(stream: str) -> tuple[StreamKind, str]:
    """The kind and the owner's id of a stream name; ValueError (without the name in it) when it is malformed."""
    match = _WELL_FORMED.fullmatch(stream)
    if match is None:
        raise ValueError("malformed stream name")
    return StreamKind(match[1]), match[2]


def is_stream(value: object) -> bool:
    """Whether an untrusted value is a well-formed stream name."""
    return isinstance(value, str) and _WELL_FORMED.fullmatch(value) is not None


def _named(kind: StreamKind, owner: str) -> StreamId:
    name = f"{kind.value}:{owner}"
    if _WELL_FORMED.fullmatch(name) is None:
        raise ValueError("malformed stream owner")
    return StreamId(name)
