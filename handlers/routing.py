"""Rows of the doors: plain frozen records, read by the hub, no decorator magic."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic

from models.events.base import C, CommandSpec, R
from services.unit import Unit

Method = Callable[[Unit, C], Awaitable[R]]
"""Every service method has this signature."""


@dataclass(frozen=True, slots=True)
class Route(Generic[C, R]):
    """A command reachable over the socket."""

    spec: CommandSpec[C, R]
    method: Method[C, R]


@dataclass(frozen=True, slots=True)
class HttpRoute(Generic[C, R]):
    """A command reachable over HTTP under `/api/v1`.

    Path and query parameters are merged with the JSON body into the command's payload (each name in one place only).
    `cookies` marks the few routes that read or set the refresh cookie (`unit.cookie`, `unit.set_cookie`): the door
    guards them against cross-site requests.
    """

    spec: CommandSpec[C, R]
    method: Method[C, R]
    verb: str
    path: str
    success: int = 200
    query: tuple[str, ...] = ()
    cookies: bool = False
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Recurring work. `every_s` values are mutually prime, so that jobs do not beat together."""

    name: str
    run: Callable[[], Awaitable[Any]]
    every_s: float
    timeout_s: float = 30.0
    exclusive: bool = field(default=False)
    """Only one node at a time runs it (a lease in the database)."""
