"""Files of recordings over the real HTTP server: ranges, rights, and what the audit learns."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from hub.audit.keys import AuditKeys
from hub.mongo.client import Client, Database
from hub.rest import COOKIE
from hub.schema import prepare
from media.recording.sealed import SealedFile
from models.documents.recording import Part, Participant, Recording
from models.enums import RelationshipKind, Role
from models.events.accounts import DisableAccount
from models.events.recording_views import RecordingStatus
from models.events.recordings import ChangeRecording
from models.events.sessions import ClientKind, SignIn
from models.ids import DeviceId, SessionId, UserId, new_id
from models.media import StartRecord
from services import state
from services.recordings.finishing import _extent
from services.unit import Actor
from tests.support.recordings import Take, later, write
from tests.support.site import PASSWORD, Person, Site, running_site
from tests.support.waiting import until


@dataclass
class Shown:
    """A finished recording on a running site."""

    site: Site
    doctor: Person
    patient: Person
    nurse: Person
    record: Recording
    plain: bytes
    http: aiohttp.ClientSession
    database: Database

    @property
    def file(self) -> str:
        """The one that is fetched."""
        return self.record.files[0].name

    async def link(self, who: Person, file: str | None = None) -> str:
        """`recording.link` over HTTP."""
        address = f"{self.site.url}/api/v1/recordings/{self.record.id}/links"
        async with self.http.post(address, json={"file": file or self.file}, headers=who.bearer) as answer:
            body = await answer.json()
            assert answer.status == 201, body
            return self.site.url + str(body["url"])

    async def get(self, url: str, header: str | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers."""
        more = headers | ({} if header is None else {"Range": header})
        async with self.http.get(url, headers=more) as answer:
            return answer.status, await answer.read(), dict(answer.headers)

    async def rows(self, action: str, outcome: str = "ok") -> list[dict[str, object]]:
        """Audit rows about this recording."""
        about = AuditKeys(b"a" * 32).pseudonym(self.record.id)
        found = self.database["audit"].find(
            {"action": action, "resource": about, "outcome": outcome}
        )  # fmt: skip
        return [row async for row in found]


@pytest.fixture
async def shown(mongo: Client, database: Database, tmp_path: Path) -> AsyncIterator[Shown]:
    """Doctor and patient were in the call; the nurse was not."""
    await prepare(database)
    async with running_site(mongo, database, tmp_path) as site, aiohttp.ClientSession() as http:
        doctor, patient = await site.enrol("Dora", Role.DOCTOR), await site.enrol("Paul", Role.PATIENT)
        nurse = await site.enrol("Nuria", Role.NURSE)
        await site.relate(doctor, patient, RelationshipKind.CARE)
        record = await kept(site, tmp_path / "recordings", await site.converse(doctor, patient), doctor, patient)
        key = site.node.rack.services.records.key(record)
        with SealedFile.open(tmp_path / "recordings" / record.id, record.files[0].name, key, record.id) as sealed:
            plain = sealed.read(0, sealed.plain_size)
        yield Shown(site, doctor, patient, nurse, record, plain, http, database)


async def kept(site: Site, folder: Path, conversation_id: str, *people: Person) -> Recording:
    """A recording as finishing leaves it."""
    recording_id = new_id()
    parties = {person.user_id: new_id() for person in people}
    cipher = site.node.accounts.cipher
    wish = StartRecord(call_id=new_id(), recording_id=recording_id, part=1, key="a2V5" * 10 + "a2U=",
                       parties=list(parties.values()))  # fmt: skip
    take = Take(wish, set(parties.values()))
    files = await asyncio.to_thread(write, folder / recording_id, take)
    record = Recording(
        id=recording_id, call_id=wish.call_id, conversation_id=conversation_id, status=RecordingStatus.READY,
        key=cipher.seal("recordings", recording_id, "key", wish.key), stopped_at=take.began_at,
        participants=[
            Participant(party_id=parties[one.user_id], user_id=one.user_id, name=one.name, role=one.actor.role,
                        verified=True)
            for one in people
        ],
        watchers=[one.user_id for one in people], parts=[Part(n=1, process="unix:/a", settled=True)], files=files,
        **_extent(files),
    )  # fmt: skip
    assert await state.insert(record)
    return record


