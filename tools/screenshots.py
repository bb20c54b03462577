"""Pictures of the client for the documentation: `python -m tools.screenshots [ADDRESS OF A DEMO HUB]`.

Signs in to a running development hub with the demo clinic and writes `docs/images/*.png`.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from hub.demo import DOMAIN, PASSWORD
from tools.portraits import DOCTOR, PATIENT, Portrait, camera

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
CHROMIUM: Final = Path("/usr/bin/chromium")
DESKTOP: Final = (1280, 800)
PHONE: Final = (390, 780)
SETTLE_MS: Final = 1500
PATIENCE_MS: Final = 60_000


@contextmanager
def visit(
    browser: Browser, address: str, who: str, *, size: tuple[int, int] = DESKTOP, dark: bool = False
) -> Iterator[Page]:
    """A page of somebody who has signed in, looking at their conversations."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
        reduced_motion="reduce",
        permissions=["camera", "microphone"],
    )
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator("input[name=login]").fill(f"{who}@{DOMAIN}")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    page.wait_for_url("**/conversations*")
    page.locator("main").first.wait_for()
    yield page
    context.close()


def take(page: Page, name: str) -> None:
    """Wait until fonts and lists have settled, then keep the picture."""
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=IMAGES / f"{name}.png")


def open_chat(page: Page, title: str) -> None:
    """Open the conversation whose row begins with the title."""
    page.get_by_role("link", name=re.compile("^" + re.escape(title))).click()
    page.locator("li[data-message]").first.wait_for()


def tour(browser: Browser, address: str) -> None:
    """Every picture, in the order of the documentation."""
    with visit(browser, address, "doctor") as doctor, visit(browser, address, "patient", size=PHONE) as patient:
        open_chat(patient, "Dr. Lucía Ferrer")
        open_chat(doctor, "Martin Osei")
        take(doctor, "chat-light")
        take(patient, "phone-light")
        doctor.goto(f"{address}/relationships")
        take(doctor, "people")
    with (
        visit(browser, address, "nurse", dark=True) as nurse,
        visit(browser, address, "patient", size=PHONE, dark=True) as patient,
    ):
        open_chat(nurse, "Martin at home")
        nurse.get_by_role("button", name="Conversation details", exact=True).click()
        open_chat(patient, "Martin at home")
        take(nurse, "chat-dark")
        take(patient, "phone-dark")
    with visit(browser, address, "doctor2") as omar, visit(browser, address, "patient2", size=PHONE) as salma:
        open_chat(omar, "Salma Nasser")
        open_chat(salma, "Dr. Omar Haddad")
        take(salma, "phone-arabic")
    with visit(browser, address, "patient2") as salma:
        open_chat(salma, "Dr. Omar Haddad")
        take(salma, "chat-arabic")
    with visit(browser, address, "admin") as admin:
        admin.goto(f"{address}/admin")
        take(admin, "administration")


def call(playwright: Playwright, address: str) -> None:
    """A recorded visit of two people, in the call and in its review."""
    with (
        seen(playwright, DOCTOR) as one,
        seen(playwright, PATIENT) as other,
        visit(one, address, "doctor") as doctor,
        visit(other, address, "patient", size=PHONE) as patient,
    ):
        open_chat(doctor, "Martin Osei")
        doctor.get_by_role("link", name="Start a video call").click()
        doctor.get_by_role("button", name="Call now").click()
        patient.get_by_role("button", name="Answer with video").click()
        doctor.locator('[data-testid="tile"][data-connection="connected"] video').wait_for()
        doctor.get_by_role("button", name="More").click()
        doctor.get_by_role("menuitem", name="Ask to record").click()
        for page in (doctor, patient):
            page.get_by_role("button", name="I agree").click()
        doctor.locator('[data-recording="running"] [data-path="relay"] video').first.wait_for()
        doctor.get_by_role("button", name="Chat").first.click()
        patient.get_by_role("button", name="Chat").first.click()
        write(patient, "Here is the list of my medicines.")
        write(doctor, "Thank you. Please stop the evening tablet.")
        patient.get_by_role("button", name="Close").click()
        doctor.wait_for_timeout(SETTLE_MS * 6)  # long enough for something to be watched again
        take(doctor, "call")
        take(patient, "call-phone")
        doctor.get_by_role("button", name="Leave call").click()
        doctor.goto(f"{address}/recordings")
        doctor.locator('[data-testid="recording"][data-status="ready"]').first.click(timeout=PATIENCE_MS)
        expect(doctor.get_by_test_id("review-tile")).to_have_count(2, timeout=PATIENCE_MS)
        doctor.get_by_role("list", name="Events").get_by_text("Here is the list of my medicines.").click()
        take(doctor, "review")


@contextmanager
def seen(playwright: Playwright, portrait: Portrait) -> Iterator[Browser]:
    """A browser whose camera shows somebody."""
    with tempfile.TemporaryDirectory() as folder:
        browser = launched(
            playwright,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera(portrait, Path(folder) / 'camera.y4m')}",
            "--autoplay-policy=no-user-gesture-required",
        )
        yield browser
        browser.close()


def write(page: Page, text: str) -> None:
    """Write a message and send it."""
    field = page.get_by_role("textbox", name="Write a message")
    field.fill(text)
    field.press("Enter")
    page.locator("li[data-message]").filter(has_text=text).wait_for()


def launched(playwright: Playwright, *options: str) -> Browser:
    """The system's Chromium where there is one, else Playwright's."""
    path = str(CHROMIUM) if CHROMIUM.exists() else None
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *options])


def main() -> None:
    """Take them all."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080"
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launched(playwright)
        tour(browser, address)
        browser.close()
        call(playwright, address)


if __name__ == "__main__":
    main()
