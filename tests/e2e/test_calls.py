"""Calls between real browsers with moving pictures and audible beeps."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.caller import CALLING, MOVEMENTS, MOVES, Caller
from tests.e2e.conftest import CHROMIUM
from tests.e2e.hub_process import HubProcess
from tests.e2e.test_accessibility import problems

NewCaller = Callable[..., Caller]
PATIENT, DOCTOR, GROUP = "Martin Osei", "Dr. Lucía Ferrer", "Martin at home"

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def calling() -> Iterator[Browser]:
    """Chromium with fake devices."""
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        chromium = playwright.chromium.launch(executable_path=path, args=list(CALLING))
        yield chromium
        chromium.close()


@pytest.fixture
def caller(hub: HubProcess, calling: Browser) -> Iterator[NewCaller]:
    """Makes people with cameras, signed in."""
    made: list[Caller] = []

    def make(key: str, **options: Any) -> Caller:
        made.append(Caller(calling, hub.url, **options))
        made[-1].enter(key)
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_two_people_talk_directly_through_a_reload(caller: NewCaller) -> None:
    doctor, patient = caller("doctor"), caller("patient")
    doctor.call(PATIENT)
    patient.answer()
    doctor.is_connected(path="direct")
    patient.is_connected(path="direct")
    for one in (doctor, patient):
        one.sees_movement()
        one.hears()
    assert problems(doctor) == []

    patient.page.reload()
    patient.is_connected()
    doctor.is_connected()
    for one in (doctor, patient):
        one.sees_movement()
        one.hears()

    doctor.leave()
    expect(patient.page.get_by_test_id("ended")).to_be_visible()


def test_an_answer_on_one_device_silences_the_other(caller: NewCaller) -> None:
    doctor, phone, tablet = caller("doctor"), caller("patient", size=(390, 844)), caller("patient")
    doctor.call(PATIENT, "audio")
    expect(tablet.rings()).to_be_visible()
    phone.answer(video=False)
    expect(tablet.rings()).to_have_count(0)
    doctor.is_connected()
    doctor.hears()
    phone.hears()
    phone.leave()
    expect(doctor.page.get_by_test_id("ended")).to_be_visible()


def test_a_call_that_nobody_takes_is_told_as_missed(caller: NewCaller) -> None:
    doctor, patient = caller("doctor"), caller("patient")
    doctor.call(PATIENT, "audio")
    expect(patient.rings()).to_be_visible()
    doctor.leave()
    expect(patient.rings()).to_have_count(0)
    patient.choose(DOCTOR)
    expect(patient.page.get_by_test_id("call-entry").last).to_contain_text("Missed")
    patient.open("/notifications")
    expect(patient.page.get_by_text("Missed call").first).to_be_visible()


def test_a_third_joins_and_everybody_sees_everybody(caller: NewCaller) -> None:
    doctor, patient, family = caller("doctor"), caller("patient"), caller("family")
    doctor.call(GROUP)
    patient.answer()
    doctor.is_connected(others=1)
    family.answer()
    for one in (doctor, patient, family):
        one.is_connected(others=2, path="relay", timeout_ms=45_000)
        for other in (0, 1):
            one.sees_movement(other)
            one.hears(other)
    family.leave()
    doctor.is_connected(others=1)
    doctor.sees_movement()
    doctor.leave()
    patient.leave()


def test_a_call_is_recorded_only_with_everybodys_consent(caller: NewCaller, hub: HubProcess) -> None:
    doctor, patient = caller("doctor"), caller("patient")
    doctor.call(PATIENT)
    patient.answer()
    doctor.is_connected()
    doctor.page.get_by_role("button", name="More").click()
    doctor.page.get_by_role("menuitem", name="Ask to record").click()
    sign = doctor.page.get_by_test_id("recording-sign")
    doctor.page.get_by_role("button", name="I agree").click()
    expect(sign).to_have_attribute("data-recording", "asking")
    patient.page.get_by_role("button", name="I agree").click()
    for one in (doctor, patient):
        expect(one.page.get_by_test_id("recording-sign")).to_have_attribute("data-recording", "running")
        one.is_connected(path="relay")
        one.sees_movement()
        one.hears()

    patient.page.get_by_role("button", name="Chat", exact=False).first.click()
    patient.write("Here is my list of medicines.")
    patient.page.get_by_role("button", name="More").click()
    patient.page.get_by_role("menuitem", name="Withdraw my consent").click()
    for one in (doctor, patient):
        expect(one.page.locator('[data-testid="recording-sign"][data-recording="running"]')).to_have_count(0)
    doctor.sees_movement()
    for one, notice in ((doctor, f"{PATIENT} does not agree to be recorded."), (patient, "You did not agree")):
        expect(one.page.get_by_test_id("recording-notice")).to_contain_text(notice)
    doctor.leave()
    _watches_again(doctor)
    _deletes(doctor, hub)


def _watches_again(doctor: Caller) -> None:
    page = doctor.page
    doctor.open("/recordings")
    page.locator('[data-testid="recording"][data-status="ready"]').first.click(timeout=60_000)
    tiles = page.get_by_test_id("review-tile")
    expect(tiles).to_have_count(2)
    page.get_by_role("group", name="Player").get_by_role("button", name="Play").click()
    expect(page.locator('[data-testid="review"][data-phase="playing"]')).to_be_visible()
    for n in (0, 1):
        moved: int = tiles.nth(n).locator("video").evaluate(MOVES)
        assert moved >= MOVEMENTS, f"it moved {moved} times"
    page.get_by_role("group", name="Player").get_by_role("button", name="Pause").click()
    assert problems(doctor) == []
    said = page.get_by_role("list", name="Events").get_by_text("Here is my list of medicines.")
    page.get_by_role("list", name="Events").get_by_role("button").first.click()
    before = int(page.get_by_test_id("review").get_attribute("data-at") or 0)
    said.click()
    expect(page.get_by_test_id("review")).not_to_have_attribute("data-at", str(before))
    withdrawn = f"Recording stopped: {PATIENT} took back their consent"
    expect(page.get_by_role("list", name="Events").get_by_text(withdrawn)).to_be_visible()


def _deletes(doctor: Caller, hub: HubProcess) -> None:
    """Gone from the list, behind its link and on disk; not before it was confirmed."""
    page = doctor.page
    recording_id = page.url.rpartition("/")[2]
    link: str = page.get_by_test_id("review-tile").first.locator("video").first.evaluate("video => video.src")
    status = "link => fetch(link, {headers: {Range: 'bytes=0-9'}}).then(answer => answer.status)"
    assert page.evaluate(status, link) == 206 and list(hub._data.rglob(recording_id)) != []
    page.get_by_role("tab", name="About").click()
    page.get_by_role("button", name="Delete recording").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert page.evaluate(status, link) == 206
    page.get_by_role("button", name="Delete recording").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The recording was deleted.")).to_be_visible()
    expect(page).to_have_url(re.compile("/recordings$"))
    expect(page.locator(f'a[href="/recordings/{recording_id}"]')).to_have_count(0)
    assert page.evaluate(status, link) in (404, 410)
    assert list(hub._data.rglob(f"{recording_id}*")) == []
    doctor.open(f"/recordings/{recording_id}")
    expect(page.get_by_text("This recording cannot be shown")).to_be_visible()


def test_a_guest_comes_in_by_a_link_that_works_once(caller: NewCaller, calling: Browser, hub: HubProcess) -> None:
    doctor, patient = caller("doctor"), caller("patient")
    doctor.call(PATIENT)
    patient.answer()
    doctor.is_connected()
    doctor.page.get_by_role("button", name="People").click()
    doctor.page.get_by_role("button", name="Invite a guest by link").click()
    doctor.page.get_by_label("Who it is for").fill("interpreter")
    doctor.page.get_by_role("button", name="Make link").click()
    link = doctor.page.get_by_test_id("guest-link").input_value()
    doctor.page.keyboard.press("Escape")

    guest = Caller(calling, hub.url)
    guest.page.goto(link)
    guest.page.get_by_label("Your name").fill("Mina Sato")
    guest.page.get_by_role("button", name="Join the call").click()
    expect(guest.page.get_by_test_id("waiting-room")).to_be_visible()
    doctor.page.get_by_role("button", name="Let in").first.click()
    guest.is_connected(others=2, path="relay", timeout_ms=45_000)
    doctor.is_connected(others=2)
    guest.sees_movement()
    guest.hears()
    doctor.sees_movement(1)

    late = Caller(calling, hub.url)
    late.page.goto(link)
    expect(late.page.get_by_text("This link works no more")).to_be_visible()
    late.close()
    take_out = doctor.page.get_by_role("button", name="Take Mina Sato out of the call")
    take_out.click()
    doctor.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    guest.is_connected(others=2)
    take_out.click()
    doctor.page.get_by_role("dialog").get_by_role("button", name="Take out").click()
    expect(guest.page.get_by_text("The call is over for you.")).to_be_visible()
    doctor.is_connected(others=1)
    expect(take_out).to_have_count(0)
    guest.close()
    doctor.leave()
