"""What is measured, and where: both servers as children on one core, load and databases together on the other."""

import asyncio
import base64
import json
import os
import re
import resource
import secrets
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub.mongo.data import free_port
from hub.mongo.embedded import EmbeddedMongo
from services.keyring import KeyRing
from tests.bench.scenarios import Target

ROOT: Final = Path(__file__).resolve().parents[2]
PEER: Final = ROOT / "tests" / "bench" / "peer"
INSTALLED: Final = ROOT / ".cache" / "bench-peer"
HUB_COMMAND: Final = (sys.executable, "-m", "hub")
DATABASE: Final = "bench"
SERVER_CORE: Final = 0
LOAD_CORE: Final = 1
START_S: Final = 60.0
STOP_S: Final = 12.0
OPEN_FILES: Final = 16_384


class BenchError(Exception):
    """The benchmark cannot go on; the sentence says why."""


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class Keys:
    """Key material of one run: what the hub is given by environment and the clinic signs tokens with."""

    token_keys: str = field(default_factory=lambda: f"k1:{_key()}", repr=False)
    field_keys: str = field(default_factory=lambda: f"k1:{_key()}", repr=False)
    index_key: str = field(default_factory=_key, repr=False)
    password_pepper: str = field(default_factory=_key, repr=False)
    audit_key: str = field(default_factory=_key, repr=False)
    jwt_secret: str = field(default_factory=_key, repr=False)

    @property
    def token_ring(self) -> KeyRing:
        """The ring that access tokens are signed with."""
        return KeyRing.parse(self.token_keys)


class Server:
    """One server process under test, and the port it listens on. The same port after a kill and a restart."""

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str], ready: re.Pattern[str], log: Path,
                 *, directory: Path, syncs: bool) -> None:  # fmt: skip
        self._command = command
        self._ready = ready
        self._log = log
        self._directory = directory
        self.syncs = syncs
        self.port = free_port()
        self._environment = {**os.environ, **environment, "PORT": str(self.port)}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def target(self) -> Target:
        """Where the load goes."""
        assert self._process is not None
        return Target(self.port, self._process.pid, self.syncs)

    async def start(self) -> None:
        """Start the process on the server core and wait for its ready line."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=self._directory, env=self._environment, stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        os.sched_setaffinity(self._process.pid, {SERVER_CORE})
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(START_S):
                while line := await self._process.stdout.readline():
                    if self._ready.search(line.decode()):
                        return
        except TimeoutError:
            self._process.kill()
        raise BenchError(f"a server did not start; its last words are in {self._log}")

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """As a crash ends it."""
        await self._end(signal.SIGKILL)

    async def _end(self, sign: signal.Signals) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(sign)
        try:
            async with asyncio.timeout(STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@dataclass
class Rig:
    """Two databases, one for each side, so that neither fills the other's caches."""

    directory: Path
    keys: Keys
    hub_uri: str
    peer_uri: str
    _started: list[Server] = field(default_factory=list)

    def hub(self, *, seals: str = "a") -> Server:
        """A node of the hub; `seals` keeps the files of two nodes apart."""
        keys = self.keys
        environment = {
            "ENVIRONMENT": "test", "DATA_DIR": str(self.directory / f"hub-{seals}"), "MONGODB_URI": self.hub_uri,
            "MONGODB_DATABASE": DATABASE, "LOG_LEVEL": "WARNING", "RATE_SCALE": "1000000",
            "MAX_UNAUTHENTICATED": "5000", "MAX_UNAUTHENTICATED_PER_ADDRESS": "5000",
            "MAX_INBOUND_BYTES_PER_S": "1000000000",
            "TOKEN_KEYS": keys.token_keys, "FIELD_KEYS": keys.field_keys, "INDEX_KEY": keys.index_key,
            "PASSWORD_PEPPER": keys.password_pepper, "AUDIT_KEY": keys.audit_key,
        }  # fmt: skip
        ready = re.compile(r"is ready at")
        log = self.directory / "hub.log"
        return self._made(Server(HUB_COMMAND, environment, ready, log, directory=ROOT, syncs=True))

    def peer(self, *, audit: bool = False) -> Server:
        """The Node.js peer, with or without an audit row per command."""
        environment = {
            "MONGODB_URI": self.peer_uri, "JWT_SECRET": self.keys.jwt_secret, "PEER_AUDIT": "1" if audit else "",
            "NODE_ENV": "production",
        }  # fmt: skip
        node = shutil.which("node")
        if node is None:
            raise BenchError("There is no node on PATH: the peer needs Node.js 20 or newer.")
        ready = re.compile(r'"ready"')
        log = self.directory / "peer.log"
        return self._made(Server((node, "server.js"), environment, ready, log, directory=INSTALLED, syncs=False))

    async def stop(self) -> None:
        """End every server that was started and is still running."""
        await asyncio.gather(*(server.kill() for server in self._started))

    def _made(self, server: Server) -> Server:
        self._started.append(server)
        return server


async def install_peer() -> None:
    """`npm ci` into the cache, unless the same lock file is installed there already."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    lock = (PEER / "package-lock.json").read_bytes()
    stamp = INSTALLED / "installed.json"
    shutil.copy(PEER / "server.js", INSTALLED / "server.js")
    if stamp.exists() and stamp.read_bytes() == lock:
        return
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(PEER / name, INSTALLED / name)
    npm = await asyncio.create_subprocess_exec("npm", "ci", "--no-progress", cwd=INSTALLED)
    if await npm.wait():
        raise BenchError("npm ci of the peer failed")
    stamp.write_bytes(lock)


@asynccontextmanager
async def open_rig(directory: Path) -> AsyncIterator[Rig]:
    """Databases up, this process and they on the load core, the peer installed."""
    if len(os.sched_getaffinity(0)) < 2:
        raise BenchError("The benchmark needs two processor cores.")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(OPEN_FILES, hard)), hard))
    await install_peer()
    os.sched_setaffinity(0, {LOAD_CORE})
    ours, theirs = (EmbeddedMongo(directory / name, cache_gb=0.5) for name in ("mongo-hub", "mongo-peer"))
    rig: Rig | None = None
    try:
        rig = Rig(directory, Keys(), await ours.start(), (await theirs.start()).replace("/?", f"/{DATABASE}?"))
        yield rig
    finally:
        if rig is not None:
            await rig.stop()
        await ours.stop()
        await theirs.stop()


def versions() -> dict[str, str]:
    """What ran, for the report."""
    lock = json.loads((PEER / "package-lock.json").read_text())["packages"]
    return {name: lock[f"node_modules/{name}"]["version"] for name in ("socket.io", "mongoose")}
