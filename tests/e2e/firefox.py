"""Firefox as its makers ship it, driven over WebDriver BiDi (W3C), with fake camera and microphone."""

import asyncio
import itertools
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession

from tests.e2e.caller import MOVEMENTS, MOVES
from tests.e2e.hub_process import PASSWORD

BINARY: Final = shutil.which("firefox-esr")
START_S: Final = 60.0
PATIENCE_S: Final = 30.0
LISTENS: Final = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PREFERENCES: Final[dict[str, bool | int]] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.peerconnection.ice.loopback": True,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}

TYPE: Final = """(selector, text) => {
  const field = document.querySelector(selector);
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}"""
"""React hears of a value only if it was set behind its back."""

LOUDEST: Final = """async (audio) => {
  const recorder = new MediaRecorder(audio.srcObject);
  const parts = [];
  recorder.ondataavailable = ({ data }) => { parts.push(data); };
  const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  recorder.stop();
  await stopped;
  const sound = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(await new Blob(parts).arrayBuffer());
  return sound.getChannelData(0).reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0);
}"""
"""The largest sample of three seconds. Without a sound card Firefox lets no AudioContext run, but it does record."""


class Remote:
    """The WebSocket to the browser, on a loop of its own: Playwright keeps the one of this thread."""

    def __init__(self, address: str) -> None:
        self._numbers = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="firefox")
        self._thread.start()
        self._wait(self._connect(address))

    def ask(self, method: str, **params: Any) -> Any:
        """The result of one command."""
        return self._wait(self._asked(method, params))

    def close(self) -> None:
        """Disconnect."""
        self._wait(self._http.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _connect(self, address: str) -> None:
        self._http = ClientSession()
        self._socket = await self._http.ws_connect(address)

    async def _asked(self, method: str, params: dict[str, Any]) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while (message := await self._socket.receive_json()).get("id") != number:
            pass  # an event
        assert message["type"] == "success", message
        return message["result"]


class Firefox:
    """One profile with one window, in one call."""

    def __init__(self, folder: Path, url: str) -> None:
        assert BINARY is not None
        self._url = url
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        (folder / "user.js").write_text("".join(lines))
        self._log = folder / "firefox.log"
        command = [BINARY, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
        self._remote = Remote(f"{self._address()}/session")
        self._remote.ask("session.new", capabilities={})
        self._window: str = self._remote.ask("browsingContext.getTree")["contexts"][0]["context"]

    def close(self) -> None:
        """Shut it."""
        self._remote.close()
        self._process.kill()
        self._process.wait(10)

    def open(self, path: str) -> None:
        """Go there."""
        self._remote.ask("browsingContext.navigate", context=self._window, url=self._url + path, wait="complete")

    def run(self, expression: str) -> Any:
        """The value of an expression on the page, or of its promise: a number, a text, true, false or None."""
        target = {"context": self._window}
        answer = self._remote.ask("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait for something true."""
        give_up = time.monotonic() + PATIENCE_S
        while not self.run(f"!!({expression})"):
            assert time.monotonic() < give_up, f"not within {PATIENCE_S:.0f} s: {expression}"
            time.sleep(0.1)

    def enter(self, key: str) -> None:
        """Sign in and see the conversations."""
        self.open("/sign-in")
        self.until("document.querySelector('input[type=password]')")
        for field, text in (("input:not([type=password])", f"{key}@demo.carewire.test"), ("[type=password]", PASSWORD)):
            self.run(f"({TYPE})('form {field}', {json.dumps(text)})")
        self.run("document.querySelector('form [type=submit]').click()")
        self.until("document.querySelector('h1')?.innerText === 'Messages'")

    def press(self, name: str, within: str = "body") -> None:
        """Press the button of that name, once it is there."""
        named = f"(button) => (button.ariaLabel ?? button.innerText).trim() === {json.dumps(name)}"
        button = f"[...document.querySelectorAll({json.dumps(within + ' button')})].find({named})"
        self.until(button)
        self.run(f"{button}.click()")

    def answer(self) -> None:
        """Take the call that rings."""
        self.press("Answer with video", "[data-testid=incoming-call]")

    def is_connected(self, path: str) -> None:
        """Wait until the other one is connected on this path."""
        self.until(f"""document.querySelector('[data-testid=tile][data-connection=connected][data-path="{path}"]')""")

    def sees_movement(self) -> None:
        """The other one's picture really moves."""
        moved = self.run(f"({MOVES})('[data-testid=tile][data-connection=connected] video')")
        assert moved >= MOVEMENTS, f"it moved {moved} times"

    def hears(self) -> None:
        """The other one really sounds."""
        self.until("document.querySelector('audio[data-party]')?.srcObject")
        loudest = self.run(f"({LOUDEST})(document.querySelector('audio[data-party]'))")
        assert loudest > 0.02, f"the loudest sample was {loudest:.4f}"

    def _address(self) -> str:
        give_up = time.monotonic() + START_S
        while not (found := LISTENS.search(self._log.read_text())):
            if self._process.poll() is not None or time.monotonic() > give_up:
                self._process.kill()
                raise AssertionError(f"Firefox did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.1)
        return found[1]
