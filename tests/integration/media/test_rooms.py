"""What a room forgets by itself, what a node that links late is told, and that nothing is left behind."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from media.api.wire import Fault
from media.process import MediaProcess
from media.settings import Settings
from models.ids import new_id
from models.media import (
    AnswerLeg,
    CloseRoom,
    Event,
    JoinLeg,
    KeepLegs,
    LeaveLeg,
    LegLost,
    LegOffer,
    Load,
    MeasureLeg,
    SetLegMedia,
    Shape,
)
from models.media import Ask as AskLoad
from tests.bench.media.peer import LoadPeer
from tests.integration.media.conftest import SECRET, MakePeer
from tests.integration.media.test_calls import see_each_other, talk
from tests.support.media import Process, Relays, linked
from tests.support.waiting import until

ROUNDS = 500
"""Of two parties each."""
AT_ONCE = 10
WARM_UP = 100
MAX_GROWTH = 20 << 20
"""Bytes."""

Ask = Callable[[Any], Awaitable[Shape]]


class Inside:
    """A media process within the test's: its tasks can be counted and its time told."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self.process = MediaProcess(
            Settings(
                media_listen=f"unix:{folder / 'm.sock'}", media_secret=SECRET, media_hosts=("127.0.0.1",),
                media_announce=("127.0.0.1",), recordings_dir=folder,
            )
        )  # fmt: skip
        self.process.listen(self.events.append)

    async def load(self) -> Load:
        """How busy it is."""
        load = await self.process.handle(AskLoad(op="stats"))
        assert isinstance(load, Load)
        return load


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    """Opened and closed."""
    made = Inside(tmp_path)
    await made.process.open()
    yield made
    await made.process.close()


async def test_an_offer_that_nobody_answers_is_given_up_after_a_quarter_of_a_minute(inside: Inside) -> None:
    await inside.process.handle(JoinLeg(call_id="c", party_id="p", leg_id="l", path_n=3))
    inside.process.tick(time.monotonic() + 14)
    assert inside.events == []
    inside.process.tick(time.monotonic() + 16)
    assert inside.events == [LegLost(call_id="c", party_id="p", leg_id="l", path_n=3)]
    assert (await inside.load()).legs == 0


async def test_a_room_in_which_nobody_is_connected_is_closed_after_a_minute(inside: Inside) -> None:
    await inside.process.handle(JoinLeg(call_id="c", party_id="p", leg_id="l", path_n=1))
    inside.process.tick(time.monotonic() + 59)
    assert (await inside.load()).calls == 1
    inside.process.tick(time.monotonic() + 61)
    assert (await inside.load()).calls == 0


