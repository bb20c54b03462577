"""A message in its present state is the fold of what the log says about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models import streams
from services.chat.thread import folded
from services.ports import Event

STREAM = streams.conversation("c1")
START = datetime(2026, 1, 1, tzinfo=UTC)


def event(n: int, type_: str, **data: Any) -> Event:
    return Event(STREAM, n, type_, "u1", "d1", f"cid{n}", START + timedelta(seconds=n), data)


SENT = event(1, "chat.sent", text="first", reply_to=None)


def test_untouched() -> None:
    message = folded("c1", SENT, {})
    assert (message.text, message.edited_at, message.deleted_at) == ("first", None, None)
    assert (message.n, message.cid, message.author_id, message.sent_at) == (1, "cid1", "u1", SENT.at)


def test_the_last_edit_counts() -> None:
    edits = [event(2, "chat.edited", ref=1, text="second"), event(5, "chat.edited", ref=1, text="third")]
    message = folded("c1", SENT, {1: edits})
    assert (message.text, message.edited_at) == ("third", edits[1].at)


def test_a_deletion_hides_the_text_and_ends_the_story() -> None:
    changes = [
        event(2, "chat.deleted", ref=1),
        event(3, "chat.edited", ref=1, text="again"),
        event(4, "chat.deleted", ref=1),
    ]
    message = folded("c1", SENT, {1: changes})
    assert (message.text, message.edited_at, message.deleted_at) == ("", None, changes[0].at)


@given(st.lists(st.sampled_from(["chat.edited", "chat.deleted"]), max_size=8))
def test_deleted_exactly_when_a_deletion_is_among_the_changes(types: list[str]) -> None:
    changes = [event(n, type_, ref=1, text=str(n)) for n, type_ in enumerate(types, 2)]
    message = folded("c1", SENT, {1: changes})
    assert (message.deleted_at is not None) == ("chat.deleted" in types)
    assert bool(message.text) == ("chat.deleted" not in types)
