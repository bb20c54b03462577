"""A marked secret must not reach a log line, whichever way it tries."""

import asyncio
import io
import logging
import warnings
from collections.abc import Iterator

import orjson
import pytest
import structlog

from hub.logs import configure

CANARY = "canary-4f1d-patient-has-a-fever"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process would have written, as configured in production."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    configure("DEBUG", file=written)
    yield written
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level


def last(lines: io.StringIO) -> dict[str, object]:
    parsed: dict[str, object] = orjson.loads(lines.getvalue().splitlines()[-1])
    return parsed


def fail() -> None:
    raise ValueError(CANARY)


def test_an_allowed_attribute_is_written_with_its_sentence(lines: io.StringIO) -> None:
    structlog.get_logger().warning("rows not confirmed", rows=3, error="AutoReconnect")
    line = last(lines)
    assert (line["event"], line["rows"], line["error"]) == ("rows not confirmed", 3, "AutoReconnect")
    assert line["level"] == "warning"
    assert str(line["at"]).endswith("Z")


@pytest.mark.parametrize(
    "attributes",
    [{"text": CANARY}, {"error": [CANARY]}, {"error": ValueError(CANARY)}, {"kind": CANARY * 10}, {"n": {"x": CANARY}}],
)
def test_an_attribute_off_the_list_or_out_of_shape_is_named_but_not_shown(
    lines: io.StringIO, attributes: dict[str, object]
) -> None:
    structlog.get_logger().info("something happened", **attributes)
    assert CANARY not in lines.getvalue()
    assert last(lines)["dropped"] == list(attributes)


def test_an_exception_shows_its_type_and_path_but_not_its_text(lines: io.StringIO) -> None:
    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError:
        structlog.get_logger().exception("command failed", ref="r1")
    trace = last(lines)["trace"]
    assert isinstance(trace, list)
    assert {"RuntimeError", "ValueError"} <= set(trace)
    assert any("test_logs.py" in place and place.endswith(" fail") for place in trace)
    assert CANARY not in lines.getvalue()


def test_an_exception_given_by_hand_is_shown_the_same_way(lines: io.StringIO) -> None:
    structlog.get_logger().error("command failed", exc_info=ValueError(CANARY))
    assert last(lines)["trace"] == ["ValueError"]
    assert CANARY not in lines.getvalue()


def test_a_library_line_is_its_template(lines: io.StringIO) -> None:
    logging.getLogger("some.library").warning("received packet %s", CANARY)
    assert last(lines)["event"] == "received packet %s"
    assert last(lines)["library"] == "some.library"
    assert CANARY not in lines.getvalue()


def test_a_library_line_that_was_filled_in_already_is_not_shown(lines: io.StringIO) -> None:
    logging.getLogger("some.library").error(f"received {CANARY}")
    assert last(lines)["library"] == "some.library"
    assert CANARY not in lines.getvalue()


@pytest.mark.parametrize("name", ["socketio.server", "engineio.server", "some.library"])
def test_libraries_are_silent_below_warning(lines: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("received packet %s", CANARY)
    assert lines.getvalue() == ""


def test_a_warning_does_not_quote(lines: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, stacklevel=1)
    assert lines.getvalue()
    assert CANARY not in lines.getvalue()


def test_a_task_that_failed_unseen_is_reported_without_its_text(lines: io.StringIO) -> None:
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({"message": "Task exception was never retrieved", "exception": ValueError(CANARY)})
    loop.close()
    assert last(lines)["event"] == "Task exception was never retrieved"
    assert CANARY not in lines.getvalue()


def test_a_line_break_cannot_forge_a_line(lines: io.StringIO) -> None:
    structlog.get_logger().info("one", kind='x\n{"event": "forged"}')
    assert len(lines.getvalue().splitlines()) == 1
