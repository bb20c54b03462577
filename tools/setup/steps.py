"""The parts of set-up that belong to the project: virtual environment, locked packages, web client."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.setup import stamps

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
WEB = ROOT / "web"
NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results"}
PATIENCE_S = 1200


class SetupError(Exception):
    """Set-up cannot go on; the sentence says what to do."""


def say(sentence: str) -> None:
    """Progress, on standard error: standard output belongs to what is being started."""
    print(f"setup: {sentence}", file=sys.stderr, flush=True)


def python_packages(lock_name: str) -> None:
    """The virtual environment with exactly what the lock says, each file checked against its hash."""
    lock = ROOT / lock_name
    stamp = VENV / f".{lock.stem}.stamp"
    content = stamps.digest([lock], sys.version)
    if stamps.is_current(stamp, content) and (VENV / "bin" / "python").exists():
        return
    if not _works(VENV / "bin" / "python"):
        say("making the virtual environment")
        shutil.rmtree(VENV, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(VENV)], "Making it failed (on Debian: apt-get install python3-venv).")
    say(f"installing what {lock_name} locks")
    _run(
        [
            str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--no-deps", "--require-hashes", "-r", str(lock),
        ],
        "Installing the locked packages failed.",
    )  # fmt: skip
    stamps.finish(stamp, content)


def web_packages() -> None:
    """What the web client's lock says."""
    content = stamps.digest([WEB / "package.json", WEB / "package-lock.json"])
    if stamps.is_current(CACHE / "web-packages", content) and (WEB / "node_modules").is_dir():
        return
    say("installing the web client's packages")
    _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci failed.", WEB)
    stamps.finish(CACHE / "web-packages", content)


def web_client_is_current() -> bool:
    """Whether the built client is of these sources."""
    return stamps.is_current(CACHE / "web-build", _web_sources()) and (WEB / "dist" / "index.html").is_file()


def build_web_client() -> None:
    """Type-check and bundle it into web/dist."""
    content = _web_sources()
    say("building the web client")
    _run(["npm", "run", "--silent", "build"], "Building the web client failed.", WEB)
    stamps.finish(CACHE / "web-build", content)


def _web_sources() -> str:
    found: list[Path] = []
    for folder, folders, files in os.walk(WEB):
        folders[:] = [name for name in folders if name not in NOT_SOURCES and not name.startswith(".")]
        found += [Path(folder, name) for name in files if not name.endswith((".test.ts", ".test.tsx"))]
    return stamps.digest(found)


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    # A virtual environment of another Python (or one that is gone) is made anew.
    asked = [str(python), "-c", "import sys, pip; print(sys.version)"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    return answer.returncode == 0 and answer.stdout.strip() == sys.version


def _run(command: list[str], failure: str, folder: Path = ROOT) -> None:
    """Quiet when it works; the last words of the command when it does not."""
    try:
        done = subprocess.run(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=PATIENCE_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SetupError(f"{failure} It took longer than {PATIENCE_S} s.") from None
    if done.returncode != 0:
        raise SetupError("\n".join([*done.stdout.splitlines()[-40:], failure]))
