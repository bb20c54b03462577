"""A call between Chromium and Firefox: directly, and through the relay once it is recorded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.caller import CALLING, Caller
from tests.e2e.conftest import CHROMIUM
from tests.e2e.firefox import BINARY, Firefox
from tests.e2e.hub_process import HubProcess

pytestmark = [pytest.mark.timeout(180), pytest.mark.skipif(BINARY is None, reason="there is no Firefox here")]


@pytest.fixture
def doctor(hub: HubProcess) -> Iterator[Caller]:
    """In Chromium with fake devices."""
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        browser: Browser = playwright.chromium.launch(
            executable_path=path, args=[*CALLING, "--allow-loopback-in-peer-connection"]
        )
        caller = Caller(browser, hub.url)
        caller.enter("doctor")
        yield caller
        caller.close()
        browser.close()


@pytest.fixture
def patient(hub: HubProcess, tmp_path: Path) -> Iterator[Firefox]:
    """In Firefox with fake devices."""
    firefox = Firefox(tmp_path, hub.url)
    firefox.enter("patient")
    yield firefox
    firefox.close()


def test_they_talk_directly_and_through_the_relay_while_they_are_recorded(doctor: Caller, patient: Firefox) -> None:
    def talk(path: str) -> None:
        doctor.is_connected(path=path)
        patient.is_connected(path)
        doctor.sees_movement()
        doctor.hears()
        patient.sees_movement()
        patient.hears()

    doctor.call("Martin Osei")
    patient.answer()
    talk("direct")

    doctor.page.get_by_role("button", name="More").click()
    doctor.page.get_by_role("menuitem", name="Ask to record").click()
    doctor.page.get_by_role("button", name="I agree").click()
    patient.press("I agree")
    expect(doctor.page.get_by_test_id("recording-sign")).to_have_attribute("data-recording", "running")
    talk("relay")

    patient.press("Leave call")
    expect(doctor.page.get_by_test_id("ended")).to_be_visible()
