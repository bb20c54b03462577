"""Asking, agreeing, refusing and stopping: the commands of a call about its recording."""

from collections.abc import Callable

from models import streams
from models.documents.call import Call, Party
from models.documents.owing import PendingFact, pending
from models.errors import NotNow, PolicyForbids
from models.events.call_views import CallKind, ConsentState, RecordingState
from models.events.calls import CallReply
from models.events.recording_views import RecordingPolicy, StopReason
from models.events.recordings import (
    RECORDING_CONSENTED,
    AskForRecording,
    Consent,
    ConsentGiven,
    StopRecording,
)
from services.calls.book import CallBook, once, seated_at
from services.calls.views import view_of
from services.recordings.consent import answered, asked, settled, stopped
from services.recordings.policy import RecordingPolicies
from services.recordings.recorder import Recorder
from services.unit import Unit

Then = Callable[[Call, Party], list[PendingFact] | None]


class RecordingService:
    """Changes the call first; media processes follow at once, and again by the clock if they do not."""

    def __init__(self, book: CallBook, policies: RecordingPolicies, recorder: Recorder) -> None:
        self._book = book
        self._policies = policies
        self._recorder = recorder

    async def ask(self, unit: Unit, cmd: AskForRecording) -> CallReply:
        """Ask everybody present; whoever refused before is asked once more."""
        policy = (await self._policies.current()).policy

        def change(call: Call, party: Party) -> list[PendingFact] | None:
            if policy is RecordingPolicy.OFF:
                raise PolicyForbids
            if call.kind is CallKind.CHAT:
                raise NotNow
            if call.recording in (RecordingState.ASKING, RecordingState.RUNNING):
                return None
            return [*asked(call, party.user_id), *(settled(call) or [])]

        return await self._change(unit, cmd.call_id, cmd.cid, change)

    async def stop(self, unit: Unit, cmd: StopRecording) -> CallReply:
        """Stop it, or withdraw the question. What policy requires stops only when somebody withdraws."""

        def change(call: Call, party: Party) -> list[PendingFact] | None:
            if call.recording not in (RecordingState.ASKING, RecordingState.RUNNING):
                return None
            if call.recording_required:
                raise PolicyForbids
            return stopped(call, StopReason.REQUESTED, party.user_id)

        return await self._change(unit, cmd.call_id, cmd.cid, change)

    async def consent(self, unit: Unit, cmd: Consent) -> CallReply:
        """Agree or refuse. The answer stands in the log before anything is recorded because of it."""
        actor = unit.actor

        def change(call: Call, party: Party) -> list[PendingFact] | None:
            wish = ConsentState.AGREED if cmd.agreed else ConsentState.REFUSED
            if party.consent is wish:
                return None
            if call.recording not in (RecordingState.ASKING, RecordingState.RUNNING) and cmd.agreed:
                raise NotNow  # nobody asked; an agreement of before can be taken back all the same
            told = ConsentGiven(
                call_id=call.id, party_id=party.party_id, agreed=cmd.agreed, text_version=cmd.text_version,
                language=cmd.language, device_id=actor.device_id,
            )  # fmt: skip
            fact = pending(RECORDING_CONSENTED, told, streams.conversation(call.conversation_id), actor.user_id)
            return [fact, *answered(call, party, agreed=cmd.agreed)]

        return await self._change(unit, cmd.call_id, cmd.cid, change)

    async def _change(self, unit: Unit, call_id: str, cid: str, then: Then) -> CallReply:
        """Apply it for a party who is present; an old command that arrives again changes nothing."""
        unit.resource = call_id
        user_id = unit.actor.user_id
        await self._book.change(call_id, once(unit, cid, lambda call: then(call, seated_at(call, user_id))))
        await self._recorder.follow_now(call_id)
        return CallReply(call=view_of(await self._book.fetch(call_id)))
