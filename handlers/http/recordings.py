"""Recordings over HTTP. The files themselves are served by a door of their own, on links from `recording.link`."""

from typing import Any

from handlers.routing import HttpRoute
from models.events.recordings import (
    RECORDING_ADD_BOOKMARK,
    RECORDING_CHANGE_BOOKMARK,
    RECORDING_COMPOSE,
    RECORDING_DELETE,
    RECORDING_GET,
    RECORDING_HOLD,
    RECORDING_LINK,
    RECORDING_LIST,
    RECORDING_LIST_ALL,
    RECORDING_POLICY,
    RECORDING_REMOVE_BOOKMARK,
    RECORDING_SET_POLICY,
    RECORDING_WATCHED,
)
from services.recordings import RecordingServices

ONE = "/recordings/{recording_id}"
MARK = ONE + "/bookmarks/{bookmark_id}"


def routes(recordings: RecordingServices) -> list[HttpRoute[Any, Any]]:
    """The commands of this noun, but those of a call that goes on: they need its live events."""
    review, keeping, bookmarks = recordings.review, recordings.keeping, recordings.bookmarks
    tag, page = "Recordings", ("conversation_id", "before", "limit")
    policies, register = recordings.policies, ("recording_id", "held", "cursor", "limit")
    return [
        HttpRoute(RECORDING_LIST, review.list_visible, "GET", "/recordings", query=page, tag=tag),
        HttpRoute(RECORDING_LIST_ALL, review.list_all, "GET", "/admin/recordings", query=register, tag=tag),
        HttpRoute(RECORDING_GET, review.get, "GET", ONE, tag=tag),
        HttpRoute(RECORDING_DELETE, keeping.delete, "DELETE", ONE, query=("cid",), tag=tag),
        HttpRoute(RECORDING_HOLD, keeping.set_hold, "PUT", ONE + "/hold", tag=tag),
        HttpRoute(RECORDING_LINK, review.link, "POST", ONE + "/links", success=201, tag=tag),
        HttpRoute(RECORDING_WATCHED, review.watched, "POST", ONE + "/watched", tag=tag),
        HttpRoute(RECORDING_COMPOSE, recordings.composing.compose, "POST", ONE + "/film", success=202, tag=tag),
        HttpRoute(RECORDING_ADD_BOOKMARK, bookmarks.add, "POST", ONE + "/bookmarks", success=201, tag=tag),
        HttpRoute(RECORDING_CHANGE_BOOKMARK, bookmarks.change, "PUT", MARK, tag=tag),
        HttpRoute(RECORDING_REMOVE_BOOKMARK, bookmarks.remove, "DELETE", MARK, query=("cid",), tag=tag),
        HttpRoute(RECORDING_POLICY, policies.get, "GET", "/recording-policy", tag=tag),
        HttpRoute(RECORDING_SET_POLICY, policies.set, "PUT", "/recording-policy", tag=tag),
    ]
