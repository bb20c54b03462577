"""Requests no client of ours would make: every route of the HTTP door refuses each kind, coded and in its own words."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import ClientSession, ClientTimeout

from hub.rest import PREFIX
from models.enums import RelationshipKind, Role
from models.events.calls import StartCall
from models.ids import new_id
from services.accounts.tokens import AccessTokens
from tests.fuzz.caller import Caller, Row
from tests.support.accounts import ring, settings
from tests.support.site import Person

BODIES = ("POST", "PUT", "PATCH")


def _path(row: Row, ids: dict[str, str] | None = None) -> str:
    """The route's address; ids nobody has unless given."""
    made = {name: (ids or {}).get(name) or ("1" if name == "n" else new_id()) for name in _names(row)}
    return row.path.format(**made)


def _names(row: Row) -> list[str]:
    return re.findall(r"{(\w+)}", row.path)


def _writing(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.verb in BODIES]


async def test_expired_foreign_and_broken_tokens_open_no_route(caller: Caller) -> None:
    ana = await caller.site.enrol("Ana", Role.ADMIN)
    access = caller.site.node.accounts.access
    now = datetime.now(UTC)
    expired = access.issue(ana.actor, now - timedelta(hours=1), setup_only=False)[0]
    foreign = AccessTokens(replace(settings().tokens, ring=ring("t2"))).issue(ana.actor, now, setup_only=False)[0]
    same_name = AccessTokens(replace(settings().tokens, ring=replace(ring("t1"), keys={"t1": b"x" * 32})))
    forged = same_name.issue(ana.actor, now, setup_only=False)[0]
    tokens = {
        expired: "token_expired", foreign: "unauthenticated", forged: "unauthenticated", "": "unauthenticated",
        "a.b.c": "unauthenticated", ana.token[:-4] + "AAAA": "unauthenticated", ana.refresh_token: "unauthenticated",
    }  # fmt: skip
    guarded = [row for row in caller.rows if row.spec.allow is not None]
    assert len(guarded) > 30
    for row in guarded:
        headers = await caller.ask(row.verb, _path(row), 401, code="unauthenticated")
        assert headers["WWW-Authenticate"] == "Bearer"
        for token, code in tokens.items():
            await caller.ask(row.verb, _path(row), 401, code=code, token=token)


async def test_bodies_that_are_too_large_broken_or_no_json_at_all(caller: Caller) -> None:
    tokens = await caller.tokens()
    large = b'{"text": "' + b"x" * 300_000 + b'"}'
    json = {"Content-Type": "application/json"}
    deep = b'{"a":' * 200 + b"1" + b"}" * 200
    shapes = (
        b"{", b"[]", b"null", b'"text"', b"1e999", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff\xfe{}", b"{}garbage",
        b"\xef\xbb\xbf{}x", deep, b"[" * 200 + b"]" * 200, b"[" * 100_000, b'{"cid": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"\\ud800": 1}', b'{"cid": "\\u0000"}', b'{"cid": ' + b"9" * 5000 + b"}",
    )  # fmt: skip
    for row in _writing(caller.rows):
        path, token = _path(row), tokens[row.spec.name]
        await caller.ask(row.verb, path, 413, code="too_large", token=token, data=large, headers=json)
        await caller.ask(row.verb, path, 413, code="too_large", token=token, data=_drip(large), headers=json)
        for shape in shapes:
            await caller.ask(row.verb, path, 422, code="invalid", token=token, data=shape, headers=json)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "x"):
            sent = {"Content-Type": kind}
            await caller.ask(row.verb, path, 422, code="invalid", token=token, data=b'{"a": 1}', headers=sent)


