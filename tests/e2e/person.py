"""A person in front of a browser: what they do on the screens, by the words they read there."""

import re
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.hub_process import PASSWORD

PATIENCE_MS: Final = 20_000
DESKTOP: Final = (1440, 900)
PHONE: Final = (360, 740)

expect.set_options(timeout=PATIENCE_MS)


class Person:
    """One browser profile of one person."""

    def __init__(self, browser: Browser, url: str, size: tuple[int, int] = DESKTOP, **options: Any) -> None:
        width, height = size
        self.url = url
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", timezone_id="Europe/Madrid", **options
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.failures: list[str] = []
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(self.url + path)

    def sign_in(self, key: str, password: str = PASSWORD, login: str | None = None) -> None:
        """Up to the answer; a second factor is up to the test."""
        self.open("/sign-in")
        self.page.get_by_label("E-mail or phone").fill(login or f"{key}@demo.carewire.test")
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def enter(self, key: str, **details: Any) -> None:
        """Sign in and see the conversations."""
        self.sign_in(key, **details)
        expect(self.page.get_by_role("heading", name="Messages")).to_be_visible(timeout=PATIENCE_MS)

    def choose(self, title: str) -> None:
        """Open the conversation of that title."""
        self.page.get_by_role("link", name=re.compile("^" + re.escape(title))).click()
        expect(self.page.get_by_role("heading", name=title)).to_be_visible(timeout=PATIENCE_MS)

    def write(self, text: str) -> None:
        """Write a message and send it by Enter."""
        field = self.page.get_by_role("textbox", name="Write a message")
        field.fill(text)
        field.press("Enter")

    def message(self, text: str) -> Locator:
        """The message with these words."""
        return self.page.locator("article:visible").filter(has_text=text)

    def sees(self, text: str) -> None:
        """Wait for exactly one message with these words, in its durable form."""
        expect(self.page.locator("li[data-message] article").filter(has_text=text)).to_have_count(
            1, timeout=PATIENCE_MS
        )

    def act(self, text: str, action: str) -> None:
        """Choose an action of the message with these words."""
        self.message(text).hover()
        self.message(text).get_by_role("button", name=re.compile("^Actions for")).click()
        self.page.get_by_role("menuitem", name=action).click()

    def said(self) -> list[str]:
        """The text of every durable message on the screen, in order."""
        texts: list[str] = self.page.locator("li[data-message] p[dir=auto]").all_inner_texts()
        return texts

    def close(self) -> None:
        """Shut the browser profile; nothing may have gone wrong on its pages."""
        self.context.close()
        assert self.failures == []
