"""What must come from the machine itself: shared libraries, Node.js, a browser and a TURN server for the tests."""

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from tools.setup.steps import SetupError, say

LIBRARIES = {
    "libcurl.so.4": ("libcurl4t64", "libcurl4"),
    "libcrypto.so.3": ("libssl3t64", "libssl3"),
}
"""What the embedded mongod is linked to, and the Debian packages that have it, newest name first."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NETWORK_TOOLS = {"turnserver": "coturn", "ip": "iproute2"}
NODE = (20, 19)


def require_libraries() -> None:
    """Only the mongod in the Linux wheel needs them; with MONGODB_URI nothing is started."""
    if sys.platform == "linux" and platform.machine() == "x86_64" and not os.environ.get("MONGODB_URI"):
        missing = [names for library, names in LIBRARIES.items() if not _loads(library)]
        if missing:
            _install(missing, "the embedded MongoDB")


def require_browser() -> None:
    """Chromium, for the browser tests alone."""
    if not any(shutil.which(name) for name in BROWSERS):
        _install([("chromium",)], "the browser tests")


def wish_for_firefox() -> None:
    """For the tests of calls between browsers of two makers; they are skipped where there is none."""
    if not _finds("firefox-esr"):
        with suppress(SetupError):
            _install([("firefox-esr",)], "calls between Chromium and Firefox")


def require_network_tools() -> None:
    """A real TURN server and network namespaces, for the tests of calls alone."""
    missing = [(package,) for program, package in NETWORK_TOOLS.items() if not _finds(program)]
    if missing:
        _install(missing, "the tests of calls")


def require_node() -> None:
    """Debian's own Node.js is often too old, so it is asked for instead of installed."""
    if shutil.which("npm") and (found := _node_version()) and found >= NODE:
        return
    raise SetupError(f"The web client needs Node.js {NODE[0]}.{NODE[1]} or newer with npm: see https://nodejs.org/.")


def _finds(program: str) -> bool:
    """Also where only root's PATH looks."""
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin") is not None


def _node_version() -> tuple[int, ...]:
    try:
        answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(int(part) for part in answer.strip().lstrip("v").split("-")[0].split("."))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _install(wanted: Sequence[tuple[str, ...]], purpose: str) -> None:
    """By apt when we may; else one line that says what to type."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(
            f"Missing for {purpose}. Install: sudo apt-get install {' '.join(names[-1] for names in wanted)}"
        )
    say(f"installing Debian packages for {purpose}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False, timeout=300)
    packages = [next((name for name in each if _known(name)), each[-1]) for each in wanted]
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    if subprocess.run(command, env=quiet, check=False, timeout=900).returncode != 0:
        raise SetupError(f"Could not install for {purpose}. Install by hand: apt-get install {' '.join(packages)}")


def _known(package: str) -> bool:
    shown = subprocess.run(["apt-cache", "show", package], capture_output=True, check=False, timeout=60)
    return shown.returncode == 0 and bool(shown.stdout)
