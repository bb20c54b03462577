"""What the hub counts, for Prometheus. Labels come from closed vocabularies; nothing about a person."""

from collections.abc import Callable, Iterable
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One registry per hub, so that two hubs in one process (tests) do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._commands = Counter(
            "carewire_commands_total", "Commands answered.", ("command", "outcome"), registry=self.registry
        )
        self._latency = Histogram(
            "carewire_command_seconds", "From receipt to answer.", ("command",), buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )  # fmt: skip
        self.cuts = Counter("carewire_cuts_total", "Sockets closed by the hub.", ("reason",), registry=self.registry)
        self.refused_connections = Counter(
            "carewire_refused_connections_total", "Connections refused.", ("code",), registry=self.registry
        )
        self.task_failures = Counter(
            "carewire_task_failures_total", "Background tasks that failed.", ("task",), registry=self.registry
        )
        self._children: dict[tuple[str, str], tuple[Callable[[], None], Callable[[float], None]]] = {}

    def command(self, name: str, outcome: str, seconds: float) -> None:
        """Count one answered command. Children are kept, since looking them up costs more than counting."""
        child = self._children.get((name, outcome))
        if child is None:
            child = (self._commands.labels(name, outcome).inc, self._latency.labels(name).observe)
            self._children[(name, outcome)] = child
        child[0]()
        child[1](seconds)

    def watch(self, name: str, description: str, read: Callable[[], float]) -> None:
        """A gauge that is read when somebody looks."""
        Gauge(name, description, registry=self.registry).set_function(read)

    def watch_family(self, name: str, description: str, label: str, read: Callable[[], dict[str, float]]) -> None:
        """Gauges of one name, told apart by one label, read when somebody looks."""
        self.registry.register(_Family(name, description, label, read))

    def exposition(self) -> bytes:
        """Everything in the Prometheus text format."""
        return generate_latest(self.registry)


class _Family(Collector):
    def __init__(self, name: str, description: str, label: str, read: Callable[[], dict[str, float]]) -> None:
        self._name, self._description, self._label, self._read = name, description, label, read

    def collect(self) -> Iterable[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._description, labels=[self._label])
        for value, number in self._read().items():
            family.add_metric([value], number)
        yield family


class Pingable(Protocol):
    """A component that can say whether it works."""

    async def ping(self) -> None:
        """Return if well, raise if not; within a second."""
