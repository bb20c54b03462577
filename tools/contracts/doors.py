"""The rows of the doors without a running hub: the tables are built over a stand-in, since only their rows are read."""

from typing import Any, cast

from handlers.routing import HttpRoute
from hub.tables import Services, http_routes, socket_routes
from models.events.base import CommandSpec
from models.events.sync import AUTH_REFRESH, HS_ACK, HS_SYNC


class _StandIn:
    """Has every attribute; stands where a service would be."""

    def __getattr__(self, name: str) -> "_StandIn":
        return self


def http_rows() -> list[HttpRoute[Any, Any]]:
    """Every row of the HTTP door."""
    return http_routes(_services())


def socket_commands() -> list[CommandSpec[Any, Any]]:
    """Every command and signal that the socket door takes, the gateway's own first."""
    return [HS_SYNC, HS_ACK, AUTH_REFRESH, *(route.spec for route in socket_routes(_services()))]


def _services() -> Services:
    return cast(Services, _StandIn())
