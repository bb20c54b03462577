"""What the hub shows of its media processes; sums, nothing about a call."""

from hub.media.pool import Pool
from hub.media.supervisor import Supervisor
from hub.metrics import Metrics


def watch(metrics: Metrics, pool: Pool, supervisor: Supervisor) -> None:
    """Gauges that are read when somebody looks."""
    loads = pool.loads
    metrics.watch("carewire_media_processes", "Media processes linked.", lambda: float(len(loads())))
    metrics.watch("carewire_media_calls", "Calls with media here.", lambda: float(sum(load.calls for load in loads())))
    metrics.watch("carewire_media_legs", "Legs of those calls.", lambda: float(sum(load.legs for load in loads())))
    metrics.watch(
        "carewire_media_packets",
        "Media packets received a second.",
        lambda: sum(load.packets_per_s for load in loads()),
    )
    metrics.watch(
        "carewire_media_recordings", "Calls being recorded.", lambda: float(sum(load.recordings for load in loads()))
    )
    metrics.watch(
        "carewire_media_busiest", "CPU of the busiest.", lambda: max((load.cpu for load in loads()), default=0)
    )
    metrics.watch(
        "carewire_media_lag_ms", "Worst delay of a loop.", lambda: max((load.lag_ms for load in loads()), default=0)
    )
    metrics.watch_total("carewire_media_restarts", "Media processes started again.", lambda: supervisor.restarts)
