"""Everybody does everything at once; what the log and the documents then say must fit together."""

import asyncio
from collections import defaultdict
from random import Random
from typing import Any

from models import streams
from models.documents.call import Call
from models.errors import ErrorCode
from services import state
from tests.integration.calls.conftest import Pick, Ward
from tests.integration.calls.phone import Phone, Refused
from tests.support.waiting import until

ROUNDS = 40
"""Commands of each device, one after the other; eight devices at a time."""
FAULTS = {ErrorCode.INTERNAL.value, ErrorCode.INVALID.value, ErrorCode.UNKNOWN_EVENT.value}


async def test_a_storm_of_commands_leaves_consistent_calls(ward: Ward, pick: Pick) -> None:
    people = [ward.doctor, ward.patient, ward.nurse, ward.family]
    phones = [await pick(ward.site, person, ward.group) for person in people]
    phones += [await pick(ward.site, await ward.site.sign_in(one.name, one.email), ward.group) for one in people]
    known: list[str] = []
    outcomes = await asyncio.gather(*(_wander(phone, ward, known, Random(n)) for n, phone in enumerate(phones)))
    codes = {code for each in outcomes for code in each}
    assert codes & FAULTS == set()
    assert "" in codes, "nothing succeeded"

    # Everybody hangs up; then no call is left.
    for phone in phones:
        for call in (await phone.ask("call.list"))["calls"]:
            await phone.do("call.leave", call["call_id"])
    calls = await state.fetch_all(Call, {}, 1000)
    assert [call.id for call in calls if call.live] == []
    assert [call.id for call in calls if call.seated or call.engaged] == []
    await until(_all_told, 10.0, every_s=0.2, what="every fact is in the log")
    for phone in phones[:4]:
        _rings_are_paired(await _log(ward, streams.inbox(phone.person.user_id)))
    told = await _log(ward, streams.conversation(ward.group))
    assert "call.joined" in [kind for kind, _ in told]
    for name in ("call.started", "call.ended"):
        assert sorted(data["call_id"] for kind, data in told if kind == name) == sorted(call.id for call in calls)
    for call in calls:
        _places_fit(call, [one for one in told if one[1].get("call_id") == call.id])


async def _wander(phone: Phone, ward: Ward, known: list[str], random: Random) -> list[str]:
    """Random commands; the codes of their refusals, empty for success."""
    codes = []
    for _ in range(ROUNDS):
        try:
            await _something(phone, ward, known, random)
        except Refused as refused:
            codes.append(refused.code)
        else:
            codes.append("")
    return codes


async def _something(phone: Phone, ward: Ward, known: list[str], random: Random) -> None:
    what = random.choice(["start", "accept", "accept", "enter", "decline", "leave", "end", "invite", "transfer"])
    if what == "start" or not known:
        waiting_room = random.random() < 0.3
        known.append((await phone.start(ward.group, kind="audio", waiting_room=waiting_room))["call_id"])
        return
    call_id = random.choice(known[-3:])
    if what == "enter":
        await phone.enter(call_id)
    elif what in ("invite", "transfer"):
        other = random.choice([ward.doctor, ward.patient, ward.nurse, ward.family])
        await phone.do(f"call.{what}", call_id, user_id=other.user_id)
    else:
        await phone.do(f"call.{what}", call_id)


async def _all_told() -> bool:
    return not any(call.outbox for call in await state.fetch_all(Call, {}, 1000))


async def _log(ward: Ward, stream: streams.StreamId) -> list[tuple[str, dict[str, Any]]]:
    events = await ward.site.node.log.read(stream, 0, 10_000, 1 << 24)
    return [(event.type, dict(event.data)) for event in events]


def _rings_are_paired(told: list[tuple[str, dict[str, Any]]]) -> None:
    by_call = defaultdict(list)
    for name, data in told:
        if name in ("call.rang", "call.ring_ended"):
            by_call[data["call_id"]].append(name)
    for names in by_call.values():
        assert names == ["call.rang", "call.ring_ended"] * (len(names) // 2)


def _places_fit(call: Call, told: list[tuple[str, dict[str, Any]]]) -> None:
    """From the facts alone: nobody sits down twice, and at the end nobody sits."""
    seated = {call.started_by}
    for name, data in told:
        if name == "call.joined":
            assert data["person"]["user_id"] not in seated
            seated.add(data["person"]["user_id"])
        elif name == "call.left":
            seated.discard(data["user_id"])
    assert seated == set()
    assert told[0][0] == "call.started"
    assert told[-1][0] == "call.ended"
