"""Recordings by the clock: what processes or nodes left undone, retention, films."""

from collections.abc import Awaitable, Callable

from handlers.routing import Job
from services.recordings import RecordingServices


def jobs(
    recordings: RecordingServices, compose: Callable[[], Awaitable[None]], tell: Callable[[], Awaitable[None]]
) -> list[Job]:
    """Leases keep nodes out of each other's way.

    `compose` looks whether a film is to be made, `tell` brings what was watched to the audit.
    """
    return [
        Job("recordings.follow", recordings.recorder.sweep, every_s=2, timeout_s=60, exclusive=True),
        Job("recordings.retention", recordings.keeping.expire, every_s=307, timeout_s=120, exclusive=True),
        Job("recordings.films", recordings.outdating.sweep, every_s=61, timeout_s=60, exclusive=True),
        Job("recordings.compose", compose, every_s=3),
        Job("recordings.watched", tell, every_s=11),
    ]
