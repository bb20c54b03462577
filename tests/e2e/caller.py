"""A person in a call: what they see moving and hear sounding, measured in their browser."""

import contextlib
import re
from typing import Any, Final

from playwright.sync_api import Browser, Error, Locator, expect

from tests.e2e.person import PATIENCE_MS, Person

CALLING: Final = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=10",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
"""Chromium with a camera that shows a moving pattern and a microphone that beeps."""

MOVES: Final = """async (target) => {
  const look = (video) => {
    const canvas = new OffscreenCanvas(64, 48);
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0, 64, 48);
    return context.getImageData(0, 0, 64, 48).data;
  };
  let before = null;
  let moved = 0;
  for (let n = 0; n < 80 && moved < 3; n += 1) {
    const video = typeof target === 'string' ? document.querySelector(target) : target;
    if (video && video.readyState >= 2) {
      const now = look(video);
      let differs = 0;
      for (let at = 0; before && at < before.length; at += 4) if (Math.abs(before[at] - now[at]) > 24) differs += 1;
      if (differs > 10) moved += 1;
      if (!before || differs > 10) before = now;
    }
    await new Promise((resolve) => setTimeout(resolve, 130));
  }
  return moved;
}"""
"""How often (up to 3, within ten seconds) a picture becomes another one: more than 10 of 3,072 points another colour.

The first picture that comes is no movement. Of a video element, or of whichever the selector finds at the moment.
"""
MOVEMENTS: Final = 3

LOUDEST: Final = """async (audio) => {
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(audio.srcObject).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (let n = 0; n < 500 && loudest < 0.05; n += 1) {
    analyser.getFloatTimeDomainData(samples);
    for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await context.close();
  return loudest;
}"""
"""The largest sample heard within ten seconds, or until there is one; the fake microphone beeps once a second."""


class Caller(Person):
    """Somebody with camera and microphone."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        super().__init__(browser, url, permissions=["camera", "microphone"], **options)

    def call(self, title: str, kind: str = "video") -> None:
        """Open a conversation and call from it."""
        self.choose(title)
        self.page.get_by_role("link", name=f"Start a {'video' if kind == 'video' else 'voice'} call").click()
        self.page.get_by_role("button", name="Call now").click()

    def rings(self) -> Locator:
        """The card of somebody who calls."""
        return self.page.get_by_test_id("incoming-call")

    def answer(self, *, video: bool = True) -> None:
        """Take the call."""
        self.rings().get_by_role("button", name="Answer with video" if video else re.compile("^Answer")).first.click()

    @property
    def tiles(self) -> Locator:
        """The pictures of those who are connected."""
        return self.page.locator('[data-testid="tile"][data-connection="connected"]')

    def is_connected(self, others: int = 1, path: str | None = None, timeout_ms: int = PATIENCE_MS) -> None:
        """Wait until so many others are connected, on this path if one is named."""
        suffix = "" if path is None else f'[data-path="{path}"]'
        connected = self.page.locator(f'[data-testid="tile"][data-connection="connected"]{suffix}')
        expect(connected).to_have_count(others, timeout=timeout_ms)

    def sees_movement(self, of: int = 0) -> None:
        """The picture of somebody really moves."""
        # Tiles change places with who speaks: people are taken in the order of their ids.
        party = sorted(tile.get_attribute("data-party") or "" for tile in self.tiles.all())[of]
        video = f'[data-testid="tile"][data-party="{party}"] video'
        expect(self.page.locator(video)).to_be_visible()
        moved: int = self.page.evaluate(MOVES, video)
        assert moved >= MOVEMENTS, f"it moved {moved} times"

    def hears(self, of: int = 0) -> None:
        """Something really sounds."""
        audio = self.page.locator("audio[data-party]").nth(of)
        expect(audio).to_have_count(1, timeout=PATIENCE_MS)
        loudest: float = audio.evaluate(LOUDEST)
        assert loudest > 0.02, f"the loudest sample was {loudest:.4f}"

    def leave(self) -> None:
        """Hang up."""
        self.page.get_by_role("button", name="Leave call").click()

    def close(self) -> None:
        """Hang up if that is still to do, so that nobody waits for this seat; then shut the browser profile."""
        leave = self.page.get_by_role("button", name="Leave call")
        if leave.is_visible():
            with contextlib.suppress(Error):  # the call may end while we look
                leave.click(timeout=3_000)
            expect(leave).to_have_count(0)
        super().close()
