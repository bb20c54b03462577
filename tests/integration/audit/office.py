"""An audit office of one node: log and notary together, as the hub runs them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from hub.audit.keys import AuditKeys
from hub.audit.log import AuditLog
from hub.audit.notary import Notary
from hub.audit.settings import AuditSettings
from services.ports import AuditRow


def row(k: int = 0, **changed: str) -> AuditRow:
    """A row that differs from its neighbours."""
    return AuditRow(
        f"user-{k % 7}", f"session-{k % 11}", "message.create", f"c-{k % 5}", "ok", "socket", f"r-{k}"
    )._replace(**changed)


async def record(log: AuditLog, count: int, first: int = 0) -> None:
    """Record many rows, as many at once as there is room for."""
    for start in range(first, first + count, 1000):
        await asyncio.gather(*(log.record(row(k)) for k in range(start, min(start + 1000, first + count))))


@asynccontextmanager
async def office(
    database: AsyncDatabase[dict[str, Any]],
    keys: AuditKeys,
    seals: Path,
    boot_id: str = "boot-1",
    chain: str | None = None,
    settings: AuditSettings | None = None,
) -> AsyncIterator[tuple[AuditLog, Notary]]:
    log = None
    settings = settings or AuditSettings()
    chain = chain or "aud:3"
    notary = Notary(database, keys, chain, seals, settings)
    log = AuditLog(database, keys, notary, boot_id, settings, chain)
    await notary.start()
    try:
        yield log, notary
    finally:
        await log.close()
        await notary.close()
