"""Accounts through the real HTTP door: cookies, foreign pages, forged tokens, roles, and shapes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from time import monotonic
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer

from handlers.http.accounts import routes
from hub.dispatch import Dispatcher
from hub.engine.settings import EngineSettings
from hub.metrics import Metrics
from hub.mongo.client import Database
from hub.rates import Rates
from hub.rest import COOKIE, CSRF_HEADER, Rest, problems
from models.enums import Role
from models.ids import SessionId, new_id
from services.ports import AuditRow
from tests.support.accounts import OTHER_PASSWORD, PASSWORD, Office, office_on, required, settings


class Ports:
    """Audit and rooms, remembered."""

    def __init__(self) -> None:
        self.rows: list[AuditRow] = []

    async def record(self, row: AuditRow) -> None:
        self.rows.append(row)

    def publish(self, room: str, name: str, data: Mapping[str, Any], skip: object | None = None) -> None:
        raise AssertionError("accounts tell nothing lossy")


@dataclass
class Site:
    """A served office and somebody who asks it."""

    office: Office
    ports: Ports
    web: ClientSession
    url: str

    async def ask(
        self, verb: str, path: str, body: object = None, *, token: str = "", cookie: str = "", **headers: str
    ) -> tuple[ClientResponse, dict[str, Any]]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if cookie:
            sent["Cookie"] = f"{COOKIE}={cookie}"
        async with self.web.request(verb, f"{self.url}/api/v1{path}", json=body, headers=sent) as response:
            return response, await response.json(content_type=None)

    async def sign_in(self, login: str = "ana@example.org", client: str = "mobile") -> dict[str, Any]:
        body = {"login": login, "password": PASSWORD, "client": client}
        response, said = await self.ask("POST", "/auth/sign-in", body)
        assert response.status == 200, said
        return said


@pytest.fixture
async def site(office: Office) -> AsyncIterator[Site]:
    """The office behind its door."""
    async with served(office) as ready:
        yield ready


@asynccontextmanager
async def served(office: Office) -> AsyncIterator[Site]:
    """Serve an office on a port of its own."""
    ports = Ports()
    dispatcher = Dispatcher(ports, Rates(monotonic, 1e6), ports, Metrics(), "boot-test")
    app = web.Application(middlewares=[problems])
    Rest(dispatcher, office.identity, EngineSettings()).mount(app, routes(office.services))
    async with TestServer(app) as server, ClientSession() as client:
        yield Site(office, ports, client, str(server.make_url("")).rstrip("/"))


def cookie_of(response: ClientResponse) -> Any:
    """The refresh cookie that the answer sets."""
    jar = SimpleCookie()
    jar.load(response.headers["Set-Cookie"])
    return jar[COOKIE]


REGISTER = {"role": "patient", "name": "Ana", "password": PASSWORD, "email": "ana@example.org"}


async def test_a_newcomer_registers_signs_in_and_reads_the_account(site: Site) -> None:
    response, said = await site.ask("POST", "/auth/register", REGISTER | {"cid": new_id()})
    assert (response.status, said["status"]) == (201, "active")
    tokens = await site.sign_in()
    response, me = await site.ask("GET", "/me", token=tokens["access_token"])
    assert (response.status, me["email"], me["user_id"]) == (200, "ana@example.org", said["user_id"])
    assert response.headers["Cache-Control"] == "no-store"
    assert [row.outcome for row in site.ports.rows] == ["ok", "ok", "ok"]


async def test_a_browser_s_cookie_is_locked_down_and_needs_our_own_page(site: Site) -> None:
    await site.office.patient()
    body = {"login": "ana@example.org", "password": PASSWORD, "client": "browser"}
    response, said = await site.ask("POST", "/auth/sign-in", body)
    cookie = cookie_of(response)
    assert said["refresh_token"] is None
    assert COOKIE.startswith("__Host-")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True, True, "Strict", "/", "",
    )  # fmt: skip
    again = {"device_id": said["device_id"]}
    for headers in ({}, {CSRF_HEADER: "1", "Origin": "https://evil.test"}, {"Origin": site.url}):
        response, refused = await site.ask("POST", "/auth/refresh", again, cookie=cookie.value, **headers)
        assert (response.status, refused["code"]) == (403, "bad_origin")
    ours = {CSRF_HEADER: "1", "Origin": site.url}
    response, _ = await site.ask("POST", "/auth/refresh", again, cookie=cookie.value, **ours)
    assert response.status == 200
    fresh = cookie_of(response).value
    assert fresh != cookie.value
    response, _ = await site.ask("POST", "/auth/sign-out", {}, cookie=fresh, **ours)
    assert response.status == 200
    assert cookie_of(response).value == ""
    response, refused = await site.ask("POST", "/auth/refresh", again, cookie=fresh, **ours)
    assert (response.status, refused["code"]) == (401, "session_ended")


async def test_a_revoked_session_s_access_token_is_refused(site: Site) -> None:
    await site.office.patient()
    mine, other = await site.sign_in(), await site.sign_in()
    response, _ = await site.ask("GET", "/me", token=other["access_token"])
    assert response.status == 200
    response, _ = await site.ask("DELETE", f"/me/sessions/{other['session_id']}", token=mine["access_token"])
    assert response.status == 200
    site.office.identity.forget(SessionId(other["session_id"]))
    response, said = await site.ask("GET", "/me", token=other["access_token"])
    assert (response.status, said["code"]) == (401, "session_ended")
    response, said = await site.ask("GET", "/me/sessions", token=mine["access_token"])
    assert [one["session_id"] for one in said["sessions"]] == [mine["session_id"]]


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_a_forged_token_opens_nothing(site: Site, token: str) -> None:
    response, said = await site.ask("GET", "/me", token=token)
    assert (response.status, said["code"]) == (401, "unauthenticated")


ADMIN_ROWS: list[tuple[str, str, object]] = [
    ("POST", "/admin/accounts/search", {}),
    ("POST", "/admin/accounts", {}),
    *(("POST", f"/admin/accounts/{new_id()}/{verb}", {}) for verb in ("verify", "disable", "enable", "role")),
    ("DELETE", f"/admin/accounts/{new_id()}/sessions", None),
]


@pytest.mark.parametrize("role", [Role.PATIENT, Role.FAMILY, Role.NURSE, Role.DOCTOR])
async def test_nobody_but_administrators_reaches_administration(site: Site, role: Role) -> None:
    more = {"licence_number": "L123"} if role in (Role.NURSE, Role.DOCTOR) else {}
    await site.office.patient(role=role, **more)
    tokens = await site.sign_in()
    for verb, path, body in ADMIN_ROWS:
        response, said = await site.ask(verb, path, body, token=tokens["access_token"])
        assert (response.status, said["code"]) == (403, "forbidden"), path
        response, said = await site.ask(verb, path, body)
        assert (response.status, said["code"]) == (401, "unauthenticated"), path
    assert {row.outcome for row in site.ports.rows} == {"ok", "forbidden", "unauthenticated"}


async def test_an_administrator_s_day(site: Site) -> None:
    await site.office.patient("bo@example.org", name="Bo", role=Role.NURSE, licence_number="RN1")
    await site.office.admin()
    root = (await site.sign_in("root@example.org"))["access_token"]
    _, page = await site.ask("POST", "/admin/accounts/search", {"status": "unverified", "limit": 5}, token=root)
    (found,) = page["accounts"]
    one = f"/admin/accounts/{found['user_id']}"
    for path, body, field, value in (
        ("verify", {}, "status", "active"),
        ("disable", {}, "status", "disabled"),
        ("enable", {}, "status", "active"),
        ("role", {"role": "patient"}, "role", "patient"),
    ):
        response, said = await site.ask("POST", f"{one}/{path}", body, token=root)
        assert (response.status, said["account"][field]) == (200, value)
    response, said = await site.ask("DELETE", f"{one}/sessions", token=root)
    assert (response.status, said) == (200, {"count": 0})
    made = {"cid": new_id(), "role": "admin", "name": "Di", "password": OTHER_PASSWORD, "email": "di@example.org"}
    response, said = await site.ask("POST", "/admin/accounts", made, token=root)
    assert (response.status, said["account"]["role"]) == (201, "admin")


@pytest.mark.parametrize(
    "change",
    [{"role": "admin"}, {"role": "doctor"}, {"email": {"$ne": ""}}, {"unknown": 1}, {"cid": "1"}, {"password": 1}],
)
async def test_bad_shapes_are_coded_and_store_nothing(site: Site, change: dict[str, object]) -> None:
    response, said = await site.ask("POST", "/auth/register", REGISTER | {"cid": new_id()} | change)
    assert (response.status, said["code"]) == (422, "invalid")
    assert PASSWORD not in str(said)
    assert await site.office.database["accounts"].count_documents({}) == 0


async def test_a_setup_only_session_reaches_the_second_factor_and_nothing_else(database: Database) -> None:
    async with office_on(database, settings(second_factor=required(Role.PATIENT))) as office, served(office) as site:
        await office.patient()
        tokens = await site.sign_in()
        assert tokens["second_factor_setup_required"]
        token = tokens["access_token"]
        for verb, path in (("GET", "/me/sessions"), ("PATCH", "/me"), ("POST", "/me/password")):
            response, said = await site.ask(verb, path, None if verb == "GET" else {}, token=token)
            assert (response.status, said["code"]) == (403, "second_factor_setup_required"), path
        response, said = await site.ask("GET", "/me/second-factor", token=token)
        assert (response.status, said["required"], said["enabled"]) == (200, True, False)
