"""The directory of an embedded MongoDB: who holds it, its secrets, its port, and what a dead hub left running in it."""

import fcntl
import os
import secrets
import signal
import socket
import time
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict

LEFTOVER_GRACE_S = 10.0


class DataDirectoryBusyError(Exception):
    """Another living hub holds this data directory."""


class Access(BaseModel):
    """How to reach the server in this directory: kept beside the data, readable by its owner alone."""

    model_config = ConfigDict(frozen=True)

    port: int
    user: str
    password: str

    @property
    def uri(self) -> str:
        """Loopback, one member, no discovery of others: the address in the replica set's own configuration is ours."""
        credentials = f"{self.user}:{self.password}@" if self.password else ""
        return f"mongodb://{credentials}127.0.0.1:{self.port}/?directConnection=true&authSource=admin"


class DataDirectory:
    """`<root>/{db, mongod.log, keyfile, access.json, hub.lock}`, held by one hub at a time.

    The lock is the kernel's (`flock`): it ends with the process that holds it, however that process ends.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.database = self.root / "db"
        self.log = self.root / "mongod.log"
        self.keyfile = self.root / "keyfile"
        self._access = self.root / "access.json"
        self._lock: int | None = None

    def hold(self) -> None:
        """Take the directory for this process and make what it must contain."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.database.mkdir(exist_ok=True, mode=0o700)
        handle = os.open(self.root / "hub.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise DataDirectoryBusyError("Another hub is running on this data directory.") from error
        self._lock = handle
        if not self.keyfile.exists():
            _write_private(self.keyfile, secrets.token_urlsafe(512).replace("-", "+").replace("_", "/").encode())

    def release(self) -> None:
        """Let another hub take the directory."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def access(self) -> Access | None:
        """What an earlier start wrote down, or `None` before the first start."""
        try:
            return Access.model_validate(orjson.loads(self._access.read_bytes()))
        except FileNotFoundError:
            return None

    def keep(self, access: Access) -> None:
        """Write the access down before it is used, so that a crash in between is repeated, not locked out."""
        _write_private(self._access, orjson.dumps(access.model_dump()))

    def begin_log(self) -> None:
        """One log for each start and the one before it: bounded, and the cause of the last crash is still there."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".previous.log"))

    def leftover(self) -> int | None:
        """The process id of a mongod that still serves this directory, as its own lock file names it."""
        try:
            pid = int((self.database / "mongod.lock").read_text().strip() or 0)
        except (FileNotFoundError, ValueError):
            return None
        return pid if pid > 0 and self._is_our_mongod(pid) else None

    def end_leftover(self, grace_s: float = LEFTOVER_GRACE_S) -> bool:
        """Wait for a dead hub's mongod to end; help it after the grace. True when there was one. Blocks."""
        pid = self.leftover()
        if pid is None:
            return False
        for sign, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, grace_s)):
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                return True
            deadline = time.monotonic() + wait_s
            while time.monotonic() < deadline:
                if not self._is_our_mongod(pid):
                    return True
                time.sleep(0.02)
        raise DataDirectoryBusyError("A mongod of an earlier run cannot be ended.")

    def _is_our_mongod(self, pid: int) -> bool:
        """A process id may have been given to somebody else since: its command line must name this directory."""
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return os.fsencode(self.database) in command.split(b"\0")


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    """Whether a server could listen there now, by trying."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, and never readable by others for an instant."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(path)
