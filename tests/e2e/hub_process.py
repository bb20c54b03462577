"""A hub as an operator runs it: a process of its own, with its own database and the demo clinic."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
WEB: Final = ROOT / "web" / "dist"
READY: Final = "Carewire is ready at "
READY_S: Final = 60.0
STOP_S: Final = 15.0
PASSWORD: Final = "lighthouse-amber-quartz"


class HubProcess:
    """`python -m hub` on one port and one data directory, through any number of starts."""

    def __init__(self, data: Path, *, host: str = "localhost", **environment: str) -> None:
        self._data = data
        self._environment = environment
        self._port = _free_port()
        self._process: subprocess.Popen[str] | None = None
        self._log = data / "hub.log"
        self.url = f"http://{host}:{self._port}"

    def start(self) -> None:
        """Return once it says that it is ready."""
        # Rates are meant for people; tests type faster. Cheap hashes: what is tested here is not the hash.
        settings = {
            "ENVIRONMENT": "development", "PORT": str(self._port), "DATA_DIR": str(self._data), "BCRYPT_COST": "4",
            "RATE_SCALE": "20", "WEB_DIR": str(WEB), "PUBLIC_URL": self.url, "LOG_LEVEL": "WARNING",
            **self._environment,
        }  # fmt: skip
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hub"],
                cwd=ROOT,
                env=_environment() | settings,
                stdout=log,
                stderr=log,
                text=True,
            )
        ends_at = time.monotonic() + READY_S
        while READY not in self._log.read_text():
            if self._process.poll() is not None or time.monotonic() > ends_at:
                self.kill()
                raise AssertionError(f"the hub did not become ready:\n{self._log.read_text()[-4000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """As a crash ends it: at once, with nothing said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As an operator ends it."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(sign)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_S)
        self._process = None


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
