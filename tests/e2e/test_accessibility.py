"""WCAG 2.2 AA by axe on every screen, in light and dark, on a phone and a desktop; languages; the keyboard."""

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.hub_process import ROOT, HubProcess
from tests.e2e.person import DESKTOP, PHONE, Person

AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SETTLED_MS: Final = 20_000
OUTSIDE: Final = (
    "/sign-in", "/sign-up", "/reset", "/reset#token=0123456789abcdef0123", "/guest#0123456789abcdef0123",
)  # fmt: skip
INSIDE: Final = (
    "/conversations", "/relationships", "/notifications", "/settings/profile", "/settings/preferences",
    "/settings/security", "/settings/sessions", "/recordings", "/connection", "/nowhere",
)  # fmt: skip
ADMIN: Final = ("/admin/accounts", "/admin/relationships", "/admin/recordings")
LOOKS: Final = list(product((PHONE, DESKTOP), ("light", "dark")))


def problems(somebody: Person) -> list[str]:
    """What axe finds on the page as it is now, one line each."""
    page = somebody.page
    expect(page.locator("h1:visible, [role=heading]:visible").first).to_be_visible(timeout=SETTLED_MS)
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0, timeout=SETTLED_MS)
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{page.url}: {rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0][0]}-{look[1]}")
def visitor(request: pytest.FixtureRequest, hub: HubProcess, browser: Browser) -> Iterator[Person]:
    """Somebody in one theme on one size of screen, who likes things not to move."""
    size, scheme = request.param
    somebody = Person(browser, hub.url, size, color_scheme=scheme, reduced_motion="reduce")
    yield somebody
    somebody.close()


def test_before_signing_in(visitor: Person) -> None:
    """Sign-in, sign-up, a forgotten password and its second half."""
    found: list[str] = []
    for path in OUTSIDE:
        visitor.open("/")
        visitor.open(path)
        found += problems(visitor)
    assert found == []


def test_inside(visitor: Person) -> None:
    """Every page of a clinician; the conversation with its panels, menus and dialogues."""
    visitor.enter("doctor")
    found: list[str] = []
    for path in INSIDE:
        visitor.open(path)
        found += problems(visitor)
    visitor.open("/conversations")
    page = visitor.page
    page.get_by_role("button", name="New conversation").first.click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Martin Osei")).to_be_visible()
    found += problems(visitor)
    page.keyboard.press("Escape")
    visitor.choose("Martin at home")
    expect(page.locator("li[data-message]").first).to_be_visible()
    found += problems(visitor)
    for panel in ("Search in this conversation", "Conversation details"):
        page.get_by_role("button", name=panel, exact=True).click()
        expect(page.get_by_role("complementary")).to_be_visible()
        found += problems(visitor)
        page.keyboard.press("Escape")
    assert found == []


def test_administration(visitor: Person) -> None:
    """The administrator's pages."""
    visitor.enter("admin")
    found: list[str] = []
    for path in ADMIN:
        visitor.open(path)
        found += problems(visitor)
    assert found == []


def test_arabic(hub: HubProcess, browser: Browser) -> None:
    """Arabic runs from right to left, and nothing is wider than a phone."""
    somebody = Person(browser, hub.url, PHONE)
    page = somebody.page
    somebody.open("/sign-in")
    page.get_by_label("Language").select_option("ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", name="تسجيل الدخول")).to_be_visible()
    page.get_by_label("البريد الإلكتروني أو الهاتف").fill("patient2@demo.carewire.test")
    page.get_by_label("كلمة المرور", exact=True).fill("lighthouse-amber-quartz")
    page.get_by_role("button", name="تسجيل الدخول").click()
    expect(page.get_by_role("heading", name="الرسائل")).to_be_visible()
    for path in ("/conversations", "/relationships", "/settings/preferences"):
        somebody.open(path)
        assert problems(somebody) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    somebody.close()


def test_keyboard(hub: HubProcess, browser: Browser) -> None:
    """From the sign-in to a sent message without a pointer; the focus goes where the work is."""
    somebody = Person(browser, hub.url)
    page = somebody.page
    somebody.open("/sign-in")
    expect(page.get_by_label("E-mail or phone")).to_be_focused()
    page.keyboard.type("doctor@demo.carewire.test")
    page.keyboard.press("Tab")
    page.keyboard.type("lighthouse-amber-quartz")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Messages")).to_be_visible()
    page.get_by_role("link", name="Martin Osei").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Martin Osei")).to_be_visible()
    page.get_by_role("textbox", name="Write a message").focus()
    page.keyboard.type("Written by keyboard")
    page.keyboard.press("Enter")
    somebody.sees("Written by keyboard")
    expect(page.get_by_role("textbox", name="Write a message")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_text("Editing your message")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Conversation details", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Details")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Conversation details", exact=True)).to_be_focused()
    somebody.close()
