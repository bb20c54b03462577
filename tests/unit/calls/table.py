"""Calls without a database, and people who act in them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from models.documents.call import Call, Party
from models.documents.owing import PendingFact
from models.enums import Role
from models.events.call_views import CallKind, CallReason, CallState, PartyState
from models.events.calls import BusyMode
from models.ids import UserId
from services.calls import machine, seats
from services.calls.machine import RING, Callee, Facts, Place
from services.ports import Person

NOW = datetime(2030, 1, 1, tzinfo=UTC)
NODE = "node-1"

DOCTOR = Person(UserId("doctor"), "Dr Ito", Role.DOCTOR, verified=True, active=True)
NURSE = Person(UserId("nurse"), "Nurse Ruiz", Role.NURSE, verified=True, active=True)
PATIENT = Person(UserId("patient"), "Ana", Role.PATIENT, verified=True, active=True)
FAMILY = Person(UserId("family"), "Leo", Role.FAMILY, verified=True, active=True)


def device(person: Person, number: int = 1) -> str:
    return f"{person.user_id}-device-{number}"


def place(person: Person, number: int = 1) -> Place:
    return Place(device(person, number), NODE)


@dataclass
class Table:
    """One call under the machine, and every fact it owed."""

    call: Call
    now: datetime = NOW
    told: list[PendingFact] = field(default_factory=list)

    def apply(self, facts: Facts | None) -> Facts | None:
        """Keep what a change owes, as `CallBook.change` does."""
        self.told += facts or []
        seats.derive(self.call)
        return facts

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def party(self, person: Person) -> Party:
        found = self.call.party_of(person.user_id)
        assert found is not None
        return found

    def stands(self, state: CallState) -> bool:
        return self.call.state is state

    def state(self, person: Person) -> PartyState:
        return self.party(person).state

    def names(self, kind: str | None = None, **fields: Any) -> list[str]:
        """Names of the facts told (about somebody's inbox, if `kind` is a stream)."""
        return [
            fact.type for fact in self.told
            if (kind is None or fact.stream == kind) and fields.items() <= fact.data.items()
        ]  # fmt: skip

    def accept(self, person: Person, number: int = 1) -> Facts | None:
        return self.apply(machine.accept(self.call, person.user_id, place(person, number), self.now))

    def leave(self, person: Person) -> Facts | None:
        return self.apply(machine.leave(self.call, person.user_id, device(person), self.now))


def calling(
    *callees: Person, busy: dict[str, BusyMode] | None = None, kind: CallKind = CallKind.VIDEO,
    waiting_room: bool = False, caller: Person = DOCTOR,
) -> Table:  # fmt: skip
    """A call that has just been started."""
    seat = Party(
        party_id=f"p-{caller.user_id}", user_id=caller.user_id, name=caller.name, role=caller.role,
        state=PartyState.PRESENT, invited_at=NOW, joined_at=NOW, device_id=device(caller), node=NODE,
    )  # fmt: skip
    call = Call.model_construct(
        id="call", conversation_id="talk", kind=kind, state=CallState.RINGING, host_id=caller.user_id,
        started_by=caller.user_id, waiting_room=waiting_room, fingerprint="", started_at=NOW,
        ring_expires_at=NOW + RING, parties=[seat], outbox=[],
    )  # fmt: skip
    table = Table(call)
    asked = [Callee(person, (busy or {}).get(person.user_id)) for person in callees or (PATIENT,)]
    table.apply(machine.start(call, asked, NOW))
    return table


def talking(*callees: Person, **options: Any) -> Table:
    """A call that everybody has answered."""
    table = calling(*callees, **options)
    for person in callees or (PATIENT,):
        table.accept(person)
    return table


def left_as(table: Table, person: Person, reason: CallReason) -> bool:
    return table.state(person) is PartyState.GONE and table.party(person).ended is reason
