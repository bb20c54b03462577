"""The untyped libraries, under one roof.

`tests/integration/engine/test_contract.py` holds every name used from here to what the engine expects of it.
"""

from engineio import AsyncServer, exceptions, packet  # type: ignore[import-untyped]
from engineio.async_socket import AsyncSocket  # type: ignore[import-untyped]
from engineio.payload import Payload  # type: ignore[import-untyped]
from socketio import packet as socketio_packet  # type: ignore[import-untyped]

__all__ = ["AsyncServer", "AsyncSocket", "Payload", "exceptions", "packet", "socketio_packet"]
