"""Rights that end, end on live sockets: within a second, on every node, whatever the client does."""

import asyncio
from datetime import UTC, datetime
from time import monotonic, time
from typing import Any

import pytest
import socketio

from models.documents.session import Session
from models.enums import RelationshipKind, Role
from models.events.accounts import ChangeRole, DisableAccount
from models.events.sessions import RevokeOtherSessions, RevokeSession
from models.ids import new_id
from services import state
from tests.support.site import Person, Site
from tests.support.waiting import until

Sites = tuple[Site, Site]


class Watched:
    """A stock client that remembers its goodbye and when it was cut."""

    def __init__(self, client: socketio.AsyncClient) -> None:
        self.client = client
        self.goodbye: dict[str, Any] | None = None
        self.cut_at: float | None = None
        client.on("hub.goodbye", self._said)
        client.on("disconnect", self._cut)

    def _said(self, fact: dict[str, Any]) -> None:
        self.goodbye = fact

    def _cut(self, reason: str) -> None:
        self.cut_at = monotonic()


async def watch(site: Site, person: Person) -> Watched:
    """Connect and watch."""
    return Watched(await site.connect(person))


async def cut_within(watched: Watched, since: float, seconds: float = 1.0) -> None:
    """The socket dies in time."""
    await until(lambda: watched.cut_at is not None, 5)
    assert watched.cut_at is not None and watched.cut_at - since <= seconds


async def test_revoking_a_session_cuts_its_sockets_on_another_node_and_no_others(sites: Sites) -> None:
    here, there = sites
    phone = await here.enrol("Ann", Role.PATIENT)
    laptop = await here.sign_in("Ann", phone.email)
    doomed, kept = await watch(there, laptop), await watch(there, phone)
    started = monotonic()
    await here.node.accounts.sessions.revoke(here.unit(phone.actor), RevokeSession(session_id=laptop.actor.session_id))
    await cut_within(doomed, started)
    assert doomed.goodbye is not None and doomed.goodbye["code"] == "session_ended"
    assert doomed.goodbye["reconnect"] is False
    assert kept.client.connected
    with pytest.raises(socketio.exceptions.ConnectionError):
        await there.connect(laptop)
    await kept.client.disconnect()


async def test_revoking_all_others_spares_the_one_that_asks(sites: Sites) -> None:
    here, there = sites
    phone = await here.enrol("Ann", Role.PATIENT)
    others = [await here.sign_in("Ann", phone.email) for _ in range(3)]
    doomed = [await watch(site, person) for site, person in zip((here, there, there), others, strict=True)]
    kept = await watch(there, phone)
    started = monotonic()
    await here.node.accounts.sessions.revoke_others(here.unit(phone.actor), RevokeOtherSessions())
    for watched in doomed:
        await cut_within(watched, started)
    assert kept.client.connected
    await kept.client.disconnect()


@pytest.mark.parametrize("change", ["disable", "role"])
async def test_disabling_an_account_or_changing_its_role_cuts_everything(sites: Sites, change: str) -> None:
    here, there = sites
    person = await here.enrol("Ann", Role.PATIENT)
    admin = (await here.enrol("Root", Role.ADMIN)).actor
    watched = [await watch(here, person), await watch(there, person)]
    started = monotonic()
    administration = here.node.accounts.administration
    if change == "disable":
        await administration.disable(here.unit(admin), DisableAccount(user_id=person.user_id))
    else:
        await administration.change_role(here.unit(admin), ChangeRole(user_id=person.user_id, role=Role.FAMILY))
    for one in watched:
        await cut_within(one, started)


async def test_the_safety_net_cuts_a_session_whose_end_was_not_heard(site: Site) -> None:
    person = await site.enrol("Ann", Role.PATIENT)
    watched = await watch(site, person)
    await state.collection_of(Session).update_one(
        {"_id": person.actor.session_id}, {"$set": {"ended_at": datetime.now(UTC)}}
    )
    await until(lambda: watched.cut_at is not None, 10)


async def test_a_token_that_ran_out_ends_the_connection_unless_it_was_refreshed(site: Site) -> None:
    stale, fresh = await site.enrol("Ann", Role.PATIENT), await site.enrol("Bob", Role.PATIENT)
    doomed, kept = await watch(site, stale), await watch(site, fresh)
    for connection in site.node.roster:
        connection.expires_at = time() - 60
    answer = await kept.client.call("auth.refresh", {"token": fresh.token})
    assert answer["ok"] is True
    await until(lambda: doomed.cut_at is not None, 5)
    assert doomed.goodbye is not None and doomed.goodbye["code"] == "token_expired" and doomed.goodbye["reconnect"]
    assert kept.client.connected
    await kept.client.disconnect()


async def test_a_connection_cannot_be_refreshed_with_somebody_elses_token(site: Site) -> None:
    ann, bob = await site.enrol("Ann", Role.PATIENT), await site.enrol("Bob", Role.PATIENT)
    client = await site.connect(ann)
    answer = await client.call("auth.refresh", {"token": bob.token})
    assert answer["error"]["code"] == "unauthenticated"
    await client.disconnect()


async def test_leaving_a_conversation_ends_receiving_at_once_on_both_nodes(sites: Sites) -> None:
    here, there = sites
    doctor, patient = await here.enrol("Doc", Role.DOCTOR), await here.enrol("Ann", Role.PATIENT)
    nurse = await here.enrol("Nurse", Role.NURSE)
    for clinician in (doctor, nurse):
        await here.relate(clinician, patient, RelationshipKind.CARE)
    doctor_socket, nurse_socket = await here.connect(doctor), await there.connect(nurse)
    group = await doctor_socket.call(
        "conversation.create",
        {"cid": new_id(), "kind": "group", "member_ids": [patient.user_id, nurse.user_id],
         "patient_id": patient.user_id, "title": "Ann"},
    )  # fmt: skip
    conversation_id = group["data"]["conversation"]["conversation_id"]
    heard: list[dict[str, Any]] = []
    nurse_socket.on("chat.sent", heard.append)
    left = asyncio.Event()
    nurse_socket.on("member.left", lambda fact: left.set())
    synced = await nurse_socket.call("hs.sync", {"cur": {f"c:{conversation_id}": 0}})
    assert synced["data"]["streams"][f"c:{conversation_id}"]["status"] == "live"
    await say(doctor_socket, conversation_id, "before")
    await until(lambda: len(heard) == 1, 5)
    removed = await doctor_socket.call(
        "conversation.remove_member", {"cid": new_id(), "conversation_id": conversation_id, "user_id": nurse.user_id}
    )
    assert removed["ok"] is True
    after = await say(doctor_socket, conversation_id, "after")
    async with asyncio.timeout(5):
        await left.wait()
    again = await nurse_socket.call("hs.sync", {"cur": {f"c:{conversation_id}": 0}})
    assert again["data"]["streams"][f"c:{conversation_id}"]["status"] == "gone"
    assert all(fact["n"] < after["n"] for fact in heard) and len(heard) == 1
    refused = await nurse_socket.call(
        "chat.send", {"cid": new_id(), "conversation_id": conversation_id, "text": "still here"}
    )
    assert refused["error"]["code"] == "not_found"
    for client in (doctor_socket, nurse_socket):
        await client.disconnect()


async def say(client: socketio.AsyncClient, conversation_id: str, text: str) -> dict[str, Any]:
    """Send one message; the ack's data."""
    answer = await client.call("chat.send", {"cid": new_id(), "conversation_id": conversation_id, "text": text})
    assert answer["ok"] is True
    data: dict[str, Any] = answer["data"]
    return data
