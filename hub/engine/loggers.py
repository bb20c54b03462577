"""Loggers of the libraries, kept from writing what clients sent."""

import logging
from typing import Final

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


def quiet_libraries() -> logging.Logger:
    """Pin the libraries' levels, whatever the root logger is set to; returns the logger engineio is given."""
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
    return logging.getLogger(ENGINE_LOGGER)
