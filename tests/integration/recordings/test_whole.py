"""The whole way on one node: direct call, consent, relay, recording, end, link, file."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import aiohttp
import av
import pytest
from aiohttp import web

from hub.media.settings import MediaSettings
from hub.mongo.client import Client, Database
from hub.node import Node, NodeSettings
from hub.schema import prepare
from models.documents.call import Call, Party
from models.enums import Language, RelationshipKind, Role
from models.events.call_views import CallKind, CallState, CallView, MediaPath, PartyState, PathReason, RecordingState
from models.events.recording_views import RecordingStatus
from models.events.recordings import AskForRecording, Consent, StopRecording
from models.ids import new_id
from services.calls.book import milliseconds
from tests.support.accounts import settings as account_settings
from tests.support.media import Relays
from tests.support.media_peers import Peer
from tests.support.site import Person, Site
from tests.support.small_disk import enlarge, small_disk
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(150)


async def call_of(conversation_id: str, node: Node, *people: Person) -> str:
    """An active call on the direct path."""
    now = milliseconds(datetime.now(UTC))
    parties = [
        Party(party_id=new_id(), user_id=one.user_id, name=one.name, role=one.actor.role, state=PartyState.PRESENT,
              device_id=one.actor.device_id, leg_id=new_id(), leg_at=now, node=node.boot_id, connected_n=1,
              invited_at=now, joined_at=now)
        for one in people
    ]  # fmt: skip
    call = Call(
        id=new_id(), conversation_id=conversation_id, kind=CallKind.VIDEO, state=CallState.ACTIVE,
        host_id=people[0].user_id, started_by=people[0].user_id, fingerprint="", started_at=now, ring_expires_at=now,
        answered_at=now, parties=parties, path=MediaPath.DIRECT, path_reason=PathReason.START,
    )  # fmt: skip
    return (await node.calls.book.open(call)).id


@dataclass
class Stage:
    """A node with one media process, doctor and patient in a call that both agreed to have recorded."""

    site: Site
    doctor: Person
    patient: Person
    call: Call
    peers: list[Peer]
    folder: Path

    @property
    def recording_id(self) -> str:
        """The one that runs."""
        assert self.call.recording_id is not None
        return self.call.recording_id


@asynccontextmanager
async def recorded_call(mongo: Client, database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    """Agreed on the direct path, joined by real peers on the relay."""
    await prepare(database)
    folder = tmp_path / "recordings"
    media = MediaSettings(
        secret=b"s" * 32, processes=1, folder=tmp_path / "media",
        environment={"RECORDINGS_DIR": str(folder), "MEDIA_ANNOUNCE": "own,127.0.0.1"},
    )  # fmt: skip
    node = Node(
        NodeSettings(
            accounts=replace(account_settings()), audit_secret=b"a" * 32, seals=tmp_path / "seals.jsonl", media=media,
            recordings=folder, rate_scale=100.0,
        ), mongo, database,
    )  # fmt: skip
    runner = web.AppRunner(await node.start(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    peers: list[Peer] = []
    try:
        await until(node.media.place, 30, what="the media process is there")
        site = Site(node, f"http://127.0.0.1:{runner.addresses[0][1]}")
        doctor, patient = await site.enrol("Dora", Role.DOCTOR), await site.enrol("Paul", Role.PATIENT)
        await site.relate(doctor, patient, RelationshipKind.CARE)
        call_id = await call_of(await site.converse(doctor, patient), node, doctor, patient)
        view = await agree(site, call_id, doctor, patient)
        assert view.recording is RecordingState.RUNNING

        async def relayed() -> Call | None:
            call = await node.calls.book.fetch(call_id)
            return call if call.path is MediaPath.RELAY and call.process is not None else None

        call = await until(relayed, 10, what="the call is on the relay")
        assert call is not None and call.path_reason is PathReason.RECORDING and call.process is not None
        relays = cast(Relays, SimpleNamespace(pool=node.media))
        for party, level in zip(call.present, (60, 190), strict=True):
            peer = Peer(relays, call.process, call_id, party.party_id, level=level, leg_id=party.leg_id)
            peers.append(peer)
            await peer.join(call.path_n, consented=True)
        yield Stage(site, doctor, patient, call, peers, folder)
    finally:
        await asyncio.gather(*(peer.close() for peer in peers))
        await node.stop()
        await runner.cleanup()


async def test_consent_moves_the_call_to_the_relay_and_the_visit_can_be_watched(
    mongo: Client, database: Database, tmp_path: Path
) -> None:
    async with recorded_call(mongo, database, tmp_path) as stage:
        await until(lambda: on_disk(stage.folder / stage.recording_id), 60, what="both are recorded")
        stop = StopRecording(cid=new_id(), call_id=stage.call.id)
        site = stage.site
        await site.node.services.recordings.calls.stop(site.unit(stage.doctor.actor), stop)
        await watched(site, stage.patient, stage.recording_id)


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """Room for some seconds of a call."""
    with small_disk(tmp_path / "recordings", "256k") as folder:
        yield folder


async def test_a_full_disk_costs_the_recording_and_not_the_call(
    mongo: Client, database: Database, tmp_path: Path, tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with recorded_call(mongo, database, tmp_path) as stage:
        book = stage.site.node.calls.book

        async def failed() -> bool:
            return (await book.fetch(stage.call.id)).recording is RecordingState.FAILED

        await until(failed, 60, what="the call tells that it is not recorded any more")
        assert "a recording could not be kept up" in capsys.readouterr().out
        call = await book.fetch(stage.call.id)
        assert call.live and len(call.present) == 2
        first, second = stage.peers
        for peer, other in ((first, second), (second, first)):
            picture = peer.pictures_of(other)
            assert picture is not None
            frames = picture.frames + 10
            await until(lambda picture=picture, frames=frames: picture.frames > frames, 20, what="they go on")  # type: ignore[misc]
        enlarge(tiny, "4m")
        await watched(stage.site, stage.patient, stage.recording_id)


def on_disk(folder: Path) -> bool:
    sizes = [path.stat().st_size for path in folder.glob("*.body")]
    return len(sizes) == 2 and min(sizes) > 80_000


async def agree(site: Site, call_id: str, doctor: Person, patient: Person) -> CallView:
    """Ask, and let both agree."""
    calls = site.node.services.recordings.calls
    await calls.ask(site.unit(doctor.actor), AskForRecording(cid=new_id(), call_id=call_id))
    for person in (doctor, patient):
        wish = Consent(cid=new_id(), call_id=call_id, agreed=True, text_version="1", language=Language.EN)
        reply = await calls.consent(site.unit(person.actor), wish)
    return reply.call


async def watched(site: Site, patient: Person, recording_id: str) -> None:
    """Through HTTP alone: the list, the tracks, a link for each, pictures in each."""
    base = f"{site.url}/api/v1/recordings/{recording_id}"
    async with aiohttp.ClientSession(headers=patient.bearer) as http:

        async def ready() -> bool:
            async with http.get(base) as answer:
                return bool((await answer.json())["recording"]["status"] == RecordingStatus.READY.value)

        await until(ready, 50, every_s=0.2, what="the recording is ready")
        async with http.get(base) as answer:
            detail = await answer.json()
        assert {track["person"]["name"] for track in detail["tracks"]} == {"Dora", "Paul"}
        for track in detail["tracks"]:
            async with http.post(f"{base}/links", json={"file": track["file"]}) as answer:
                url = (await answer.json())["url"]
            async with aiohttp.ClientSession() as player, player.get(site.url + url) as answer:
                plain = await answer.read()
            assert len(plain) == track["bytes"]
            with av.open(io.BytesIO(plain), "r") as container:
                assert sum(1 for _ in container.decode(video=0)) > 5
