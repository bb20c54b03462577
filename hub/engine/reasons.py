"""Why a socket ends: the closed list the engine itself uses. `Peer.cut` may add the gateway's own reasons."""

from typing import Final

CLIENT_DISCONNECT: Final = "client_disconnect"
TRANSPORT_CLOSE: Final = "transport_close"
TRANSPORT_ERROR: Final = "transport_error"
PING_TIMEOUT: Final = "ping_timeout"
CONNECT_TIMEOUT: Final = "connect_timeout"
SLOW_CONSUMER: Final = "slow_consumer"
MALFORMED: Final = "malformed"
TOO_LARGE: Final = "too_large"
TOO_MUCH: Final = "too_much"
"""More inbound bytes than one socket may send over a longer time."""
SERVER_SHUTDOWN: Final = "server_shutdown"
