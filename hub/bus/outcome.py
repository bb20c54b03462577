"""What an insert command tells about each of its documents."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

_DUPLICATE_KEY: Final = 11000


class Outcome(Enum):
    """The fate of one document of an insert command."""

    DURABLE = auto()
    """Majority-acknowledged and journaled."""
    LOST_RACE = auto()
    """Another entry stands at this number already."""
    REPEATED = auto()
    """An entry of this name is in the stream already; nothing yet says that it is majority-durable."""
    UNKNOWN = auto()
    """It may have been written, may still be written, or may be rolled back."""
    UNTRIED = auto()
    """It stood behind a failure in an ordered command."""


def of_bulk_error(details: Mapping[str, Any], documents: int, *, ordered: bool) -> list[Outcome]:
    """Outcomes by document index, from the details of a bulk write error."""
    written = Outcome.UNKNOWN if details.get("writeConcernErrors") else Outcome.DURABLE
    outcomes = [written] * documents
    for error in details.get("writeErrors", ()):
        index = int(error["index"])
        outcomes[index] = _of_write_error(error)
        if ordered:
            outcomes[index + 1 :] = [Outcome.UNTRIED] * (documents - index - 1)
    return outcomes


def _of_write_error(error: Mapping[str, Any]) -> Outcome:
    if error.get("code") != _DUPLICATE_KEY:
        return Outcome.UNKNOWN
    return Outcome.LOST_RACE if "_id" in error.get("keyPattern", {}) else Outcome.REPEATED