async def test_the_whole_file_and_every_kind_of_range(shown: Shown) -> None:
    url, plain = await shown.link(shown.doctor), shown.plain
    size = len(plain)
    status, body, headers = await shown.get(url)
    assert (status, body) == (200, plain)
    assert headers["Accept-Ranges"] == "bytes" and headers["Cache-Control"] == "no-store"
    assert headers["Content-Type"] == "video/webm" and headers["Content-Length"] == str(size)
    for header, start, end in (
        ("bytes=0-0", 0, 1), ("bytes=100-4999", 100, 5000), ("bytes=2000-", 2000, size),
        ("bytes=-100", size - 100, size), (f"bytes=-{size * 9}", 0, size), (f"bytes=5-{size * 9}", 5, size),
        (f"bytes={size - 1}-", size - 1, size),
    ):  # fmt: skip
        status, body, headers = await shown.get(url, header)
        assert (status, body) == (206, plain[start:end]), header
        assert headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"


async def test_ranges_beyond_the_end_are_refused_and_malformed_ones_ignored(shown: Shown) -> None:
    url, size = await shown.link(shown.doctor), len(shown.plain)
    for header in (f"bytes={size}-", f"bytes={size * 2}-{size * 3}", "bytes=-0", "bytes=" + "9" * 40 + "-"):
        status, body, headers = await shown.get(url, header)
        assert (status, body, headers["Content-Range"]) == (416, b"", f"bytes */{size}"), header
    for header in ("bytes=5-2", "bytes=a-b", "chunks=0-1", "bytes=-", "bytes=0-1,5-6", "bytes=" + "1" * 99 + "-"):
        assert (await shown.get(url, header))[0] == 200, header


async def test_head_etag_and_if_range(shown: Shown) -> None:
    url = await shown.link(shown.doctor)
    async with shown.http.head(url, headers={"Range": "bytes=0-9"}) as answer:
        assert (answer.status, await answer.read(), answer.headers["Content-Length"]) == (206, b"", "10")
        etag = answer.headers["ETag"]
    assert (await shown.get(url, "bytes=0-9", **{"If-Range": etag}))[0] == 206
    assert (await shown.get(url, "bytes=0-9", **{"If-Range": '"another"'}))[:2] == (200, shown.plain)
    async with shown.http.post(url) as answer:
        assert answer.status == 405 and "GET" in answer.headers["Allow"]


async def in_browser(shown: Shown, who: Person) -> tuple[Person, str]:
    """The same person in a browser, and the `Cookie` header that it sends."""
    accounts, unit = shown.site.node.accounts, shown.site.unit()
    wish = SignIn(login=who.email, password=PASSWORD, client=ClientKind.BROWSER, device_id=new_id())
    tokens = await accounts.sign_in.sign_in(unit, wish)
    assert unit.set_cookie and tokens.refresh_token is None
    actor = Actor(UserId(tokens.user_id), tokens.role, SessionId(tokens.session_id), DeviceId(tokens.device_id))
    return Person(actor, who.name, who.email, tokens.access_token, ""), f"{COOKIE}={unit.set_cookie}"


async def test_a_browsers_link_opens_in_that_browser_only(shown: Shown) -> None:
    doctor, cookie = await in_browser(shown, shown.doctor)
    _, of_another_session = await in_browser(shown, shown.doctor)
    url = await shown.link(doctor)
    assert (await shown.get(url, Cookie=cookie))[:2] == (200, shown.plain)
    for foreign in ({}, {"Cookie": of_another_session}, {"Cookie": cookie[:-1]}, {"Cookie": f"{COOKIE}="}):
        status, body, _ = await shown.get(url, **foreign)
        assert status == 410 and b"link_spent" in body, foreign
    assert (await shown.get(await shown.link(shown.patient)))[0] == 200  # an app has no cookie to show


