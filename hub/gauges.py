"""Gauges of a node that are read when somebody looks."""

from hub.audit.log import AuditLog
from hub.bus.log import EventLog
from hub.bus.lossy import Rooms
from hub.engine.server import EngineServer
from hub.metrics import Metrics
from hub.roster import Roster


def watch(metrics: Metrics, engine: EngineServer, roster: Roster, log: EventLog, audit: AuditLog, rooms: Rooms) -> None:
    """Sockets, what waits to be durable, and what was refused."""
    metrics.watch_family(
        "carewire_sockets", "Open sockets.", "transport",
        lambda: {name: float(number) for name, number in engine.sockets_by_transport.items()},
    )  # fmt: skip
    metrics.watch("carewire_connections", "Signed-in connections.", lambda: float(len(roster)))
    metrics.watch("carewire_appends_waiting", "Facts accepted and not yet durable.", lambda: log.unanswered)
    metrics.watch("carewire_audit_waiting", "Audit rows not yet durable.", lambda: audit.waiting)
    metrics.watch("carewire_rooms_connected", "1 while other nodes are heard.", lambda: float(rooms.connected))
    metrics.watch_total("carewire_rooms_dropped", "Lossy facts not told to other nodes.", lambda: rooms.dropped)
    counters = engine.counters
    metrics.watch_total("carewire_frames_in", "Packets received.", lambda: counters.frames_in)
    metrics.watch_total("carewire_frames_out", "Packets sent.", lambda: counters.frames_out)
    metrics.watch_total("carewire_malformed", "Packets no stock client sends.", lambda: counters.malformed)
    metrics.watch_total("carewire_engine_faults", "Exceptions out of the door.", lambda: counters.faults)
    metrics.watch_totals("carewire_sockets_ended", "Sockets ended.", "reason", lambda: counters.ended)
    metrics.watch_totals("carewire_engine_refused", "Requests and joins refused.", "code", lambda: counters.refused)
