"""A visit of a doctor and a patient whose call is on the relay, with everything that recordings stand on."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.recordings.store import SealedStore
from models import streams
from models.documents.call import Call, Party
from models.documents.owing import PendingFact
from models.documents.recording import Recording
from models.enums import Language, Role
from models.events.call_views import CallKind, CallState, CallView, MediaPath, PartyState, PathReason
from models.events.recordings import AskForRecording, Consent, StopRecording
from models.ids import new_id
from services import state
from services.calls.book import CallBook, milliseconds
from services.calls.ports import MediaPort
from services.fields import FieldCipher
from services.ports import AuditRow, Event
from services.recordings import RecordingServices, Surroundings
from services.unit import Actor
from tests.integration.chat.ward import Ward
from tests.support.accounts import ring
from tests.support.clinic import use
from tests.support.recordings import Studio

TEXT = "2026-05"


@dataclass
class Told:
    """Lossy facts, as rooms would get them."""

    facts: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    def publish(self, room: str, name: str, data: Mapping[str, Any], skip: object | None = None) -> None:
        """Note it."""
        self.facts.append((room, name, data))

    def join(self, room: str, member: Any) -> None:
        """Nobody joins here."""


@dataclass
class Ledger:
    """Audit rows in memory: the chain itself is tested elsewhere."""

    rows: list[AuditRow] = field(default_factory=list)

    def record(self, row: AuditRow) -> Awaitable[None]:
        """Durable at once."""
        self.rows.append(row)

        async def done() -> None: ...

        return done()

    def of(self, action: str) -> list[AuditRow]:
        """Rows of one action."""
        return [row for row in self.rows if row.action == action]


class Visit:
    """People, one call, and the services under test."""

    def __init__(
        self, ward: Ward, folder: Path, studio: Studio | None = None, media: MediaPort | None = None,
        process: str = "unix:/a",
    ) -> None:  # fmt: skip
        """`media`: real processes instead of the studio's."""
        clinic = ward.clinic
        self.ward = ward
        self.doctor, self.patient = ward.doctor, ward.patient
        self.folder = folder
        self.store = SealedStore(folder)
        self.studio = studio or Studio(folder)
        self.process = process
        port: MediaPort = media or self.studio
        self.told, self.ledger = Told(), Ledger()
        self.book = CallBook(clinic.outbox, self.told)
        self.recordings = RecordingServices(
            Surroundings(
                node=new_id(), book=self.book, media=port, store=self.store,
                cipher=FieldCipher(ring("f1")), log=clinic.log, history=clinic.history, thread=clinic.thread,
                membership=clinic.membership, outbox=clinic.outbox, lossy=self.told, audit=self.ledger,
            )
        )  # fmt: skip
        port.listen(self.recordings.recorder.on_event, self.recordings.recorder.on_lost)
        self.conversation_id = ""
        self.call_id = ""

    async def call(self, *people: Actor, kind: CallKind = CallKind.VIDEO, required: bool = False) -> str:
        """A call of these people that is active on the relay."""
        people = people or (self.doctor, self.patient)
        self.conversation_id = self.conversation_id or await self.ward.group(
            self.doctor, self.ward.nurse, self.patient
        )  # fmt: skip
        now = milliseconds(datetime.now(UTC))
        call = Call(
            id=new_id(), conversation_id=self.conversation_id, kind=kind, state=CallState.ACTIVE,
            host_id=people[0].user_id, started_by=people[0].user_id, fingerprint="", started_at=now,
            ring_expires_at=now, answered_at=now, parties=[self.seat_of(one) for one in people],
            path=MediaPath.RELAY, path_reason=PathReason.POLICY, process=self.process, recording_required=required,
        )  # fmt: skip
        self.call_id = (await self.book.open(call)).id
        return self.call_id

    def seat_of(self, actor: Actor) -> Party:
        """Present since now."""
        person = self.ward.clinic.directory.people[actor.user_id]
        now = milliseconds(datetime.now(UTC))
        return Party(
            party_id=new_id(), user_id=actor.user_id, name=person.name, role=actor.role, state=PartyState.PRESENT,
            device_id=actor.device_id, leg_id=new_id(), invited_at=now, joined_at=now,
        )  # fmt: skip

    async def come(self, actor: Actor) -> None:
        """Somebody joins."""

        def change(call: Call) -> list[PendingFact]:
            call.parties.append(self.seat_of(actor))
            return []

        await self.book.change(self.call_id, change)

    async def go(self, actor: Actor) -> None:
        """Somebody leaves."""

        def change(call: Call) -> list[PendingFact]:
            party = call.party_of(actor.user_id)
            assert party is not None
            party.state = PartyState.GONE
            return []

        await self.book.change(self.call_id, change)

    async def end(self) -> None:
        """It is over for all."""

        def change(call: Call) -> list[PendingFact]:
            call.state = CallState.ENDED
            return []

        await self.book.change(self.call_id, change)

    async def move(self, process: str) -> None:
        """The call's media goes to another process, as the path rules do."""

        def change(call: Call) -> list[PendingFact]:
            call.process, call.path_n = process, call.path_n + 1
            return []

        await self.book.change(self.call_id, change)

    async def ask(self, actor: Actor | None = None, call_id: str | None = None) -> CallView:
        """`recording.ask`."""
        wish = AskForRecording(cid=new_id(), call_id=call_id or self.call_id)
        return (await self.recordings.calls.ask(use(actor or self.doctor), wish)).call

    async def stop(self, actor: Actor | None = None) -> CallView:
        """`recording.stop`."""
        wish = StopRecording(cid=new_id(), call_id=self.call_id)
        return (await self.recordings.calls.stop(use(actor or self.doctor), wish)).call

    async def consent(self, actor: Actor, *, agreed: bool = True, cid: str | None = None) -> CallView:
        """`recording.consent`."""
        wish = Consent(
            cid=cid or new_id(), call_id=self.call_id, agreed=agreed, text_version=TEXT, language=Language.ES
        )  # fmt: skip
        return (await self.recordings.calls.consent(use(actor), wish)).call

    async def run(self) -> str:
        """Ask, and let doctor and patient agree; returns the recording's id."""
        await self.ask()
        await self.consent(self.doctor)
        running = await self.consent(self.patient)
        assert running.recording_id is not None
        return running.recording_id

    async def watchable(self) -> Recording:
        """A finished recording of doctor and patient."""
        await self.call()
        recording_id = await self.run()
        await self.stop()
        return await self.record(recording_id)

    async def record(self, recording_id: str) -> Recording:
        """The document."""
        found = await state.fetch(Recording, recording_id)
        assert found is not None
        return found

    async def facts(self, *names: str) -> list[Event]:
        """Facts of the conversation, in order."""
        found = await self.ward.facts(streams.conversation(self.conversation_id))
        return [event for event in found if event.type in names]

    def guest(self) -> Actor:
        """Somebody with a one-time link."""
        return self.ward.clinic.directory.enrol("Gus", Role.GUEST)
