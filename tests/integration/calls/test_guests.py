"""Guests: a link that works once, a waiting room, one call and nothing else."""

import asyncio
from typing import Any

import aiohttp
import pytest
import socketio

from models import streams
from models.documents.account import Account
from models.documents.session import Session
from models.ids import new_id
from services import state
from services.accounts.guests import GuestAccounts
from services.unit import Unit
from tests.integration.calls.conftest import Pick, Ward
from tests.integration.calls.lapse import lapse
from tests.integration.calls.phone import Phone, Refused, Told, party
from tests.support.site import CONNECT_S, Person, Site
from tests.support.waiting import until


class Guest:
    """Somebody with a link and a browser."""

    def __init__(self, site: Site, secret: str) -> None:
        self.site = site
        self.secret = secret
        self.device_id = new_id()

    async def look(self) -> Told:
        return await self._post("look")

    async def join(self, name: str = "Interpreter") -> Told:
        return await self._post("join", name=name, device_id=self.device_id)

    async def connect(self, joined: Told) -> Phone:
        client = socketio.AsyncClient(reconnection=False)
        phone = Phone(_person(joined), client)
        await client.connect(self.site.url, auth={"token": joined["tokens"]["access_token"]}, wait_timeout=CONNECT_S)
        return phone

    async def _post(self, what: str, **fields: Any) -> Told:
        body = {"secret": self.secret} | fields
        url = f"{self.site.url}/api/v1/guest/{what}"
        async with aiohttp.ClientSession() as http, http.post(url, json=body) as answer:
            told: Told = await answer.json()
            if answer.status >= 400:
                raise Refused(told["code"])
            return told


def _person(joined: Told) -> Person:
    tokens = joined["tokens"]
    return Person(actor=_Actor(tokens["user_id"]), name="", email="", token=tokens["access_token"], refresh_token="")  # type: ignore[arg-type]


class _Actor:
    def __init__(self, user_id: str) -> None:
        self.user_id = user_id


@pytest.fixture
async def doctor(ward: Ward, pick: Pick) -> Phone:
    return await pick(ward.site, ward.doctor)


@pytest.fixture
async def talk(ward: Ward, pick: Pick, doctor: Phone) -> str:
    patient = await pick(ward.site, ward.patient)
    call_id: str = (await doctor.start(ward.pair))["call_id"]
    await patient.do("call.accept", call_id)
    return call_id


async def linked(ward: Ward, doctor: Phone, call_id: str, **fields: Any) -> tuple[Guest, Told]:
    link = await doctor.do("call.create_guest_link", call_id, label="interpreter", **fields)
    return Guest(ward.site, link["url"].partition("#")[2]), link


async def test_a_guest_waits_is_admitted_and_goes_with_the_call(ward: Ward, doctor: Phone, talk: str) -> None:
    guest, link = await linked(ward, doctor, talk)
    assert await guest.look() == {"host_name": "Dr Ito", "expires_at": link["expires_at"]}
    joined = await guest.join()
    place = joined["call"]["parties"][-1]
    assert (place["state"], place["person"]["role"], place["person"]["name"]) == ("waiting", "guest", "Interpreter")
    phone = await guest.connect(joined)
    await phone.enter(talk)
    await doctor.do("call.admit", talk, party_id=place["party_id"])
    await phone.sees(talk, state="connecting")
    entered = await phone.enter(talk, leg_id=phone.leg_id)
    assert entered["call"]["parties"][-1]["state"] == "present"
    for command, fields in (("call.start", {"conversation_id": ward.pair}), ("call.end", {"call_id": talk})):
        with pytest.raises(Refused, match="forbidden"):
            await phone.ask(command, cid=new_id(), **fields)
    with pytest.raises(Refused, match="forbidden"):
        await phone.ask("conversation.get", conversation_id=ward.pair)
    await doctor.do("call.end", talk)
    await until(lambda: not phone.client.connected, what="the guest's session ends with the call")


