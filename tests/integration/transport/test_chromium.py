"""A real Chromium answers our offer: it connects, and its sound and pictures arrive decrypted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from media.streams import H264, OPUS, TRANSPORT_CC, VP8, CodecName, Kind
from media.transport.port import MediaPort
from media.transport.settings import PortSettings
from tests.integration.transport.peers import CODECS, Party
from tests.support.waiting import until

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
)
ANSWER = """async (offer) => {
    const pc = window.pc = new RTCPeerConnection({bundlePolicy: "max-bundle"});
    window.streams = {};
    pc.ontrack = event => (window.streams[event.streams[0].id] ??= []).push(event.track.kind);
    await pc.setRemoteDescription({type: "offer", sdp: offer});
    const media = await navigator.mediaDevices.getUserMedia({audio: true, video: true});
    for (const kind of ["audio", "video"]) {
        const own = pc.getTransceivers().find(each => each.receiver.track.kind === kind);
        await own.sender.replaceTrack(media.getTracks().find(track => track.kind === kind));
        own.direction = "sendrecv";
    }
    await pc.setLocalDescription(await pc.createAnswer());
    return pc.localDescription.sdp;
}"""


async def secure_page(browser: Browser) -> Page:
    """Cameras exist on secure origins only; this one is answered by the browser's own request hook."""
    page = await browser.new_page()
    await page.route(
        "https://visit.test/", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html")
    )
    await page.goto("https://visit.test/")
    return page


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    assert CHROMIUM.exists(), "Chromium is not installed: make setup"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield await secure_page(browser)
        await browser.close()


@pytest.mark.parametrize(
    ("codecs", "payload_type"), [(CODECS, 96), ((CodecName.OPUS, CodecName.H264, CodecName.VP8), 98)]
)
async def test_chromium_connects_and_its_packets_arrive(
    port: MediaPort, page: Page, codecs: tuple[CodecName, ...], payload_type: int
) -> None:
    party = Party(port, echo=True)
    answer = await page.evaluate(ANSWER, party.transport.offer(codecs))
    agreement = party.transport.accept(answer)
    assert len(agreement.slots) == 8
    assert all(slot.rtx_ssrc for slot in agreement.slots if slot.kind is Kind.VIDEO)
    assert agreement.sending[Kind.VIDEO][0] == {96: VP8, 98: H264}[payload_type]
    assert set(agreement.ssrcs.values()) == {Kind.AUDIO, Kind.VIDEO}
    assert TRANSPORT_CC in agreement.extensions
    await until(lambda: party.rtp[OPUS.payload_type] > 50 and party.rtp[payload_type] > 20, 40)
    assert (await page.evaluate("window.streams"))["slot0"] == ["audio", "video"]
    if payload_type == VP8.payload_type:
        heard = (
            "async () => [...(await pc.getStats()).values()].some(s => s.type === 'inbound-rtp' && s.framesDecoded > 5)"
        )
        await until(lambda: page.evaluate(heard), 40, every_s=0.1)
    assert port.counters.unauthenticated == port.counters.malformed == 0
    party.transport.close()


async def test_chromium_by_ipv6(page: Page) -> None:
    port = MediaPort(PortSettings(hosts=("127.0.0.1", "::1"), announced=("::1",)))
    await port.open()
    party = Party(port)
    party.transport.accept(await page.evaluate(ANSWER, party.transport.offer(CODECS)))
    await until(lambda: party.rtp[OPUS.payload_type] > 10, 40)
    party.transport.close()
    await port.close()
