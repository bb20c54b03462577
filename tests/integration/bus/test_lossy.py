"""Rooms: lossy facts reach their members here and on other nodes, and Valkey's troubles reach nobody."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from hub.bus import lossy
from hub.bus.lossy import Rooms
from hub.engine.frames import Frame
from tests.support.valkey import ValkeyProcess
from tests.support.waiting import until

ROOM = "conversation:7"
MakeRooms = Callable[[str], Awaitable[Rooms]]


class Ear:
    """A member of rooms."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []

    def send(self, frame: Frame) -> None:
        name, told = json.loads(frame.text[2:])
        assert set(told) == {"at", "data"}
        self.heard.append((name, told["data"]["number"]))


def say(rooms: Rooms, number: int, *, skip: object | None = None) -> None:
    rooms.publish(ROOM, "chat.typing", {"number": number}, skip)


def told(*numbers: int) -> list[tuple[str, int]]:
    return [("chat.typing", number) for number in numbers]


@pytest.fixture
async def make_rooms(valkey: ValkeyProcess) -> AsyncIterator[MakeRooms]:
    made: list[Rooms] = []

    async def make(boot_id: str) -> Rooms:
        rooms = Rooms(boot_id, valkey.url)
        made.append(rooms)
        await rooms.start()
        await until(lambda: rooms.connected)
        return rooms

    yield make
    for rooms in made:
        await rooms.close()


async def test_members_hear_their_room_until_they_leave() -> None:
    rooms = Rooms("a", None)
    ann, ben = Ear(), Ear()
    rooms.join(ROOM, ann)
    rooms.join(ROOM, ben)
    rooms.join("user:ben", ben)
    say(rooms, 1)
    say(rooms, 2, skip=ann)
    rooms.leave(ROOM, ann)
    say(rooms, 3)
    rooms.leave_all(ben)
    say(rooms, 4)
    rooms.publish("user:ben", "chat.typing", {"number": 5})
    assert ann.heard == told(1)
    assert ben.heard == told(1, 2, 3)


async def test_other_nodes_hear_in_order_and_nobody_hears_twice(make_rooms: MakeRooms) -> None:
    here, there = await make_rooms("a"), await make_rooms("b")
    ann, ben, deaf = Ear(), Ear(), Ear()
    here.join(ROOM, ann)
    there.join(ROOM, ben)
    there.join("conversation:8", deaf)
    for number in range(300):
        say(here, number, skip=ann)
    await until(lambda: len(ben.heard) >= 300)
    say(there, 300)
    await until(lambda: ann.heard)
    assert ben.heard == told(*range(301))
    assert ann.heard == told(300)
    assert deaf.heard == []


async def test_a_frozen_valkey_holds_up_nobody_here(make_rooms: MakeRooms, valkey: ValkeyProcess) -> None:
    here, there = await make_rooms("a"), await make_rooms("b")
    ann, ben = Ear(), Ear()
    here.join(ROOM, ann)
    there.join(ROOM, ben)
    valkey.freeze()
    clock = asyncio.get_running_loop().time
    began = clock()
    for number in range(2000):
        say(here, number)
    assert len(ann.heard) == 2000
    assert clock() - began < 1.0
    await until(lambda: here.dropped > 0)
    valkey.thaw()
    await until(lambda: _heard_again(here, ben), 10, every_s=0.1)


async def test_a_restarted_valkey_is_found_again(make_rooms: MakeRooms, valkey: ValkeyProcess) -> None:
    here, there = await make_rooms("a"), await make_rooms("b")
    ben = Ear()
    there.join(ROOM, ben)
    valkey.restart()  # in this thread: the kernel ends a tethered server together with the thread that started it
    await until(lambda: _heard_again(here, ben), 10, every_s=0.1)


async def test_what_waits_for_valkey_is_bounded_and_the_oldest_goes(
    valkey: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lossy, "QUEUE", 5)
    here, there = Rooms("a", valkey.url), Rooms("b", valkey.url)
    try:
        ben = Ear()
        there.join(ROOM, ben)
        await there.start()
        await until(lambda: there.connected)
        for number in range(12):  # before the start of its publisher, so that all of them wait
            say(here, number)
        assert here.dropped == 7
        await here.start()
        await until(lambda: len(ben.heard) >= 5)
        assert ben.heard == told(7, 8, 9, 10, 11)
    finally:
        await here.close()
        await there.close()


async def test_closing_ends_while_facts_are_being_sent(valkey: ValkeyProcess) -> None:
    for number in range(20):  # the Redis client swallows some of the cancellations, depending on where they meet it
        rooms = Rooms("a", valkey.url)
        await rooms.start()
        await until(lambda rooms=rooms: rooms.connected)  # type: ignore[misc]
        for _ in range(number * 20):
            say(rooms, number)
        await asyncio.sleep(0.0005 * number)
        await asyncio.wait_for(rooms.close(), 2)


def _heard_again(speaker: Rooms, ear: Ear) -> bool:
    say(speaker, -1)
    return ("chat.typing", -1) in ear.heard