async def test_a_guest_who_waits_learns_of_nobody_but_the_host(ward: Ward, doctor: Phone, talk: str) -> None:
    guest, _ = await linked(ward, doctor, talk)
    joined = await guest.join()
    phone = await guest.connect(joined)
    entered = await phone.enter(talk)
    party_id = entered["party_id"]
    listed = (await phone.ask("call.list"))["calls"][0]
    for seen in (joined["call"], entered["call"], await phone.call(talk), listed):
        assert [one["person"]["name"] for one in seen["parties"]] == ["Dr Ito", "Interpreter"]
    await doctor.ask("call.set_media", call_id=talk, media={"audio": False})
    told = (await phone.hears("call.changed"))["call"]
    assert (told["call_id"], len(told["parties"])) == (talk, 2)
    await doctor.do("call.admit", talk, party_id=party_id)
    await until(lambda: len(phone.facts("call.changed")[-1]["call"]["parties"]) == 3, what="is told of everybody")
    before = len(phone.facts("call.changed"))
    await doctor.ask("call.set_media", call_id=talk, media={"audio": True})
    await until(lambda: len(phone.facts("call.changed")) > before, what="hears the call")
    await phone.do("call.leave", talk)
    assert len((await phone.call(talk))["parties"]) == 2


async def test_a_link_works_once(ward: Ward, doctor: Phone, talk: str) -> None:
    guest, _ = await linked(ward, doctor, talk)
    first = await guest.join()
    other = Guest(ward.site, guest.secret)
    for act in (other.look, other.join):
        with pytest.raises(Refused, match="link_spent"):
            await act()
    # The answer may have been lost: the same device is the same guest.
    again = await guest.join()
    assert again["tokens"]["user_id"] == first["tokens"]["user_id"]
    assert len((await doctor.call(talk))["parties"]) == 3


async def test_a_guest_who_was_turned_away_stays_away(ward: Ward, doctor: Phone, talk: str) -> None:
    guest, _ = await linked(ward, doctor, talk)
    joined = await guest.join()
    phone = await guest.connect(joined)
    party_id = (await phone.enter(talk))["party_id"]
    await doctor.do("call.refuse", talk, party_id=party_id)
    with pytest.raises(Refused, match="link_spent"):
        await guest.join()
    await is_gone(ward, phone, joined)


async def test_a_guest_whom_the_host_takes_out_is_out_at_once(ward: Ward, doctor: Phone, talk: str) -> None:
    guest, _ = await linked(ward, doctor, talk)
    joined = await guest.join()
    phone = await guest.connect(joined)
    party_id = (await phone.enter(talk))["party_id"]
    await doctor.do("call.admit", talk, party_id=party_id)
    await phone.enter(talk, leg_id=phone.leg_id)
    call = (await doctor.do("call.refuse", talk, party_id=party_id))["call"]
    assert [(one["state"], one["ended"]) for one in call["parties"]][-1] == ("gone", "declined")
    assert call["state"] == "connecting"
    with pytest.raises(Refused, match="link_spent"):
        await guest.join()
    await is_gone(ward, phone, joined)
    patient = party(call, ward.patient)
    with pytest.raises(Refused, match="not_found"):
        await doctor.do("call.refuse", talk, party_id=patient["party_id"])


