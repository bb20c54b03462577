"""Calls between Chromium and Firefox: directly, and through the relay."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.caller import CALLING, Caller
from tests.e2e.conftest import CHROMIUM
from tests.e2e.firefox import BINARY, Firefox
from tests.e2e.hub_process import HubProcess

pytestmark = [pytest.mark.timeout(180), pytest.mark.skipif(BINARY is None, reason="there is no Firefox here")]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """With fake devices."""
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(
            executable_path=path, args=[*CALLING, "--allow-loopback-in-peer-connection"]
        )
        yield browser
        browser.close()


@pytest.mark.parametrize(("policy", "path"), [("auto", "direct"), ("relay", "relay")])
def test_a_doctor_in_chromium_and_a_patient_in_firefox(
    policy: str, path: str, tmp_path: Path, chromium: Browser
) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "firefox").mkdir()
    hub = HubProcess(tmp_path / "hub", CALL_PATHS=policy)
    hub.start()
    doctor, patient = Caller(chromium, hub.url), Firefox(tmp_path / "firefox", hub.url)
    try:
        doctor.enter("doctor")
        patient.enter("patient")
        doctor.call("Martin Osei")
        patient.answer()
        doctor.is_connected(path=path)
        patient.is_connected(path)
        doctor.sees_movement()
        doctor.hears()
        patient.sees_movement()
        patient.hears()
        patient.run("document.querySelector('button[aria-label=\"Leave call\"]').click()")
        expect(doctor.page.get_by_test_id("ended")).to_be_visible()
    finally:
        doctor.close()
        patient.close()
        hub.stop()
