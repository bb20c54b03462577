"""Loggers of the libraries, kept from writing what clients sent."""

import logging
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

ENGINE_LOGGER: Final = "carewire.engineio"

# engineio and socketio write payloads at INFO; aiohttp.websocket writes the client's Sec-WebSocket-Protocol header,
# where some clients put tokens, at WARNING.
_LEVELS: Final = {
    ENGINE_LOGGER: logging.WARNING,
    "engineio": logging.WARNING,
    "engineio.server": logging.WARNING,
    "socketio": logging.WARNING,
    "socketio.server": logging.WARNING,
    "aiohttp.websocket": logging.ERROR,
}


class _ClientFaults(logging.Filter):
    """Drops what aiohttp writes about broken HTTP: the exception quotes the bytes the client sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, HttpProcessingError | web.RequestPayloadError)


_CLIENT_FAULTS: Final = _ClientFaults()


def quiet_libraries() -> logging.Logger:
    """Pin the libraries' levels, whatever the root logger is set to; returns the logger engineio is given."""
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
    logging.getLogger("aiohttp.server").addFilter(_CLIENT_FAULTS)
    return logging.getLogger(ENGINE_LOGGER)