async def _drip(body: bytes) -> AsyncIterator[bytes]:
    """A body of unknown length."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


async def test_query_parameters_are_known_and_given_once(caller: Caller) -> None:
    tokens = await caller.tokens()
    for row in caller.rows:
        path, token = _path(row), tokens[row.spec.name]
        await caller.ask(row.verb, f"{path}?nobody=knows", 422, code="invalid", token=token)
        for name in row.query:
            twice = f"{path}?{name}=1&{name}=1"
            await caller.ask(row.verb, twice, 422, code="invalid", token=token)


async def test_other_methods_are_answered_with_those_that_exist(caller: Caller) -> None:
    token = (await caller.site.enrol("Ana", Role.PATIENT)).token
    by_path: dict[str, set[str]] = {}
    for row in caller.rows:
        by_path.setdefault(row.path, set()).add(row.verb)
    for path, verbs in by_path.items():
        address = path.format(**dict.fromkeys(re.findall(r"{(\w+)}", path), "1"))
        allowed = verbs | ({"HEAD"} if "GET" in verbs else set())
        for verb in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} - allowed:
            headers = await caller.ask(verb, address, 405, code="unsupported", token=token)
            assert headers["Allow"] == ", ".join(sorted(allowed))
    await caller.ask("HEAD", "/me", 200, token=token)
    await caller.ask("HEAD", "/me", 401)
    for nowhere in (
        "",
        "/",
        "/nowhere",
        "/me/",
        "//me",
        "/%00",
        "/me%2Fsessions",
        "/" + "a" * 4000,
    ):
        await caller.ask("GET", nowhere, 404, code="not_found", token=token)


async def test_ids_of_others_are_not_found(caller: Caller) -> None:
    """To an outsider somebody else's things are as if they were not there, whatever is asked about them."""
    site = caller.site
    doctor, patient = await site.enrol("Doctor", Role.DOCTOR), await site.enrol("Patient", Role.PATIENT)
    await site.relate(doctor, patient, RelationshipKind.CARE)
    conversation_id = await site.converse(doctor, patient)
    await caller.ask(
        "POST", f"/conversations/{conversation_id}/messages", 201, token=doctor.token,
        json={"cid": new_id(), "text": "secret"},
    )  # fmt: skip
    ids = {
        "conversation_id": conversation_id, "n": "2", "user_id": patient.user_id,
        "session_id": doctor.actor.session_id, "relationship_id": await _relationship(caller, doctor),
        "call_id": await _call(caller, doctor, conversation_id),
    }  # fmt: skip
    fields: dict[str, dict[str, Any]] = {
        "conversation.rename": {"title": "Mine"}, "conversation.add_member": {"user_id": patient.user_id},
        "conversation.leave": {}, "chat.send": {"text": "I am in"}, "chat.edit": {"text": "I was here"},
        "chat.mark": {"read_n": 1}, "relationship.answer": {"accept": True}, "relationship.end": {},
        "call.decline": {}, "call.create_guest_link": {"label": "me"}, "recording.set_hold": {"held": False},
        "recording.link": {"file": "a-1.1"}, "recording.watched": {"ranges": [[0, 1]]}, "recording.compose": {},
        "recording.add_bookmark": {"at_ms": 1}, "recording.change_bookmark": {"note": "mine"},
    }  # fmt: skip
    rows = [row for row in caller.rows if _names(row) and not row.path.startswith("/admin")]
    assert {row.spec.name for row in rows if row.verb in BODIES} == set(fields)
    outsiders = [await site.enrol(role, role) for role in (Role.NURSE, Role.PATIENT, Role.FAMILY)]
    for outsider in outsiders:
        for row in rows:
            await _ask_for(caller, row, ids, fields, outsider)
        search = {"query": "secret", "conversation_id": conversation_id}
        await caller.ask("POST", "/search/messages", 404, code="not_found", token=outsider.token, json=search)
    for row in caller.rows:
        if row.path.startswith("/admin"):
            await caller.ask(row.verb, _path(row, ids), 403, code="forbidden", token=outsiders[0].token)
    await caller.ask("GET", f"/conversations/{conversation_id}", 200, token=doctor.token)
    await caller.ask("GET", f"/conversations/{conversation_id}", 200, token=patient.token)


async def _ask_for(
    caller: Caller, row: Row, ids: dict[str, str], fields: dict[str, dict[str, Any]], outsider: Person
) -> None:
    """The same answer for what is not theirs and for what does not exist."""
    cid = {"cid": new_id()} if "cid" in row.spec.payload.model_fields else {}
    body = {"json": fields[row.spec.name] | cid} if row.verb in BODIES else {"params": cid}
    # In every role: a patient may not even try to edit a conversation's members, and learns nothing by it.
    refusals = (404, "not_found") if outsider.actor.role in (row.spec.allow or ()) else (403, "forbidden")
    for known in (ids, None):
        await caller.ask(row.verb, _path(row, known), refusals[0], code=refusals[1], token=outsider.token, **body)


async def _call(caller: Caller, person: Person, conversation_id: str) -> str:
    wish = StartCall(cid=new_id(), conversation_id=conversation_id)
    started = await caller.site.node.calls.calls.start(caller.site.unit(person.actor), wish)
    return started.call.call_id


async def _relationship(caller: Caller, person: Person) -> str:
    timeout = ClientTimeout(10)
    async with (
        ClientSession(caller.site.url, timeout=timeout) as session,
        session.get(f"{PREFIX}/relationships", headers=person.bearer) as answer,
    ):
        relationship_id: str = (await answer.json())["relationships"][0]["relationship_id"]
        return relationship_id
