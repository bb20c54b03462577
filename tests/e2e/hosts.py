"""Two more hosts on this machine: network namespaces that reach each other through it, until the way is cut."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

POSSIBLE: Final = os.geteuid() == 0 and shutil.which("ip") is not None
FORWARDING: Final = "/proc/sys/net/ipv4/conf/{}/forwarding"


class Host:
    """A namespace with one address; this machine is its router, at `router`."""

    def __init__(self, number: int) -> None:
        self.name = f"cwe2e{os.getpid() % 10_000}{number}"
        self.link = f"cw{os.getpid() % 10_000}x{number}"
        self.address, self.router = f"10.213.{number}.2", f"10.213.{number}.1"

    def make(self) -> None:
        """Create it."""
        _ip("netns", "add", self.name)
        _ip("link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("addr", "add", f"{self.router}/24", "dev", self.link)
        _ip("link", "set", self.link, "up")
        for words in (
            ("addr", "add", f"{self.address}/24", "dev", "eth0"), ("link", "set", "eth0", "up"),
            ("link", "set", "lo", "up"), ("route", "add", "default", "via", self.router),
        ):  # fmt: skip
            _ip("-n", self.name, *words)

    def remove(self) -> None:
        """Take it away; its end of the link goes with it."""
        _ip("netns", "del", self.name)

    def browser(self, folder: Path) -> str:
        """A program that is Chromium on this host."""
        program = folder / f"chromium-{self.name}"
        program.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} /usr/bin/chromium "$@"\n')
        program.chmod(0o755)
        return str(program)

    def forwards(self, *, on: bool) -> None:
        """Whether packets of this host go further than this machine."""
        Path(FORWARDING.format(self.link)).write_text("1" if on else "0")


@contextlib.contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Both, able to reach this machine and each other."""
    hosts = Host(1), Host(2)
    made: list[Host] = []
    try:
        for host in hosts:
            host.make()
            made.append(host)
            host.forwards(on=True)
        yield hosts
    finally:
        for host in made:
            host.remove()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=20, capture_output=True)
