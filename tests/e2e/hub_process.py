"""A hub as an operator runs it: a process of its own, with its own database and the demo clinic."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
WEB: Final = ROOT / "web" / "dist"
READY: Final = "Carewire is ready at "
READY_S: Final = 60.0
STOP_S: Final = 15.0
PASSWORD: Final = "lighthouse-amber-quartz"  # noqa: S105  the demo clinic's, printed at every start


class HubProcess:
    """`python -m hub` on one port and one data directory, through any number of starts."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._port = _free_port()
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.url = f"http://localhost:{self._port}"

    def start(self) -> None:
        """Return once it says that it is ready."""
        # Rates are meant for people; tests type faster. Cheap hashes: what is tested here is not the hash.
        settings = {
            "ENVIRONMENT": "development", "PORT": str(self._port), "DATA_DIR": str(self._data), "BCRYPT_COST": "4",
            "RATE_SCALE": "20", "WEB_DIR": str(WEB), "PUBLIC_URL": self.url, "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hub"], cwd=ROOT, env=_environment() | settings, stdout=subprocess.PIPE,
            stderr=(self._data / "hub.log").open("a"), text=True,
        )  # fmt: skip
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), name="hub output")
        self._reader.start()
        if not ready.wait(READY_S):
            self.kill()
            raise AssertionError(f"the hub was not ready within {READY_S} s; see {self._data / 'hub.log'}")

    def kill(self) -> None:
        """As a crash ends it: at once, with nothing said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As an operator ends it."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is None or self._reader is None:
            return
        self._process.send_signal(sign)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_S)
        self._reader.join(STOP_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    @staticmethod
    def _read(process: subprocess.Popen[str], ready: threading.Event) -> None:
        for line in process.stdout or ():
            if line.startswith(READY):
                ready.set()


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
