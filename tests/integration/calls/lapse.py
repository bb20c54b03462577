"""Time that passes for one call: all its moments are moved into the past, and the hub's clock finds it overdue."""

from datetime import timedelta
from typing import Any

from models.documents.call import Call
from services import state
from tests.support.waiting import until

_OF_CALL = ("ring_expires_at", "due_at")
_OF_PARTY = ("ring_expires_at", "away_at")


async def lapse(call_id: str, seconds: float) -> None:
    """Let a call grow older by so many seconds. Nodes may change it at the same time: then once more."""
    earlier = timedelta(seconds=seconds)
    calls = state.collection_of(Call)

    async def moved() -> bool:
        raw = await calls.find_one({"_id": call_id})
        assert raw is not None
        same = {"_id": call_id, "version": raw["version"]}
        return (await calls.update_one(same, {"$set": _moments(raw, earlier)})).modified_count == 1

    await until(moved, what="a call grown older")


def _moments(raw: dict[str, Any], earlier: timedelta) -> dict[str, Any]:
    """All of them, before that time."""
    moved: dict[str, Any] = {name: raw[name] - earlier for name in _OF_CALL if raw.get(name) is not None}
    for number, party in enumerate(raw["parties"]):
        for name in _OF_PARTY:
            if party.get(name) is not None:
                moved[f"parties.{number}.{name}"] = party[name] - earlier
    for number, link in enumerate(raw["guest_links"]):
        moved[f"guest_links.{number}.expires_at"] = link["expires_at"] - earlier
    return moved
