"""The paths of calls by the clock."""

from datetime import UTC, datetime

from handlers.routing import Job
from services.calls.checks import ConnectionTests
from services.calls.steering import Steering


def jobs(steering: Steering, tests: ConnectionTests) -> list[Job]:
    """One node at a time looks at every call; each looks at its own connection tests."""

    async def forget_expired() -> None:
        await tests.forget_expired(datetime.now(UTC))

    return [
        Job("calls.paths", steering.review, every_s=2, timeout_s=4.0, exclusive=True),
        Job("connection.tests", forget_expired, every_s=11),
    ]
