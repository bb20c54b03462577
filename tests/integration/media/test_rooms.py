"""What a room forgets by itself, what a node that links late is told, and that nothing is left behind."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.process import MediaProcess
from media.settings import Settings
from models.ids import new_id
from models.media import AnswerLeg, CloseRoom, Event, JoinLeg, LeaveLeg, LegConnected, LegLost, LegOffer, Load
from models.media import Ask as AskLoad
from tests.bench.media.peer import LoadPeer
from tests.integration.media.conftest import SECRET, MakePeer
from tests.integration.media.test_calls import see_each_other, talk
from tests.support.media import Process, Relays, linked
from tests.support.waiting import until

ROUNDS = 500
"""Of two parties each."""
AT_ONCE = 10
MAX_GROWTH = 20 << 20


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

    async def join(self, call_id: str, party_id: str) -> LoadPeer:
        """A party that has answered."""
        leg_id = new_id()
        offer = await self.process.handle(JoinLeg(call_id=call_id, party_id=party_id, leg_id=leg_id, path_n=1))
        assert isinstance(offer, LegOffer)
        peer = LoadPeer("127.0.0.1", tagged=False)
        answer = AnswerLeg(call_id=call_id, leg_id=leg_id, offer_id=offer.offer_id, sdp=peer.answer(offer.sdp))
        await self.process.handle(answer)
        return peer


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


def resources() -> tuple[int, int, int]:
    """`(tasks, threads, descriptors)` of this process."""
    return len(asyncio.all_tasks()), threading.active_count(), len([*Path("/proc/self/fd").iterdir()])


def resident() -> int:
    """Bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.timeout(300)
async def test_a_thousand_set_ups_and_tear_downs_leave_nothing_behind(inside: Inside) -> None:
    async def round_(number: int) -> None:
        call_id = f"call-{number}"
        peers = [await inside.join(call_id, party_id) for party_id in ("a", "b")]
        for peer in peers:
            await asyncio.wait_for(peer.connected.wait(), 15)
        if number % 2:
            connected = [event for event in inside.events if isinstance(event, LegConnected)]
            for event in [event for event in connected if event.call_id == call_id]:
                await inside.process.handle(LeaveLeg(call_id=call_id, leg_id=event.leg_id))
        await inside.process.handle(CloseRoom(call_id=call_id))
        for peer in peers:
            peer.close()

    async def rounds(first: int, number: int) -> None:
        for at in range(first, first + number, AT_ONCE):
            await asyncio.gather(*(round_(at + offset) for offset in range(AT_ONCE)))
        inside.events.clear()

    await rounds(0, 50)
    before, grown = resources(), resident()
    await rounds(50, ROUNDS)
    await until(lambda: resources() == before, 5, what=f"{resources()} becomes {before}")
    load = await inside.load()
    assert (load.calls, load.legs) == (0, 0)
    assert resident() - grown < MAX_GROWTH
