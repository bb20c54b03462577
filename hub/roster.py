"""The roster: who is connected to this node, and the ways in which the hub ends a connection."""

import asyncio
from collections.abc import Iterator
from random import uniform
from typing import Final

from hub.connection import Connection
from hub.engine.frames import Frame, event_frame
from hub.metrics import Metrics
from models.errors import RECONNECT_AFTER, GoodbyeCode
from models.events.sync import HUB_GOODBYE, Goodbye
from models.ids import SessionId, UserId

FAREWELL_S: Final = 0.05
"""Between the goodbye and the cut, so that the goodbye leaves first."""
RECONNECT_SPREAD_MS: Final = 1_000
RESTART_SPREAD_MS: Final = 5_000


class Roster:
    """Connections of this node, by person."""

    def __init__(self, metrics: Metrics) -> None:
        self._by_user: dict[UserId, set[Connection]] = {}
        self._metrics = metrics
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Connection]:
        return (connection for group in self._by_user.values() for connection in group)

    def of(self, user_id: UserId) -> tuple[Connection, ...]:
        """The connections of one person, as a copy that may outlive changes."""
        return tuple(self._by_user.get(user_id, ()))

    def sessions(self) -> set[SessionId]:
        """Every session that is connected here."""
        return {connection.actor.session_id for group in self._by_user.values() for connection in group}

    def add(self, connection: Connection) -> None:
        """A client was admitted."""
        self._by_user.setdefault(connection.user_id, set()).add(connection)
        self._count += 1

    def remove(self, connection: Connection) -> None:
        """A client is gone."""
        group = self._by_user.get(connection.user_id)
        if group is None or connection not in group:
            return
        group.remove(connection)
        self._count -= 1
        if not group:
            del self._by_user[connection.user_id]

    def end(self, connection: Connection, code: GoodbyeCode) -> None:
        """Say goodbye and cut. The cut does not wait for a client that does not read."""
        spread = RESTART_SPREAD_MS if code is GoodbyeCode.RESTARTING else RECONNECT_SPREAD_MS
        connection.send(_goodbye(code, int(uniform(0, spread))))
        self._metrics.cuts.labels(code.value).inc()
        asyncio.get_running_loop().call_later(FAREWELL_S, connection.cut, code.value)

    def end_user(self, user_id: UserId, code: GoodbyeCode = GoodbyeCode.SESSION_ENDED) -> None:
        """End everything of one person."""
        for connection in self.of(user_id):
            self.end(connection, code)

    def end_session(self, user_id: UserId, session_id: SessionId) -> None:
        """End what belongs to one session of a person."""
        for connection in self.of(user_id):
            if connection.actor.session_id == session_id:
                self.end(connection, GoodbyeCode.SESSION_ENDED)

    def end_all(self) -> None:
        """The node is going down: a goodbye with a jittered hint for everybody, and the cut a moment later."""
        for connection in list(self):
            self.end(connection, GoodbyeCode.RESTARTING)


def _goodbye(code: GoodbyeCode, after_ms: int) -> Frame:
    told = Goodbye(code=code, reconnect=RECONNECT_AFTER[code], after_ms=after_ms)
    return event_frame(HUB_GOODBYE.name, told.__pydantic_serializer__.to_json(told))
