"""Calls by the clock. Every node looks after all: with a lease, rings would wait for that of a node that was killed."""

from handlers.routing import Job
from services.calls.assembly import CallServices


def jobs(services: CallServices) -> list[Job]:
    """Nothing here depends on the node that began a call."""
    watch, sightings = services.watch, services.sightings
    return [
        Job("calls.due", watch.due, every_s=1, timeout_s=10),
        Job("calls.losses", sightings.tell_losses, every_s=0.5, timeout_s=10),
        Job("calls.heard", watch.heard, every_s=0.5, timeout_s=10),
        Job("calls.beat", sightings.beat, every_s=3, timeout_s=10),
        Job("calls.orphans", watch.orphans, every_s=2, timeout_s=10),
        Job("calls.review", watch.review, every_s=11, exclusive=True),
        Job("calls.dismiss_guests", services.guests.dismiss, every_s=0.5, timeout_s=10),
    ]
