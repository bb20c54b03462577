"""Accounts on the screens: second factor, verification of a doctor, a forgotten password, a lost device."""

import base64
import hashlib
import hmac
import re
import struct
import time

from playwright.sync_api import expect

from tests.e2e.conftest import NewPerson
from tests.e2e.hub_process import PASSWORD
from tests.e2e.person import Person

STEP_S = 30


def code_of(secret: str, at: float) -> str:
    """RFC 6238 with SHA-1 and six digits."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at) // STEP_S), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def sign_up(somebody: Person, role: str, name: str, email: str) -> None:
    """Fill the form."""
    somebody.open("/sign-up")
    page = somebody.page
    page.get_by_label("I am a").select_option(role)
    page.get_by_label("Full name").fill(name)
    page.get_by_label("E-mail").fill(email)
    if role in ("doctor", "nurse"):
        page.get_by_label("Licence number").fill(f"ES-{abs(hash(email)) % 10**6}")
    page.get_by_label("Password", exact=True).fill(PASSWORD + "-2")
    page.get_by_role("button", name="Create account").click()


def test_second_factor(person: NewPerson) -> None:
    """Set up by scanning, needed at the next sign-in; a recovery code works as well."""
    nurse = person()
    nurse.enter("nurse")
    nurse.open("/settings/security")
    nurse.page.get_by_role("button", name="Turn on").click()
    dialog = nurse.page.get_by_role("dialog")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("img", name="QR code for the authenticator")).to_be_visible()
    secret = dialog.locator("code").inner_text()
    dialog.get_by_label("Six digits from the app").fill(code_of(secret, time.time()))
    dialog.get_by_role("button", name="Turn on").click()
    expect(dialog.get_by_text("Keep these recovery codes")).to_be_visible()
    recovery = dialog.locator("li").all_inner_texts()
    assert len(recovery) == 10
    dialog.get_by_role("button", name="I have kept them").click()
    expect(nurse.page.get_by_text("10 recovery codes left")).to_be_visible()

    elsewhere = person()
    elsewhere.sign_in("nurse")
    expect(elsewhere.page.get_by_role("heading", name="Second factor")).to_be_visible()
    elsewhere.page.get_by_label("Code").fill("000000")
    elsewhere.page.get_by_role("button", name="Verify").click()
    expect(elsewhere.page.get_by_role("alert")).to_be_focused()
    # The code of this half minute was spent on setting up; the next one is accepted already.
    elsewhere.page.get_by_label("Code").fill(code_of(secret, time.time() + STEP_S))
    elsewhere.page.get_by_role("button", name="Verify").click()
    expect(elsewhere.page.get_by_role("heading", name="Messages")).to_be_visible()

    third = person()
    third.sign_in("nurse")
    third.page.get_by_role("button", name="Use a recovery code instead").click()
    third.page.get_by_label("Recovery code").fill(recovery[0])
    third.page.get_by_role("button", name="Verify").click()
    expect(third.page.get_by_role("heading", name="Messages")).to_be_visible()


def test_verification(person: NewPerson) -> None:
    """A doctor registers, waits, is verified by an administrator, is told, and can work without signing in again."""
    doctor = person()
    sign_up(doctor, "doctor", "Dr. Noor Visser", "noor@example.test")
    expect(doctor.page.get_by_text("Your account is being checked")).to_be_visible()
    admin = person()
    admin.enter("admin")
    admin.open("/admin")
    admin.page.get_by_label("Status").select_option("unverified")
    row = admin.page.get_by_role("listitem").filter(has_text="Noor Visser")
    row.get_by_role("button", name="Verify").click()
    expect(row.get_by_text("Active")).to_be_visible()
    expect(doctor.page.get_by_role("button", name="New conversation").first).to_be_visible()
    doctor.page.get_by_role("link", name=re.compile("Notifications")).click()
    expect(doctor.page.get_by_text("Your account was verified.")).to_be_visible()


def test_relationship(person: NewPerson) -> None:
    """Asked by one, accepted by the other, and they can write to each other."""
    family, patient = person(), person()
    sign_up(family, "family", "Kofi Osei", "kofi@example.test")
    expect(family.page.get_by_role("heading", name="Messages")).to_be_visible()
    family.open("/relationships")
    family.page.get_by_role("button", name="Connect with somebody").click()
    family.page.get_by_label("Their e-mail or phone").fill("patient@demo.carewire.test")
    family.page.get_by_role("button", name="Send request").click()
    sent = family.page.get_by_role("region", name="Requests you sent")
    expect(sent).to_contain_text("Waiting for an answer")
    expect(sent).not_to_contain_text("Martin Osei")  # who it is, is told when they accept
    patient.enter("patient")
    patient.open("/relationships")
    patient.page.get_by_role("article", name="Kofi Osei").get_by_role("button", name="Accept").click()
    connected = family.page.get_by_role("region", name="Connected")
    expect(connected).to_contain_text("Martin Osei")
    connected.get_by_role("button", name="Message").click()
    family.write("Hello, it worked")
    family.sees("Hello, it worked")
    patient.open("/conversations")
    patient.choose("Kofi Osei")
    patient.sees("Hello, it worked")


def test_forgotten_password(person: NewPerson) -> None:
    """The link of the mail sets a new password, once."""
    somebody = person()
    sign_up(somebody, "patient", "Ines Prat", "ines@example.test")
    expect(somebody.page.get_by_role("heading", name="Messages")).to_be_visible()
    forgetful = person()
    forgetful.open("/reset")
    forgetful.page.get_by_label("E-mail or phone").fill("ines@example.test")
    forgetful.page.get_by_role("button", name="Send the link").click()
    expect(forgetful.page.get_by_text("Check your messages")).to_be_visible()
    forgetful.open("/dev/outbox")
    letter = forgetful.page.locator("article").filter(has_text="ines@example.test").first.inner_text()
    link = re.search(r"http\S+/reset#token=\S+", letter)
    assert link is not None
    forgetful.page.goto(link.group())
    forgetful.page.get_by_label("New password", exact=True).fill("a quite different sentence")
    forgetful.page.get_by_label("Repeat it", exact=True).fill("a quite different sentence")
    forgetful.page.get_by_role("button", name="Save password").click()
    expect(forgetful.page.get_by_text("Password changed")).to_be_visible()
    expect(somebody.page.get_by_text("Your session has ended.")).to_be_visible()
    forgetful.enter("", login="ines@example.test", password="a quite different sentence")


def test_lost_device(person: NewPerson) -> None:
    """Signing a device out closes it at once."""
    here, there = person(), person()
    here.enter("doctor2")
    there.enter("doctor2")
    here.open("/settings/sessions")
    here.page.get_by_role("button", name="Sign out all other devices").click()
    expect(there.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(here.page.get_by_text("This device")).to_be_visible()