async def test_legs_that_sit_in_the_call_no_more_are_over_unless_they_have_just_joined(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    for leg_id in ("in", "out"):
        await inside.process.handle(JoinLeg(call_id="c", party_id=leg_id, leg_id=leg_id, path_n=1))
    await inside.process.handle(KeepLegs(call_id="c", legs=["in"]))
    assert (await inside.load()).legs == 2
    monkeypatch.setattr("media.room.JUST_JOINED_S", 0.0)
    await inside.process.handle(KeepLegs(call_id="c", legs=["in"]))
    assert (await inside.load()).legs == 1
    await inside.process.handle(MeasureLeg(call_id="c", leg_id="in"))
    with pytest.raises(Fault, match="unknown_leg"):
        await inside.process.handle(MeasureLeg(call_id="c", leg_id="out"))
    await inside.process.handle(KeepLegs(call_id="of which there is no room", legs=[]))


async def test_a_connection_test_that_no_hub_ends_is_over_after_a_while(inside: Inside) -> None:
    """As its party still sends, which would keep any other room open."""
    began = time.monotonic()
    peers = [
        await connected(inside.process.handle, JoinLeg(call_id=name, party_id="p", leg_id=name, path_n=1, echo=echo))
        for name, echo in (("test", True), ("call", False))
    ]
    inside.process.tick(began + 80)
    assert (await inside.load()).legs == 2
    inside.process.tick(began + 100)
    assert (await inside.load()).legs == 1
    await inside.process.handle(MeasureLeg(call_id="call", leg_id="call"))
    for peer in peers:
        peer.close()


async def test_what_a_party_had_muted_is_forgotten_with_it_although_its_connection_was_lost_before(
    inside: Inside,
) -> None:
    join = JoinLeg(call_id="c", party_id="p", leg_id="l", path_n=1)
    await inside.process.handle(join)
    await inside.process.handle(muted("c", "p"))
    inside.process.tick(time.monotonic() + 16)
    assert [event.event for event in inside.events] == ["leg.lost"]
    await inside.process.handle(LeaveLeg(call_id="c", leg_id="l"))
    await inside.process.handle(join.model_copy(update={"leg_id": "another"}))
    room = inside.process._rooms["c"]
    assert room.switchboard._parties.get("p") is None


async def test_a_node_that_links_late_is_told_how_things_stand(
    process: Process, relays: Relays, peer: MakePeer
) -> None:
    call_id = new_id()
    first, second = (
        peer(relays, process.address, call_id, name, level=level) for name, level in (("a", 60), ("b", 190))
    )
    await talk(first, second)
    await see_each_other(first, second)
    async with linked(process) as late:
        await until(lambda: len(late.told("leg.connected", call_id=call_id)) == 2)
        slots = {event.leg_id: set(event.slots.values()) - {None} for event in late.told("leg.slots")}
        assert slots == {first.leg_id: {"b"}, second.leg_id: {"a"}}


def muted(call_id: str, party_id: str) -> SetLegMedia:
    """Sound and picture off."""
    return SetLegMedia(call_id=call_id, party_id=party_id, audio=False, camera=False, screen=False, held=True)


async def connected(ask: Ask, join: JoinLeg) -> LoadPeer:
    """A party's connection, made."""
    offer = await ask(join)
    assert isinstance(offer, LegOffer)
    peer = LoadPeer("127.0.0.1", tagged=False)
    sdp = peer.answer(offer.sdp)
    await ask(AnswerLeg(call_id=join.call_id, leg_id=join.leg_id, offer_id=offer.offer_id, sdp=sdp))
    await asyncio.wait_for(peer.connected.wait(), 15)
    return peer


async def set_up_and_tear_down(ask: Ask, rounds: int) -> None:
    """So many calls of two parties each, a few at once: offered, answered, connected, left or closed."""

    async def call(number: int) -> None:
        call_id, peers, legs = f"call-{number}", [], []
        for party_id in ("a", "b"):
            leg_id = new_id()
            offer = await ask(JoinLeg(call_id=call_id, party_id=party_id, leg_id=leg_id, path_n=1))
            assert isinstance(offer, LegOffer)
            peer = LoadPeer("127.0.0.1", tagged=False)
            sdp = peer.answer(offer.sdp)
            await ask(AnswerLeg(call_id=call_id, leg_id=leg_id, offer_id=offer.offer_id, sdp=sdp))
            peers.append(peer)
            legs.append(leg_id)
        for peer in peers:
            await asyncio.wait_for(peer.connected.wait(), 15)
        if number % 2:
            for leg_id in legs:
                await ask(LeaveLeg(call_id=call_id, leg_id=leg_id))
        await ask(CloseRoom(call_id=call_id))
        for peer in peers:
            peer.close()

    for at in range(0, rounds, AT_ONCE):
        await asyncio.gather(*(call(at + offset) for offset in range(AT_ONCE)))


def resources() -> tuple[int, int, int]:
    """`(tasks, threads, descriptors)` of this process."""
    return len(asyncio.all_tasks()), threading.active_count(), len([*Path("/proc/self/fd").iterdir()])


@pytest.mark.timeout(300)
async def test_a_thousand_set_ups_and_tear_downs_leave_no_task_thread_or_descriptor(inside: Inside) -> None:
    await set_up_and_tear_down(inside.process.handle, WARM_UP)
    before = resources()
    await set_up_and_tear_down(inside.process.handle, ROUNDS)
    await until(lambda: resources() == before, what=f"{resources()} becomes {before}")
    load = await inside.load()
    assert (load.calls, load.legs) == (0, 0)


@pytest.mark.timeout(300)
async def test_a_thousand_set_ups_and_tear_downs_leave_no_memory(process: Process, relays: Relays) -> None:
    """In a process of its own, without the parties' memory."""

    async def ask(request: Any) -> Shape:
        return await relays.pool.ask(process.address, request)

    await set_up_and_tear_down(ask, WARM_UP)
    before, resident = process.resources(), process.resident()
    await set_up_and_tear_down(ask, ROUNDS)
    await until(lambda: process.resources() == before)
    assert process.resident() - resident < MAX_GROWTH
