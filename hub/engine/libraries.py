"""The untyped libraries, under one roof.

`tests/integration/engine/test_contract.py` holds every name used from here to what the engine expects of it.
"""

from engineio import AsyncServer, exceptions, packet
from engineio.async_socket import AsyncSocket
from engineio.payload import Payload
from socketio import packet as socketio_packet

__all__ = ["AsyncServer", "AsyncSocket", "Payload", "exceptions", "packet", "socketio_packet"]
