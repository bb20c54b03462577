"""Starts the media processes of this node, and starts them again when they end."""

import asyncio
import base64
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import structlog

from hub.media.pool import Pool
from hub.media.settings import MediaSettings
from media.api.address import MAX_UNIX_PATH
from media.api.server import answers
from models.ids import new_id
from models.media_sockets import socket_name

ROOT: Final = Path(__file__).parents[2]
START_S: Final = 20.0
"""From the start of a process to its ready line; importing is slow on a busy machine."""
STEADY_S: Final = 30.0
"""A process that lived so long failed for a new reason."""
BACKOFF_S: Final = (0.0, 0.2, 1.0, 5.0, 15.0)
STOP_S: Final = 6.0
"""A little more than a process takes at most to finish its recordings."""
_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")
"""Of our environment; the hub's secrets are none of their business."""

log = structlog.get_logger(__name__)


class Supervisor:
    """`settings.processes` processes, each under a new address whenever it is started."""

    def __init__(self, settings: MediaSettings, pool: Pool, boot_id: str | None = None) -> None:
        self._settings, self._pool, self._boot_id = settings, pool, boot_id or new_id()
        self._folder = _socket_folder(settings.folder)
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.restarts = 0

    async def start(self) -> None:
        """Begin to keep them running; they are placed on as soon as they are ready."""
        if self._settings.processes:
            await asyncio.to_thread(_prepare_folder, self._folder)
        self._keepers = [
            asyncio.create_task(self._keep(number), name="media.supervisor")
            for number in range(self._settings.processes)
        ]

    def terminate(self) -> None:
        """Let them begin to finish their recordings and leave."""
        for keeper in self._keepers:
            keeper.cancel()
        for process in self._running.values():
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()

    async def stop(self) -> None:
        """End them. Whoever does not end in time ends with our end of the tether."""
        self.terminate()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(_end(process) for process in self._running.values()))
        if self._folder != self._settings.folder.absolute():
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    @property
    def pids(self) -> list[int]:
        """Of the processes that run now."""
        return [process.pid for process in self._running.values() if process.returncode is None]

    async def _keep(self, number: int) -> None:
        failures = 0
        while True:
            started_at = time.monotonic()
            try:
                status: int | None = await self._life(number)
            except OSError as error:
                status = None
                log.error("a media process could not be started", error=type(error).__name__)
            failures = 0 if time.monotonic() - started_at > STEADY_S else failures + 1
            log.error("a media process ended by itself and is started again", status=status, attempt=failures)
            self.restarts += 1
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])

    async def _life(self, number: int) -> int:
        """One process from its start to its end; its exit status."""
        address = f"unix:{self._folder / socket_name(self._boot_id, secrets.token_hex(4))}"
        process = await self._spawn(address)
        self._running[number] = process
        try:
            if await _ready(process):
                self._pool.add(address)
            else:
                process.kill()
            return await process.wait()
        finally:
            if process.returncode is not None:
                self._running.pop(number, None)
                Path(address.removeprefix("unix:")).unlink(missing_ok=True)  # noqa: ASYNC240
                await self._pool.remove(address)

    async def _spawn(self, address: str) -> asyncio.subprocess.Process:
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment |= {
            **self._settings.environment,
            "MEDIA_LISTEN": address,
            "MEDIA_SECRET": base64.b64encode(self._settings.secret).decode(),
        }
        # A session of its own: Ctrl-C in the terminal reaches the hub alone, which lets recordings be finished.
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "media", "--tethered", cwd=ROOT, env=environment,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip


async def _ready(process: asyncio.subprocess.Process) -> bool:
    assert process.stdout is not None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_S):
            return bool(await process.stdout.readline())
    return False


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_S):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


def _socket_folder(wanted: Path) -> Path:
    """`wanted`, or a folder of ours with a shorter path: the path of a Unix socket is limited."""
    folder = wanted.absolute()
    if len(str(folder / socket_name("0" * 12, "0" * 8)).encode()) <= MAX_UNIX_PATH:
        return folder
    return Path(tempfile.gettempdir()) / f"carewire-{os.getuid()}-{secrets.token_hex(4)}"


def _prepare_folder(folder: Path) -> None:
    """Ours alone, without the sockets of processes that were killed together with an earlier hub."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    for left in folder.glob("m-*.sock"):
        if not answers(str(left)):
            left.unlink(missing_ok=True)
