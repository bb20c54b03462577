"""Calls as they stand in the database, for rules that need none."""

from datetime import UTC, datetime

from models.documents.call import Call, Party
from models.enums import Role
from models.events.call_views import CallKind, CallState, MediaPath, PartyState, PathReason

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROCESS, OTHER = "unix:/run/one.sock", "unix:/run/two.sock"


def party(number: int, state: PartyState = PartyState.PRESENT, connected_n: int = 0) -> Party:
    """The party of that number, on leg `l<number>`."""
    leg = f"l{number}" if state is PartyState.PRESENT else None
    return Party.model_construct(
        party_id=f"p{number}", user_id=f"u{number}", name="", role=Role.PATIENT, state=state, leg_id=leg, leg_at=NOW,
        node="n1", invited_at=NOW, connected_n=connected_n, away_at=None,
    )  # fmt: skip


def call_of(number: int, **fields: object) -> Call:
    """A video call that `number` people are in."""
    given = {
        "id": "c1", "conversation_id": "v1", "kind": CallKind.VIDEO, "state": CallState.ACTIVE, "host_id": "u1",
        "started_by": "u1", "fingerprint": "", "started_at": NOW, "ring_expires_at": NOW,
        "parties": [party(index) for index in range(1, number + 1)], "outbox": [],
    } | fields  # fmt: skip
    made: Call = Call.model_construct(**given)
    return made


def relayed(number: int, reason: PathReason, **fields: object) -> Call:
    """The same on the relay, settled there."""
    given = {"path": MediaPath.RELAY, "path_reason": reason, "path_n": 2, "process": PROCESS} | fields
    return call_of(number, **given)
