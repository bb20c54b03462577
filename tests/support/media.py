"""Real media processes, and a hub node's links to them."""

import asyncio
import base64
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hub.media.pool import Pool
from hub.media.settings import MediaSettings
from models.media import Event
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


class Process:
    """One `python -m media`, started as somebody on another machine would."""

    def __init__(self, folder: Path, secret: bytes, *, listen: str | None = None, **environment: str) -> None:
        self.folder = folder
        self.secret = secret
        self.address = listen or f"unix:{folder / f'm-{secrets.token_hex(4)}.sock'}"
        self._environment = environment
        self._process: asyncio.subprocess.Process
        self.port = 0

    async def start(self) -> None:
        """Until it is ready."""
        environment = {
            "PATH": os.environ["PATH"], "MEDIA_LISTEN": self.address, "MEDIA_ANNOUNCE": "own,127.0.0.1",
            "MEDIA_SECRET": base64.b64encode(self.secret).decode(), "RECORDINGS_DIR": str(self.folder / "recordings"),
            **self._environment,
        }  # fmt: skip
        with (self.folder / "media.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "media", cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), 30)).split()
        assert line, f"the media process did not start: {self.log}"
        self.port = int(line[1])

    @property
    def pid(self) -> int:
        """Of the system."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "media.log").read_text()

    async def end(self, signal_number: int) -> int:
        """Send a signal and wait for the end; the exit status."""
        if self._process.returncode is None:
            self._process.send_signal(signal_number)
        return await asyncio.wait_for(self._process.wait(), 10)

    async def close(self) -> None:
        """Whatever its state."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def resources(self) -> tuple[int, int]:
        """`(descriptors, threads)` of the process."""
        kernel = Path(f"/proc/{self.pid}")
        return len([*(kernel / "fd").iterdir()]), len([*(kernel / "task").iterdir()])

    def resident(self) -> int:
        """Bytes of memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Relays:
    """A pool linked to some processes, and everything they told."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.events: list[tuple[str, Event]] = []
        self.lost: list[tuple[str, float]] = []
        pool.listen(self._on_event, self._on_lost)

    def told(self, kind: str, **fields: object) -> list[Any]:
        """Events of that name with those fields."""
        return [
            event for _, event in self.events
            if event.event == kind and all(getattr(event, name) == value for name, value in fields.items())
        ]  # fmt: skip

    async def _on_event(self, process: str, event: Event) -> None:
        self.events.append((process, event))

    async def _on_lost(self, process: str) -> None:
        self.lost.append((process, time.monotonic()))


@asynccontextmanager
async def running_process(folder: Path, secret: bytes, **options: str) -> AsyncIterator[Process]:
    """A process, ended with the block."""
    process = Process(folder, secret, **options)
    await process.start()
    try:
        yield process
    finally:
        await process.close()


@asynccontextmanager
async def linked(*processes: Process, secret: bytes | None = None) -> AsyncIterator[Relays]:
    """A pool with links to these processes."""
    pool = Pool(MediaSettings(secret=secret or processes[0].secret, urls=tuple(it.address for it in processes)))
    relays = Relays(pool)
    pool.start()
    try:
        if secret is None:
            await until(lambda: len(pool.loads()) == len(processes), 10, what="links to the media processes")
        yield relays
    finally:
        await pool.close()
