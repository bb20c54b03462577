"""How the parties of a call connect, over the socket."""

from typing import Any

from handlers.routing import Route
from models.events.guests import CONNECTION_ANSWER_TEST, CONNECTION_END_TEST, CONNECTION_TEST
from models.events.signaling import (
    CALL_ANSWER_RELAY,
    CALL_CREDENTIALS,
    CALL_JOIN_RELAY,
    CALL_REPORT_PATH,
    CALL_REPORT_QUALITY,
    CALL_SIGNAL,
    CALL_WANT_VIDEOS,
)
from services.calls.checks import ConnectionTests
from services.calls.relay import RelayService
from services.calls.signaling import SignalingService


def routes(signaling: SignalingService, relay: RelayService, tests: ConnectionTests) -> list[Route[Any, Any]]:
    """The commands and the signal of this noun; `call.enter` is a row of calls."""
    return [
        Route(CALL_SIGNAL, signaling.signal),
        Route(CALL_CREDENTIALS, signaling.credentials),
        Route(CALL_REPORT_QUALITY, signaling.report_quality),
        Route(CALL_JOIN_RELAY, relay.join),
        Route(CALL_ANSWER_RELAY, relay.answer),
        Route(CALL_WANT_VIDEOS, relay.want),
        Route(CALL_REPORT_PATH, relay.report),
        Route(CONNECTION_TEST, tests.start),
        Route(CONNECTION_ANSWER_TEST, tests.answer),
        Route(CONNECTION_END_TEST, tests.end),
    ]
