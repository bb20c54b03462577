"""Whether a hub process came through an attack unharmed: its log, its metrics, and that it still answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import ClientSession, ClientTimeout

COMPLAINTS: Final = (
    "Traceback", "was never retrieved", "was never awaited", "Exception ignored", "ResourceWarning", '"level":"error"',
)  # fmt: skip
"""Words of Python, asyncio and our own log that must not occur."""


@dataclass(frozen=True, slots=True)
class Soundness:
    """What the hub itself says."""

    complaints: list[str]
    internal_errors: int
    failed_tasks: int
    ready: bool

    @property
    def sound(self) -> bool:
        """Nothing crashed, nothing was unhandled, nothing was left lying about, and it still serves."""
        return self.ready and not (self.complaints or self.internal_errors or self.failed_tasks)


async def metrics_of(port: int) -> str:
    """Its metrics page."""
    async with ClientSession(timeout=ClientTimeout(10)) as session:
        return await (await session.get(f"http://127.0.0.1:{port}/metrics")).text()


async def is_ready(port: int) -> bool:
    """Whether it would take people now."""
    async with ClientSession(timeout=ClientTimeout(10)) as session:
        return (await session.get(f"http://127.0.0.1:{port}/readyz")).status == 200


def soundness(metrics: str, log: Path, *, ready: bool) -> Soundness:
    """What the metrics and the log come to."""
    lines = log.read_text().splitlines()
    return Soundness(
        complaints=[line for line in lines if any(word in line for word in COMPLAINTS)],
        internal_errors=counted(metrics, 'outcome="internal"'),
        failed_tasks=counted(metrics, "carewire_task_failures_total{"),
        ready=ready,
    )


def counted(metrics: str, marker: str) -> int:
    """The sum of the counters whose line has `marker`."""
    return int(
        sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if marker in line and "_total" in line)
    )


def open_files(pid: int) -> int:
    """File descriptors of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