async def test_foreign_forged_and_expired_links_open_nothing(shown: Shown) -> None:
    url = await shown.link(shown.doctor)
    other = shown.record.files[1].name
    links = shown.site.node.rack.services.links
    actor = shown.doctor.actor
    old, _ = links.issue(
        actor.user_id, actor.role, actor.session_id, shown.record.id, shown.file, later(minutes=-5, seconds=-1),
        in_browser=False,
    )  # fmt: skip
    for wrong in (
        url.replace(shown.file, other), url.replace(shown.record.id, new_id()), url[:-4], url + "&x=1",
        url.partition("?")[0], url.partition("?")[0] + "?link=1.f1.%00", url + "A" * 2000, shown.site.url + old,
    ):  # fmt: skip
        status, body, _ = await shown.get(wrong)
        assert status == 410 and b"link_spent" in body, wrong
    assert await shown.rows("recording.view", "link_spent")
    address = f"{shown.site.url}/api/v1/recordings/{shown.record.id}/links"
    for who, file, expected in ((shown.nurse, shown.file, 404), (shown.doctor, "no-1.1", 404)):
        async with shown.http.post(address, json={"file": file}, headers=who.bearer) as answer:
            assert answer.status == expected


async def test_a_link_ends_with_the_session_and_with_the_right(shown: Shown) -> None:
    doctors, patients = await shown.link(shown.doctor), await shown.link(shown.patient)
    admin = await shown.site.enrol("Root", Role.ADMIN)
    disable = DisableAccount(user_id=shown.doctor.user_id)
    await shown.site.node.accounts.administration.disable(shown.site.unit(admin.actor), disable)

    async def refused() -> bool:
        return (await shown.get(doctors))[0] == 401

    await until(refused, what="the session has ended")
    assert (await shown.get(patients))[0] == 200
    wish = ChangeRecording(cid=new_id(), recording_id=shown.record.id)
    await shown.site.node.services.recordings.keeping.delete(shown.site.unit(admin.actor), wish)
    assert (await shown.get(patients))[0] == 404


async def test_every_view_is_audited_with_what_went_out(shown: Shown) -> None:
    url = await shown.link(shown.patient)
    viewings = shown.site.node.rack.viewings
    middle = len(shown.plain) // 2
    await shown.get(url, "bytes=0-99")
    await shown.get(url, f"bytes={middle}-{middle + 99}")
    await shown.get(url, f"bytes={middle + 100}-{middle + 200}")
    (opened,) = await shown.rows("recording.view")
    assert opened["ref"] == f"{shown.file}:open"
    assert opened["actor"] == AuditKeys(b"a" * 32).pseudonym(shown.patient.user_id)
    await viewings.close()
    seen = [str(row["ref"]) for row in await shown.rows("recording.view") if row is not opened][-1]
    file, _, ranges = seen.partition(":")
    start, _, end = ranges.partition("-")
    assert file == shown.file and 1000 <= int(start) < int(end) <= int(start) + 2000
    assert int(end) <= shown.record.files[0].duration_ms


async def test_the_commands_over_http(shown: Shown) -> None:
    base = f"{shown.site.url}/api/v1"
    headers = shown.patient.bearer
    async with shown.http.get(f"{base}/recordings?limit=5", headers=headers) as answer:
        assert [one["recording_id"] for one in (await answer.json())["recordings"]] == [shown.record.id]
    async with shown.http.get(f"{base}/recordings/{shown.record.id}", headers=headers) as answer:
        assert answer.status == 200 and len((await answer.json())["tracks"]) == 2
    async with shown.http.get(f"{base}/recordings/{shown.record.id}", headers=shown.nurse.bearer) as answer:
        assert answer.status == 404
    async with shown.http.get(f"{base}/recording-policy", headers=headers) as answer:
        assert (await answer.json())["policy"] == "on_request"
    path = f"{base}/recordings/{shown.record.id}?cid={new_id()}"
    async with shown.http.delete(path, headers=headers) as answer:
        assert answer.status == 403  # patients watch, they do not delete
    async with shown.http.delete(path, headers=shown.doctor.bearer) as answer:
        assert answer.status == 200
