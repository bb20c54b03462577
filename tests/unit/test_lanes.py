"""Lanes: arrival order within one, side by side between two, and a bound."""

import asyncio
from contextvars import ContextVar
from functools import partial

import pytest

from hub import lanes
from hub.lanes import LANE_DEPTH, LaneQueue


async def test_work_of_one_lane_runs_in_arrival_order_and_never_overlaps() -> None:
    lane, seen, running = LaneQueue(), [], 0

    async def work(number: int) -> None:
        nonlocal running
        running += 1
        assert running == 1
        for _ in range(number % 3):
            await asyncio.sleep(0)
        running -= 1
        seen.append(number)

    for number in range(20):
        assert lane.offer(partial(work, number), "test")
    while lane.task is not None:
        await asyncio.sleep(0)
    assert seen == list(range(20))


async def test_two_lanes_do_not_wait_for_each_other() -> None:
    slow, quick = LaneQueue(), LaneQueue()
    gate, done = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    async def finish() -> None:
        done.set()

    slow.offer(wait, "slow")
    quick.offer(finish, "quick")
    async with asyncio.timeout(1):
        await done.wait()
    assert slow.task is not None
    gate.set()
    await slow.task


async def test_a_full_lane_refuses_and_keeps_what_it_has() -> None:
    lane, gate, ran = LaneQueue(), asyncio.Event(), []

    async def wait() -> None:
        await gate.wait()
        ran.append(True)

    lane.offer(wait, "test")
    await asyncio.sleep(0)
    assert all(lane.offer(wait, "test") for _ in range(LANE_DEPTH))
    assert not lane.offer(wait, "test")
    gate.set()
    while lane.task is not None:
        await asyncio.sleep(0)
    assert len(ran) == LANE_DEPTH + 1


async def test_work_that_need_not_wait_ends_at_once_without_a_task() -> None:
    lane, ran = LaneQueue(), []

    async def work() -> None:
        ran.append(True)

    assert lane.run(work, "test")
    assert ran
    assert lane.task is None


async def test_work_begun_at_once_waits_keeps_its_context_and_holds_back_what_follows() -> None:
    lane, seen, gate = LaneQueue(), [], asyncio.get_running_loop().create_future()
    mark: ContextVar[str] = ContextVar("mark", default="outside")

    async def first() -> None:
        token = mark.set("inside")
        seen.append("begun")
        with pytest.raises(LookupError):
            await gate
        await asyncio.sleep(0)
        seen.append(mark.get())
        mark.reset(token)

    async def second() -> None:
        seen.append("second")

    assert lane.run(first, "test")
    assert seen == ["begun"]
    assert mark.get() == "outside"
    assert lane.run(second, "test")
    gate.set_exception(LookupError())
    assert lane.task is not None
    async with asyncio.timeout(1):
        await lane.task
    assert seen == ["begun", "inside", "second"]
    assert lane.task is None


async def test_cancelling_the_task_of_work_begun_at_once_reaches_the_work() -> None:
    lane, ended = LaneQueue(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    assert lane.run(work, "test")
    task = lane.task
    assert task is not None
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert ended


async def test_where_the_driver_needs_a_task_nothing_runs_outside_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "INLINE", False)
    lane, ran = LaneQueue(), []

    async def work() -> None:
        async with asyncio.timeout(1):
            ran.append(asyncio.current_task())

    assert lane.run(work, "test")
    task = lane.task
    assert task is not None
    await task
    assert ran == [task]
