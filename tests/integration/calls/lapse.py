"""Time that passes for one call: all its moments are moved into the past, and the hub's clock finds it overdue."""

from datetime import timedelta
from typing import Any

from models.documents.call import Call
from services import state

_OF_CALL = ("ring_expires_at", "due_at")
_OF_PARTY = ("ring_expires_at", "away_at")


async def lapse(call_id: str, seconds: float) -> None:
    """Let a call grow older by so many seconds."""
    earlier = timedelta(seconds=seconds)
    calls = state.collection_of(Call)
    raw = await calls.find_one({"_id": call_id})
    assert raw is not None
    moved: dict[str, Any] = {name: raw[name] - earlier for name in _OF_CALL if raw.get(name) is not None}
    for number, party in enumerate(raw["parties"]):
        for name in _OF_PARTY:
            if party.get(name) is not None:
                moved[f"parties.{number}.{name}"] = party[name] - earlier
    for number, link in enumerate(raw["guest_links"]):
        moved[f"guest_links.{number}.expires_at"] = link["expires_at"] - earlier
    written = await calls.update_one({"_id": call_id, "version": raw["version"]}, {"$set": moved})
    assert written.modified_count == 1, "the call changed meanwhile"
