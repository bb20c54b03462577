"""Log lines: a static sentence and a few allowed attributes. Nothing a person wrote can get into one.

Three fences, each tested with marked secrets: attributes are allow-listed by name, type and length; exceptions are
shown as their type and the places they passed, never their text; a library's line is shown as its template, never
with its arguments filled in.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

import orjson
import structlog

from hub.engine.loggers import quiet_libraries

ALLOWED: Final = frozenset(
    {
        "attempt", "chain", "command", "component", "entries", "error", "fact", "hanging", "job", "kind", "left",
        "library",
        "mail", "n", "over", "owner", "ref", "refused", "rows", "seals", "seconds", "stage", "status", "streams",
        "task", "where",
    }
)  # fmt: skip
"""Names of attributes. `mail`, `ref` and `job` are ids or catalogue names; `error` and `kind` are types."""

MAX_TEXT: Final = 120
MAX_FRAMES: Final = 25
STATIC_FIRST_LINE: Final = frozenset({"asyncio"})
"""Libraries that build their lines themselves, but begin them with a sentence that holds no value."""

_ROOT: Final = Path(__file__).parents[1]

Line = MutableMapping[str, Any]


def configure(level: str = "INFO", *, console: bool = False, file: TextIO | None = None) -> None:
    """Set up the process's logging, once, before anything is logged. JSON lines unless somebody is looking."""
    renderer = structlog.dev.ConsoleRenderer(colors=True) if console else structlog.processors.JSONRenderer(_json)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            keep_allowed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file or sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[LibraryHandler()], force=True)
    logging.captureWarnings(True)
    quiet_libraries()


def keep_allowed(logger: object, method: str, line: Line) -> Line:
    """Drop what is not on the list, say what was dropped, and turn an exception into where it passed."""
    kept: Line = {name: line.pop(name) for name in ("at", "level", "event")}
    trace = _trace(line.pop("exc_info", None))
    refused = [name for name, value in line.items() if name not in ALLOWED or not _harmless(value)]
    kept.update((name, value) for name, value in line.items() if name not in refused)
    if trace:
        kept["trace"] = trace
    if refused:
        kept["dropped"] = sorted(refused)
    return kept


class LibraryHandler(logging.Handler):
    """Lines of libraries that use the standard logging, as templates."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line through our own fences."""
        structlog.get_logger().log(
            record.levelno,
            _template(record),
            library=record.name,
            where=f"{record.module}:{record.lineno}",
            exc_info=record.exc_info,
        )


def _template(record: logging.LogRecord) -> str:
    """The sentence the library's author wrote. Without arguments it may have been filled in already: not shown."""
    if record.args or record.name in STATIC_FIRST_LINE:
        return str(record.msg).partition("\n")[0][:MAX_TEXT]
    return "a library reported a problem"


def _harmless(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= MAX_TEXT)


def _trace(exc_info: object) -> list[str]:
    """`["ValueError", "hub/bus/log.py:12 append", …]`, outermost first; causes follow their consequence."""
    error = exc_info[1] if isinstance(exc_info, tuple) else sys.exc_info()[1] if exc_info is True else exc_info
    places: list[str] = []
    while isinstance(error, BaseException) and len(places) < MAX_FRAMES:
        places += [type(error).__name__, *_frames(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return places[:MAX_FRAMES]


def _frames(origin: TracebackType | None) -> list[str]:
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(origin)]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else "/".join(path.parts[-2:])


def _json(line: Line, **_: object) -> str:
    return orjson.dumps(line).decode()
