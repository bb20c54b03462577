"""Whether visits are recorded in this organisation, and how long recordings are kept."""

from collections.abc import Collection

from models.documents.recording_policy import THE_ONE, RecordingPolicyRecord
from models.enums import Role
from models.events.recording_views import RecordingPolicy
from models.events.recordings import GetRecordingPolicy, RecordingPolicyReply, SetRecordingPolicy
from services import state
from services.unit import Unit


class RecordingPolicies:
    """Reads and changes the one policy. Implements `RecordingPolicyPort`."""

    async def current(self) -> RecordingPolicyRecord:
        """The policy as it stands. Raises TryAgain."""
        return await state.fetch(RecordingPolicyRecord, THE_ONE) or RecordingPolicyRecord()

    async def required(self, roles: Collection[Role]) -> bool:
        """Whether a call between people of these roles is to be recorded once all agree."""
        return Role.PATIENT in roles and (await self.current()).policy is RecordingPolicy.REQUIRED

    async def get(self, unit: Unit, cmd: GetRecordingPolicy) -> RecordingPolicyReply:
        """Everybody may know it."""
        return _reply(await self.current())

    async def set(self, unit: Unit, cmd: SetRecordingPolicy) -> RecordingPolicyReply:
        """Applies to calls that start from now on, and to recordings that end from now on."""
        wish = {
            "policy": cmd.policy, "keep_days": cmd.keep_days, "changed_at": unit.now,
            "changed_by": unit.actor.user_id,
        }  # fmt: skip
        changed = await state.change(RecordingPolicyRecord, {"_id": THE_ONE}, {"$set": wish}, upsert=True)
        return _reply(changed or await self.current())


def _reply(policy: RecordingPolicyRecord) -> RecordingPolicyReply:
    return RecordingPolicyReply(policy=policy.policy, keep_days=policy.keep_days)
