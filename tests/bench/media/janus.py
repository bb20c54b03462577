"""Janus from Debian with its videocall plugin, configured in a folder of its own, over its HTTP API."""

import asyncio
import contextlib
import secrets
import shutil
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession

from tests.bench.media.peer import LoadPeer

BINARY: Final = shutil.which("janus")
LIBRARIES: Final = "/usr/lib/x86_64-linux-gnu/janus"


def configure(folder: Path, http_port: int, host: str) -> None:
    """Videocall and HTTP only."""
    (folder / "janus.jcfg").write_text(
        f"""general: {{
  configs_folder = "{folder}"
  plugins_folder = "{LIBRARIES}/plugins"
  transports_folder = "{LIBRARIES}/transports"
  debug_level = 2
  admin_secret = "{secrets.token_hex(8)}"
  session_timeout = 0
}}
media: {{ rtp_port_range = "20000-40000" }}
nat: {{ ice_lite = false
  full_trickle = false
  ice_enforce_list = "{host}" }}
plugins: {{ disable = "{",".join(_others("plugins", "videocall"))}" }}
transports: {{ disable = "{",".join(_others("transports", "http"))}" }}
"""
    )
    (folder / "janus.transport.http.jcfg").write_text(
        f'general: {{ json = "compact"\n base_path = "/janus"\n http = true\n'
        f' port = {http_port}\n ip = "127.0.0.1" }}\n'
    )
    (folder / "janus.plugin.videocall.jcfg").write_text("general: { }\n")


def _others(kind: str, wanted: str) -> list[str]:
    return sorted(path.name for path in Path(LIBRARIES, kind).glob("*.so") if wanted not in path.name)


class JanusUser:
    """One session and its videocall handle."""

    def __init__(self, http: ClientSession, base: str, name: str) -> None:
        self._http = http
        self._base = base
        self.name = name
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._poll: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Attach and register."""
        self._session = (await self._post(self._base, {"janus": "create"}))["data"]["id"]
        self._url = f"{self._base}/{self._session}"
        self._poll = asyncio.create_task(self._receive(), name="janus poll")
        attach = {"janus": "attach", "plugin": "janus.plugin.videocall"}
        self._handle = (await self._post(self._url, attach))["data"]["id"]
        await self.say({"request": "register", "username": self.name})
        await self.expect("registered")

    def close(self) -> None:
        """Stop polling."""
        if self._poll is not None:
            self._poll.cancel()

    async def say(self, body: dict[str, Any], jsep: dict[str, Any] | None = None) -> None:
        """A message to the plugin."""
        message = {"janus": "message", "body": body} | ({"jsep": jsep} if jsep else {})
        await self._post(f"{self._url}/{self._handle}", message)

    async def expect(self, event: str) -> dict[str, Any]:
        """The next event of that name, whole."""
        async with asyncio.timeout(10):
            while True:
                told = await self._events.get()
                data = told.get("plugindata", {}).get("data", {})
                if data.get("result", {}).get("event") == event:
                    return told
                if "error" in data:
                    raise RuntimeError("Janus refused")

    async def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._http.post(url, json=body | {"transaction": secrets.token_hex(6)}) as answer:
            said: dict[str, Any] = await answer.json()
            return said

    async def _receive(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError, OSError):
                async with self._http.get(self._url, params={"maxev": "5"}) as answer:
                    told = await answer.json()
                    for one in told if isinstance(told, list) else [told]:
                        self._events.put_nowait(one)


async def connect(caller: JanusUser, callee: JanusUser, first: LoadPeer, second: LoadPeer, record: Path | None) -> None:
    """A call between two users, media between their peers through Janus."""
    await caller.say({"request": "call", "username": callee.name}, {"type": "offer", "sdp": first.offer()})
    incoming = await callee.expect("incomingcall")
    answer = second.answer(incoming["jsep"]["sdp"])
    await callee.say({"request": "accept"}, {"type": "answer", "sdp": answer})
    accepted = await caller.expect("accepted")
    first.accept(accepted["jsep"]["sdp"])
    if record is not None:
        for user in (caller, callee):
            await user.say({"request": "set", "record": True, "filename": str(record / user.name)})
