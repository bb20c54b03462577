"""The outcome: a doctor and a patient chat, lose the network and the hub, come back, and nothing is lost or doubled."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import NewPerson
from tests.e2e.hub_process import HubProcess
from tests.e2e.person import PATIENCE_MS, PHONE, Person


def together(person: NewPerson) -> tuple[Person, Person]:
    """Doctor and patient, each looking at their conversation."""
    doctor, patient = person(), person(size=PHONE)
    doctor.enter("doctor")
    patient.enter("patient")
    doctor.choose("Martin Osei")
    patient.choose("Dr. Lucía Ferrer")
    return doctor, patient


def test_chat(person: NewPerson) -> None:
    """Messages, typing, receipts, replies, edits, deletions and their undoing arrive at the other side."""
    doctor, patient = together(person)
    doctor.page.get_by_role("textbox", name="Write a message").press_sequentially("Is it bet")
    expect(patient.page.get_by_text("Dr. Lucía Ferrer is typing…")).to_be_visible()
    doctor.write("Is it better today?")
    patient.sees("Is it better today?")
    expect(doctor.message("Is it better today?").get_by_text(re.compile("^(Delivered|Read)$"))).to_be_attached()

    patient.act("Is it better today?", "Reply")
    patient.write("Yes, much beter.")
    doctor.sees("Yes, much beter.")
    expect(doctor.message("Yes, much beter.")).to_contain_text("Is it better today?")

    patient.act("Yes, much beter.", "Edit")
    patient.write("Yes, much better.")
    doctor.sees("Yes, much better.")
    expect(doctor.message("Yes, much better.")).to_contain_text("edited")

    patient.write("Sent by mistake")
    doctor.sees("Sent by mistake")
    patient.act("Sent by mistake", "Delete")
    patient.page.get_by_role("button", name="Undo").click()
    patient.sees("Sent by mistake")
    patient.act("Sent by mistake", "Delete")
    expect(doctor.message("This message was deleted")).to_have_count(1, timeout=PATIENCE_MS)
    expect(doctor.message("Sent by mistake")).to_have_count(0)


def test_presence(person: NewPerson) -> None:
    """Who comes is seen to come, who goes is seen to go."""
    doctor = person()
    doctor.enter("doctor")
    doctor.choose("Martin Osei")
    banner = doctor.page.get_by_role("button", name=re.compile("^Martin Osei.*Conversation details$"))
    expect(banner).not_to_contain_text("Online")
    patient = person()
    patient.enter("patient")
    expect(banner).to_contain_text("Patient · Online")
    patient.page.goto("about:blank")
    expect(banner).not_to_contain_text("Online", timeout=40_000)


def test_network_cut(person: NewPerson) -> None:
    """What is written without a network waits, visibly, and arrives once, in order; so does what others wrote."""
    doctor, patient = together(person)
    patient.context.set_offline(True)
    expect(patient.page.get_by_test_id("connection-banner")).to_be_visible()
    for number in range(3):
        patient.write(f"From the lift {number}")
    expect(patient.page.get_by_test_id("connection-banner")).to_contain_text("3 changes waiting to be sent")
    doctor.write("Are you there?")
    patient.context.set_offline(False)
    for number in range(3):
        doctor.sees(f"From the lift {number}")
    patient.sees("Are you there?")
    expect(patient.page.get_by_test_id("connection-banner")).to_have_count(0)
    lift = [text for text in doctor.said() if text.startswith("From the lift")]
    assert lift == [f"From the lift {number}" for number in range(3)]


def test_killed_hub(person: NewPerson, hub: HubProcess) -> None:
    """kill -9 of the hub: messages written before, during and after it are there once, on both sides, in one order."""
    doctor, patient = together(person)
    doctor.write("Before the crash")
    patient.sees("Before the crash")
    hub.kill()
    expect(doctor.page.get_by_test_id("connection-banner")).to_be_visible()
    doctor.write("During the crash, doctor")
    patient.write("During the crash, patient")
    hub.start()
    for one in (doctor, patient):
        one.sees("During the crash, doctor")
        one.sees("During the crash, patient")
    doctor.write("After the crash")
    patient.sees("After the crash")
    doctor.sees("After the crash")
    assert doctor.said() == patient.said()
    assert len(doctor.said()) == len(set(doctor.said()))


def test_closed_tab(person: NewPerson) -> None:
    """The page opens without a network, shows what was not sent, and sends it when the network is back."""
    doctor, patient = together(person)
    patient.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    patient.page.reload()
    patient.page.get_by_role("textbox", name="Write a message").wait_for()
    patient.context.set_offline(True)
    expect(patient.page.get_by_test_id("connection-banner")).to_be_visible()
    patient.write("Kept through a closed tab")
    expect(patient.message("Kept through a closed tab")).to_contain_text("Waiting for connection")
    address = patient.page.url
    patient.page.close()
    patient.page = patient.context.new_page()
    patient.page.goto(address)
    expect(patient.message("Kept through a closed tab")).to_be_visible(timeout=PATIENCE_MS)
    patient.context.set_offline(False)
    doctor.sees("Kept through a closed tab")
    patient.sees("Kept through a closed tab")


def test_search_and_history(person: NewPerson) -> None:
    """A found message is shown in its place, however far back it is; from there one gets back to the newest."""
    doctor, patient = together(person)
    patient.write("The rash looks like a butterfly")
    doctor.sees("The rash looks like a butterfly")
    for number in range(70):
        patient.write(f"Line {number}")
    doctor.sees("Line 69")
    doctor.page.reload()
    doctor.sees("Line 69")
    expect(doctor.message("butterfly")).to_have_count(0)
    doctor.page.get_by_role("button", name="Search in this conversation").click()
    doctor.page.get_by_role("searchbox", name="Words to look for").fill("butterfly")
    doctor.page.locator("aside").get_by_text("The rash looks like a").click()
    expect(doctor.page.locator("li[data-message]").filter(has_text="butterfly")).to_be_in_viewport()
    doctor.page.get_by_role("button", name=re.compile("Newest messages|new message")).click()
    expect(doctor.message("Line 69")).to_be_in_viewport()
