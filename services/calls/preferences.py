"""Call waiting or busy: each person's own choice."""

from collections.abc import Collection

from models.documents.call_preference import CallPreferenceRecord
from models.events.calls import BusyMode, CallPreference, GetCallPreference, SetCallPreference
from services import state
from services.unit import Unit


class CallPreferences:
    """Keeps the choice."""

    async def get(self, unit: Unit, _: GetCallPreference) -> CallPreference:
        """The actor's own."""
        chosen = await self.of([unit.actor.user_id])
        return CallPreference(busy_mode=chosen[unit.actor.user_id])

    async def set(self, unit: Unit, cmd: SetCallPreference) -> CallPreference:
        """From the next call on."""
        user_id = unit.actor.user_id
        await state.change(
            CallPreferenceRecord, {"_id": user_id}, {"$set": {"busy_mode": cmd.busy_mode.value}}, upsert=True
        )
        return CallPreference(busy_mode=cmd.busy_mode)

    async def of(self, user_ids: Collection[str]) -> dict[str, BusyMode]:
        """What each of these people wants."""
        wanted = list(user_ids)
        found = await state.fetch_all(CallPreferenceRecord, {"_id": {"$in": wanted}}, limit=max(1, len(wanted)))
        chosen = {record.id: record.busy_mode for record in found}
        return {user_id: chosen.get(user_id, BusyMode.WAITING) for user_id in user_ids}
