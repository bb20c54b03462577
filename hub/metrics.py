"""What the hub counts, for Prometheus. Labels come from closed vocabularies; nothing about a person."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Read = Callable[[], Mapping[tuple[str, ...], float]]
Kind = type[GaugeMetricFamily] | type[CounterMetricFamily]


class Metrics:
    """One registry per hub, so that two hubs in one process (tests) do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._answers = _Answers()
        self.registry.register(self._answers)
        self.command: Callable[[str, str, float], None] = self._answers.count
        """Count one answered command: its name, its outcome and the seconds it took."""
        self.cuts = Counter("carewire_cuts_total", "Sockets closed by the hub.", ("reason",), registry=self.registry)
        self.refused_connections = Counter(
            "carewire_refused_connections_total", "Connections refused.", ("code",), registry=self.registry
        )
        self.task_failures = Counter(
            "carewire_task_failures_total", "Background tasks that failed.", ("task",), registry=self.registry
        )

    def watch(self, name: str, description: str, read: Callable[[], float]) -> None:
        """A gauge that is read when somebody looks."""
        Gauge(name, description, registry=self.registry).set_function(read)

    def watch_family(self, name: str, description: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        """Gauges of one name, told apart by one label, read when somebody looks."""
        self.registry.register(_Family(GaugeMetricFamily, name, description, [label], _labelled(read)))

    def watch_total(self, name: str, description: str, read: Callable[[], float]) -> None:
        """A counter that somebody else keeps, read when somebody looks; shown as `name` with `_total`."""
        self.registry.register(_Family(CounterMetricFamily, name, description, [], lambda: {(): read()}))

    def watch_totals(self, name: str, description: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        """Counters of one name that somebody else keeps, told apart by one label."""
        self.registry.register(_Family(CounterMetricFamily, name, description, [label], _labelled(read)))

    def exposition(self) -> bytes:
        """Everything in the Prometheus text format."""
        return generate_latest(self.registry)


class _Answers(Collector):
    """Commands by name and outcome, and how long they took. Plain numbers: only the loop's thread counts here."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[str, str], int] = {}
        self._seconds: dict[str, list[float]] = {}
        """By command: how many took at most each bucket's bound and longer than the one before; last, their sum."""

    def count(self, name: str, outcome: str, seconds: float) -> None:
        """One more."""
        key = (name, outcome)
        self._outcomes[key] = self._outcomes.get(key, 0) + 1
        row = self._seconds.get(name)
        if row is None:
            row = self._seconds[name] = [0.0] * (len(LATENCY_BUCKETS_S) + 2)
        row[bisect_left(LATENCY_BUCKETS_S, seconds)] += 1
        row[-1] += seconds

    def collect(self) -> Iterable[CounterMetricFamily | HistogramMetricFamily]:
        """What Prometheus is shown."""
        counted = CounterMetricFamily("carewire_commands", "Commands answered.", labels=("command", "outcome"))
        for key, number in self._outcomes.items():
            counted.add_metric(key, number)
        yield counted
        took = HistogramMetricFamily("carewire_command_seconds", "From receipt to answer.", labels=("command",))
        bounds = [*map(str, LATENCY_BUCKETS_S), "+Inf"]
        for name, row in self._seconds.items():
            took.add_metric((name,), list(zip(bounds, accumulate(row[:-1]), strict=True)), row[-1])
        yield took


class _Family(Collector):
    def __init__(self, kind: Kind, name: str, description: str, labels: Sequence[str], read: Read) -> None:
        self._kind, self._name, self._description, self._labels, self._read = kind, name, description, labels, read

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        family = self._kind(self._name, self._description, labels=self._labels)
        for values, number in self._read().items():
            family.add_metric(values, number)
        yield family


def _labelled(read: Callable[[], Mapping[str, float]]) -> Read:
    return lambda: {(value,): number for value, number in read().items()}


class Pingable(Protocol):
    """A component that can say whether it works."""

    async def ping(self) -> None:
        """Return if well, raise if not; within a second."""
