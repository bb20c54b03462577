"""Recordings over the socket."""

from typing import Any

from handlers.routing import Route
from models.events.recordings import (
    RECORDING_ADD_BOOKMARK,
    RECORDING_ASK,
    RECORDING_CHANGE_BOOKMARK,
    RECORDING_COMPOSE,
    RECORDING_CONSENT,
    RECORDING_DELETE,
    RECORDING_GET,
    RECORDING_HOLD,
    RECORDING_LINK,
    RECORDING_LIST,
    RECORDING_LIST_ALL,
    RECORDING_POLICY,
    RECORDING_REMOVE_BOOKMARK,
    RECORDING_SET_POLICY,
    RECORDING_STOP,
    RECORDING_WATCHED,
)
from services.recordings import RecordingServices


def routes(recordings: RecordingServices) -> list[Route[Any, Any]]:
    """The commands of this noun."""
    calls, review, keeping = recordings.calls, recordings.review, recordings.keeping
    bookmarks, policies = recordings.bookmarks, recordings.policies
    return [
        Route(RECORDING_ASK, calls.ask),
        Route(RECORDING_STOP, calls.stop),
        Route(RECORDING_CONSENT, calls.consent),
        Route(RECORDING_LIST, review.list_visible),
        Route(RECORDING_LIST_ALL, review.list_all),
        Route(RECORDING_GET, review.get),
        Route(RECORDING_LINK, review.link),
        Route(RECORDING_WATCHED, review.watched),
        Route(RECORDING_ADD_BOOKMARK, bookmarks.add),
        Route(RECORDING_CHANGE_BOOKMARK, bookmarks.change),
        Route(RECORDING_REMOVE_BOOKMARK, bookmarks.remove),
        Route(RECORDING_COMPOSE, recordings.composing.compose),
        Route(RECORDING_DELETE, keeping.delete),
        Route(RECORDING_HOLD, keeping.set_hold),
        Route(RECORDING_POLICY, policies.get),
        Route(RECORDING_SET_POLICY, policies.set),
    ]
