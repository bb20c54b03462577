"""Chromium to Chromium through the relay: how soon each of two pages sends 1.2 Mbit/s, on a clean path and a lossy one.

Both pages send picture Y (`picture_y.html`) under the web client's limits. Nobody pins them: two encoders and two
decoders share the machine with the relay.
"""

import asyncio
import os
import secrets
import tempfile
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright

from models.ids import new_id
from models.media import AnswerLeg, JoinLeg, LegOffer
from tests.bench.media.loss import lossy
from tests.e2e.caller import CALLING
from tests.e2e.conftest import CHROMIUM
from tests.support.media import Process, Relays, linked, running_process

PAGE: Final = Path(__file__).with_name("picture_y.html")
TARGET_KBPS: Final = 1200
SECONDS: Final = 15
"""Of media, from the moment each page is connected."""
LOSSES: Final = (0.0, 0.02)
"""Share of the datagrams lost, each way of each leg."""
ARGUMENTS: Final = (
    *CALLING, "--allow-loopback-in-peer-connection", "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
)  # fmt: skip
_SPAN: Final = 1.0
_CONNECT_S: Final = 20


@dataclass(frozen=True, slots=True)
class Stream:
    """What one page sent, and what the other saw of it."""

    reached_s: float
    """When it first had sent 1.2 Mbit/s for a second; infinite for never."""
    kbps: tuple[float, ...]
    """Sent in the seconds that end 1, 2, 3… s after the connection."""
    allowed_s: float
    """When congestion control first let it send so much: what an encoder without a core cannot hide."""
    frames_per_s: float
    """Decoded by the other in the last ten seconds."""
    frozen_s: float
    size: str
    key_frames: int

    @property
    def later(self) -> float:
        """kbit/s of the last five seconds."""
        return sum(self.kbps[-5:]) / len(self.kbps[-5:])


@dataclass(frozen=True, slots=True)
class Pair:
    """One call of two pages, the first to join first."""

    loss: float
    load: float
    """Load average of the last minute when it ended: encoders need time."""
    streams: tuple[Stream, Stream]


async def measure(loss: float) -> Pair:
    """One call in a process and a browser of its own."""
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        async with AsyncExitStack() as stack:
            process = await stack.enter_async_context(running_process(Path(folder), secrets.token_bytes(32)))
            relays = await stack.enter_async_context(linked(process))
            playwright = await stack.enter_async_context(async_playwright())
            path = str(CHROMIUM) if CHROMIUM.exists() else None
            browser = await playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS])
            stack.push_async_callback(browser.close)
            stack.enter_context(lossy(process.port, loss))
            pages = [await _joined(party, browser, process, relays) for party in ("a", "b")]
            await asyncio.sleep(SECONDS + 1)
            first, second = [await _samples(page) for page in pages]
            return Pair(loss, os.getloadavg()[0], (_stream(first, second), _stream(second, first)))


async def _joined(party: str, browser: Browser, process: Process, relays: Relays) -> Page:
    page = await (await browser.new_context()).new_page()
    await page.goto(PAGE.as_uri())
    leg = new_id()
    join = JoinLeg(call_id="call", party_id=party, leg_id=leg, path_n=1)
    offer = await relays.pool.ask(process.address, join)
    assert isinstance(offer, LegOffer)
    text = await page.evaluate("answer", offer.sdp)
    await relays.pool.ask(process.address, AnswerLeg(call_id="call", leg_id=leg, offer_id=offer.offer_id, sdp=text))
    await page.wait_for_function("samples.length", timeout=1000 * _CONNECT_S)
    return page


async def _samples(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.evaluate("samples")
    return found


def _stream(sent: list[dict[str, Any]], seen: list[dict[str, Any]]) -> Stream:
    counts = [(0.0, 0)] + [(float(sample["at"]), int(sample.get("sent", 0))) for sample in sent]
    rates = [(at, _rate(counts, at)) for at, _ in counts if at >= _SPAN]
    last = seen[-1]
    before = next((sample for sample in seen if sample["at"] >= last["at"] - 10), last)
    return Stream(
        next((at for at, rate in rates if rate >= TARGET_KBPS), float("inf")),
        tuple(_rate(counts, second) for second in range(1, SECONDS + 1)),
        next((sample["at"] for sample in sent if sample.get("target", 0) >= 1000 * TARGET_KBPS), float("inf")),
        (last.get("decoded", 0) - before.get("decoded", 0)) / max(0.1, last["at"] - before["at"]),
        float(last.get("freezing", 0.0)),
        f"{last.get('width', 0)}x{last.get('height', 0)}",
        int(sent[-1].get("keys", 0)),
    )


def _rate(counts: list[tuple[float, int]], until: float) -> float:
    """kbit/s of the second that ends at `until`."""
    return (_octets(counts, until) - _octets(counts, until - _SPAN)) * 8 / 1000 / _SPAN


def _octets(counts: list[tuple[float, int]], at: float) -> float:
    """Sent until then, between two samples in proportion."""
    for (before, less), (after, more) in pairwise(counts):
        if before <= at <= after:
            return less + (more - less) * (at - before) / max(1e-9, after - before)
    return counts[0][1] if at < counts[0][0] else counts[-1][1]
