"""Who is asked, when recording starts and what stops it: pure changes of a call."""

from typing import Final

from models import streams
from models.documents.call import Call, Party
from models.documents.owing import PendingFact, pending
from models.events.call_views import CallKind, ConsentState, RecordingState
from models.events.recording_views import StopReason
from models.events.recordings import (
    RECORDING_ASKED,
    RECORDING_STARTED,
    RECORDING_STOPPED,
    RecordingAsked,
    RecordingStarted,
    RecordingStopped,
)
from models.ids import SYSTEM, derived_id, new_id

FEWEST: Final = 2
"""Nobody's monologue is recorded while they wait for the others."""
_OPEN: Final = (ConsentState.NONE, ConsentState.REFUSED)


def settled(call: Call) -> list[PendingFact] | None:
    """Bring recording in line with who is present now; None when it is.

    Required recordings are asked for, newcomers are asked, the last agreement starts it, the end of the call stops it.
    """
    before = _picture(call)
    facts: list[PendingFact] = []
    if not call.live:
        facts = _over(call)
    elif _due(call):
        facts = asked(call, SYSTEM)
    if call.live and call.recording in (RecordingState.ASKING, RecordingState.RUNNING):
        for party in call.present:
            if party.consent in _OPEN:
                party.consent = ConsentState.ASKED
        facts = [*facts, *_started(call)]
    return facts if facts or _picture(call) != before else None


def asked(call: Call, by: str) -> list[PendingFact]:
    """Ask everybody present who has not agreed already."""
    call.recording = RecordingState.ASKING
    for party in call.present:
        if party.consent in _OPEN:
            party.consent = ConsentState.ASKED
    return [pending(RECORDING_ASKED, RecordingAsked(call_id=call.id), streams.conversation(call.conversation_id), by)]


def answered(call: Call, party: Party, *, agreed: bool) -> list[PendingFact]:
    """Take a party's answer; what follows from it besides the answer itself."""
    had_agreed = party.consent is ConsentState.AGREED
    party.consent = ConsentState.AGREED if agreed else ConsentState.REFUSED
    if call.recording not in (RecordingState.ASKING, RecordingState.RUNNING):
        return []
    if agreed:
        return settled(call) or []
    reason = StopReason.WITHDRAWN if had_agreed else StopReason.REFUSED
    return stopped(call, reason, party.user_id, party_id=party.party_id)


def stopped(call: Call, reason: StopReason, by: str = SYSTEM, *, party_id: str | None = None) -> list[PendingFact]:
    """Stop it, or stop asking."""
    ran = call.recording is RecordingState.RUNNING
    failed = reason in (StopReason.DISK, StopReason.PROCESS_LOST)
    call.recording = RecordingState.FAILED if failed else RecordingState.OFF
    if not ran or call.recording_id is None:
        return []
    told = RecordingStopped(call_id=call.id, recording_id=call.recording_id, reason=reason, party_id=party_id)
    return [pending(RECORDING_STOPPED, told, streams.conversation(call.conversation_id), by)]


def started_fact(recording_id: str) -> str:
    """The outbox id of `recording.started`, by which it is found in the log again."""
    return derived_id("recording.started", recording_id)


def _due(call: Call) -> bool:
    """Whether policy wants it asked for now: not after a failure, nor again of somebody present who refused."""
    return (
        call.recording_required
        and call.recording is RecordingState.OFF
        and call.kind is not CallKind.CHAT
        and len(call.present) >= FEWEST
        and not any(party.consent is ConsentState.REFUSED for party in call.present)
    )


def _started(call: Call) -> list[PendingFact]:
    present = call.present
    if call.recording is not RecordingState.ASKING or len(present) < FEWEST:
        return []
    if any(party.consent is not ConsentState.AGREED for party in present):
        return []
    call.recording, call.recording_id = RecordingState.RUNNING, new_id()
    told = RecordingStarted(call_id=call.id, recording_id=call.recording_id)
    fact = pending(RECORDING_STARTED, told, streams.conversation(call.conversation_id))
    fact.id = started_fact(call.recording_id)
    return [fact]


def _over(call: Call) -> list[PendingFact]:
    if call.recording in (RecordingState.ASKING, RecordingState.RUNNING):
        return stopped(call, StopReason.CALL_ENDED)
    return []


def _picture(call: Call) -> tuple[RecordingState, list[ConsentState]]:
    return call.recording, [party.consent for party in call.parties]
