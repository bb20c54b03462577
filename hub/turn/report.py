"""What `python -m hub calls check` finds out about this hub's own side of calls, in plain words."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hub.media.pool import Pool
from hub.media.settings import MediaSettings
from hub.media.supervisor import Supervisor
from hub.turn.probe import USER, Probe, allocation
from hub.turn.url import ServerUrl
from models.events.guests import ServerCheck
from services.calls.turn import TurnServers, TurnSettings

LINK_S: Final = 20.0
LOOK_S: Final = 0.1
LEAST_FREE: Final = 2 << 30

_TURN: Final = {
    ServerCheck.OK: "{url} relays for us.",
    ServerCheck.UNREACHABLE: "Nothing answers at {url}. Is coturn running there, is the name right, is the port open?",
    ServerCheck.REFUSED: "{url} answers, but refuses our credentials. Compare TURN_SECRET with its static-auth-secret,"
    " and the clocks of both machines.",
}
_RELAY: Final = {
    ServerCheck.OK: "The relay answers on its UDP port.",
    ServerCheck.UNREACHABLE: "The relay runs, but its UDP port does not answer at the addresses it announces."
    " Compare MEDIA_ANNOUNCE with the machine's addresses, and open MEDIA_PORTS for UDP.",
    ServerCheck.REFUSED: "The media process runs, but takes no call.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence; `fine` unless something has to be done."""

    fine: bool
    text: str


async def findings(turn: TurnSettings, media: MediaSettings, recordings: Path) -> list[Finding]:
    """TURN servers, the relay, the recordings' folder: each is tried."""
    servers = TurnServers(turn)
    return [*await _turn(servers), *await _relay(servers, media), await asyncio.to_thread(_folder, recordings)]


def text_of(found: list[Finding]) -> str:
    """A line each."""
    return "\n".join(f"{'ok   ' if one.fine else 'WRONG'}  {one.text}" for one in found)


async def _turn(servers: TurnServers) -> list[Finding]:
    issued = servers.issue(USER, datetime.now(UTC), 60)
    ways = [(url, server) for server in issued.ice_servers if server.username for url in server.urls]
    if not ways:
        return [Finding(True, "No TURN server is set (TURN_URLS): who cannot connect directly uses the relay.")]
    checks = await asyncio.gather(
        *(allocation(url, server.username or "", server.credential or "") for url, server in ways)
    )
    return [Finding(check is ServerCheck.OK, _text(url, check)) for (url, _), check in zip(ways, checks, strict=True)]


def _text(url: str, check: ServerCheck) -> str:
    told = _TURN[check].format(url=url)
    if check is ServerCheck.UNREACHABLE and ServerUrl.parse(url).secure:
        told += " Is its certificate valid for that name?"
    return told


async def _relay(servers: TurnServers, media: MediaSettings) -> list[Finding]:
    """Beside a running hub: the processes it links to elsewhere, or one more of our own with the same settings."""
    if not media.processes and not media.urls:
        return [Finding(False, "There is no media process (MEDIA_PROCESSES, MEDIA_URLS): no relay, no recordings.")]
    async with _linked(media) as pool:
        process = await _placed(pool)
        if process is None:
            return [Finding(False, "No media process can be reached. Look at its log; compare MEDIA_SECRET.")]
        check = await Probe(pool, servers).relay(process)
    return [Finding(check is ServerCheck.OK, _RELAY[check])]


@contextlib.asynccontextmanager
async def _linked(media: MediaSettings) -> AsyncIterator[Pool]:
    one = replace(media, processes=min(media.processes, 1))
    pool = Pool(one)
    supervisor = Supervisor(one, pool)
    pool.start()
    await supervisor.start()
    try:
        yield pool
    finally:
        await pool.close()
        await supervisor.stop()


async def _placed(pool: Pool) -> str | None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINK_S):
            while (process := pool.place()) is None:  # noqa: ASYNC110  for seconds, in a command
                await asyncio.sleep(LOOK_S)
            return process
    return None


def _folder(recordings: Path) -> Finding:
    try:
        recordings.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=recordings) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(recordings).free
    except OSError as error:
        return Finding(False, f"The folder of recordings cannot be written to: {error.strerror} (RECORDINGS_DIR).")
    if free < LEAST_FREE:
        return Finding(False, f"The folder of recordings has {free >> 20} MiB left; a visit takes about 10 a minute.")
    return Finding(True, "The folder of recordings can be written to.")