async def is_gone(ward: Ward, phone: Phone, joined: Told) -> None:
    """Sockets are cut, the token opens no other, and nothing refreshes it."""
    await until(lambda: not phone.client.connected, 5.0, what="a cut socket")
    again = socketio.AsyncClient(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await again.connect(ward.site.url, auth={"token": joined["tokens"]["access_token"]})
    sessions = await state.fetch_all(Session, {"user_id": joined["tokens"]["user_id"]}, 10)
    assert [session.ended_at is not None for session in sessions] == [True]


async def test_a_guest_who_is_turned_away_while_coming_in_does_not_stay_signed_in(
    ward: Ward, doctor: Phone, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest, _ = await linked(ward, doctor, talk)
    open_session = GuestAccounts.open

    async def late(self: GuestAccounts, unit: Unit, user_id: str, name: str, device_id: str) -> Any:
        place = (await doctor.call(talk))["parties"][-1]
        await doctor.do("call.refuse", talk, party_id=place["party_id"])
        await until(lambda: not ward.site.node.calls.guests._doubtful, what="nothing left to do")
        return await open_session(self, unit, user_id, name, device_id)

    monkeypatch.setattr(GuestAccounts, "open", late)
    joined = await guest.join()

    async def ended() -> bool:
        [session] = await state.fetch_all(Session, {"user_id": joined["tokens"]["user_id"]}, 10)
        return session.ended_at is not None

    await until(ended, 5.0, what="a session that ends")


async def test_a_guests_account_is_purged_and_the_name_stays_where_it_is_shown(
    ward: Ward, doctor: Phone, talk: str
) -> None:
    guest, _ = await linked(ward, doctor, talk)
    joined = await guest.join("Interpreter")
    phone = await guest.connect(joined)
    party_id = (await phone.enter(talk))["party_id"]
    await doctor.do("call.admit", talk, party_id=party_id)
    await doctor.do("call.end", talk)
    await phone.close()
    user_id = joined["tokens"]["user_id"]
    accounts = state.collection_of(Account)
    kept = await accounts.find_one({"_id": user_id})
    assert kept is not None
    [session] = await state.fetch_all(Session, {"user_id": user_id}, 10)
    assert kept["purge_at"] >= session.purge_at, "an account that is deleted before its session"
    assert (await accounts.index_information())["purge"]["expireAfterSeconds"] == 0
    assert await accounts.count_documents({"purge_at": {"$ne": None}, "role": {"$ne": "guest"}}) == 0
    await accounts.delete_one({"_id": user_id})  # as the database does when its time has come
    assert (await doctor.call(talk))["parties"][-1]["person"]["name"] == "Interpreter"
    told = await ward.site.node.log.read(streams.conversation(ward.pair), 0, 200, 1 << 20)
    assert [event.data["person"]["name"] for event in told if event.type == "call.joined"][-1] == "Interpreter"


async def test_of_two_who_use_a_link_at_once_one_comes_in(ward: Ward, doctor: Phone, talk: str) -> None:
    guest, _ = await linked(ward, doctor, talk)
    rivals = [Guest(ward.site, guest.secret) for _ in range(4)]
    outcomes = await asyncio.gather(*(rival.join() for rival in rivals), return_exceptions=True)
    assert sorted(getattr(one, "code", "in") for one in outcomes) == ["in", *["link_spent"] * 3]
    assert len((await doctor.call(talk))["parties"]) == 3


async def test_links_that_ran_out_were_revoked_or_never_were(ward: Ward, doctor: Phone, talk: str) -> None:
    late, _ = await linked(ward, doctor, talk, minutes=1)
    await lapse(talk, 60)
    revoked, link = await linked(ward, doctor, talk)
    await doctor.do("call.revoke_guest_link", talk, link_id=link["link_id"])
    for guest in (late, revoked, Guest(ward.site, "x" * 43)):
        with pytest.raises(Refused, match="link_spent"):
            await guest.join()
    after, _ = await linked(ward, doctor, talk)
    await doctor.do("call.end", talk)
    with pytest.raises(Refused, match="link_spent"):
        await after.join()


async def test_a_repeated_link_command_is_one_link(ward: Ward, doctor: Phone, talk: str) -> None:
    cid = new_id()
    first, link = await linked(ward, doctor, talk, cid=cid)
    second, same = await linked(ward, doctor, talk, cid=cid)
    assert same["link_id"] == link["link_id"]
    await second.look()
    with pytest.raises(Refused, match="link_spent"):
        await first.look()


async def test_only_the_host_makes_links(ward: Ward, pick: Pick, doctor: Phone, talk: str) -> None:
    patient = await pick(ward.site, ward.patient)
    with pytest.raises(Refused, match="forbidden"):
        await linked(ward, patient, talk)
    with pytest.raises(Refused, match="not_found"):
        await linked(ward, await pick(ward.site, ward.nurse), talk)


async def test_a_guest_who_does_not_come_loses_the_place(ward: Ward, doctor: Phone, talk: str) -> None:
    guest, _ = await linked(ward, doctor, talk)
    joined = await guest.join()
    await lapse(talk, 30)

    async def given_up() -> bool:
        return bool((await doctor.call(talk))["parties"][-1]["state"] == "gone")

    await until(given_up)
    phone = await guest.connect(joined)
    call = (await phone.do("call.accept", talk))["call"]
    assert call["parties"][-1]["state"] == "waiting"
    await phone.close()
