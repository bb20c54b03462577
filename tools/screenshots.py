"""Pictures of the client for the documentation: `python -m tools.screenshots [ADDRESS OF A DEMO HUB]`.

Signs in to a running development hub with the demo clinic and writes `docs/images/*.png`.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from hub.demo import DOMAIN, PASSWORD

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
CHROMIUM: Final = Path("/usr/bin/chromium")
DESKTOP: Final = (1280, 800)
PHONE: Final = (390, 780)
SETTLE_MS: Final = 1500


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


def main() -> None:
    """Take them all."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080"
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        tour(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
