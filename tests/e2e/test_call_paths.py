"""The ways media takes between browsers: TURN or the relay by policy, the relay when the direct way dies."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.e2e import hosts
from tests.e2e.caller import CALLING, Caller
from tests.e2e.conftest import CHROMIUM
from tests.e2e.hub_process import HubProcess
from tests.support.turn import SECRET, CoturnProcess

PATIENT = "Martin Osei"
SELECTED = """async () => {
  const kinds = [];
  for (const connection of window.connections ?? []) {
    const stats = await connection.getStats();
    for (const report of stats.values()) {
      if (report.type === 'candidate-pair' && report.nominated && report.state === 'succeeded') {
        kinds.push(stats.get(report.localCandidateId)?.candidateType);
      }
    }
  }
  return kinds;
}"""
WATCHED = """
window.connections = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};
"""

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """One for this file."""
    with sync_playwright() as running:
        yield running


@contextlib.contextmanager
def _hub(folder: Path, **options: Any) -> Iterator[HubProcess]:
    process = HubProcess(folder, **options)
    process.start()
    try:
        yield process
    finally:
        process.stop()


@contextlib.contextmanager
def _pair(first: Browser, second: Browser, url: str) -> Iterator[tuple[Caller, Caller]]:
    doctor, patient = Caller(first, url), Caller(second, url)
    for one, key in ((doctor, "doctor"), (patient, "patient")):
        one.context.add_init_script(WATCHED)
        one.enter(key)
    yield doctor, patient
    doctor.close()
    patient.close()


def _talk(doctor: Caller, patient: Caller, path: str) -> None:
    doctor.call(PATIENT)
    patient.answer()
    for one in (doctor, patient):
        one.is_connected(path=path)
        one.sees_movement()
        one.hears()


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """On this machine."""
    path = str(CHROMIUM) if CHROMIUM.exists() else None
    browser = playwright.chromium.launch(executable_path=path, args=[*CALLING, "--allow-loopback-in-peer-connection"])
    yield browser
    browser.close()


def test_policy_sends_every_call_through_the_relay(tmp_path: Path, chromium: Browser) -> None:
    with _hub(tmp_path, CALL_PATHS="relay") as hub, _pair(chromium, chromium, hub.url) as (doctor, patient):
        _talk(doctor, patient, "relay")


def test_policy_sends_every_call_through_turn(tmp_path: Path, chromium: Browser) -> None:
    turn = CoturnProcess(tmp_path)
    turn.start()
    try:
        settings = {"CALL_PATHS": "turn", "TURN_URLS": turn.url, "TURN_SECRET": SECRET, "TURN_REALM": turn.server.realm}
        with _hub(tmp_path, **settings) as hub, _pair(chromium, chromium, hub.url) as (doctor, patient):
            _talk(doctor, patient, "direct")
            for one in (doctor, patient):
                assert set(one.page.evaluate(SELECTED)) == {"relay"}
    finally:
        turn.stop()


@pytest.mark.skipif(not hosts.POSSIBLE, reason="network namespaces need root and iproute2")
def test_when_the_direct_way_is_cut_media_moves_to_the_relay(tmp_path: Path, playwright: Playwright) -> None:
    with hosts.two_hosts() as (first, second):
        settings = {"HOST": "0.0.0.0", "MEDIA_HOSTS": first.router, "MEDIA_ANNOUNCE": first.router}
        with _hub(tmp_path, host=first.router, **settings) as hub:
            secure = f"--unsafely-treat-insecure-origin-as-secure={hub.url}"
            browsers = [
                playwright.chromium.launch(executable_path=host.browser(tmp_path), args=[*CALLING, secure])
                for host in (first, second)
            ]
            with _pair(browsers[0], browsers[1], hub.url) as (doctor, patient):
                _talk(doctor, patient, "direct")
                call = doctor.page.url

                cut_at = time.monotonic()
                first.forwards(on=False)
                second.forwards(on=False)
                doctor.is_connected(path="relay")
                patient.is_connected(path="relay")
                print(f"media on the relay {time.monotonic() - cut_at:.1f} s after the cut")
                for one in (doctor, patient):
                    one.sees_movement()
                    one.hears()
                assert doctor.page.url == call

                doctor.leave()
                expect(patient.page.get_by_test_id("ended")).to_be_visible()
            for browser in browsers:
                browser.close()
