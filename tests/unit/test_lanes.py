"""Lanes: arrival order within one, side by side between two, and a bound."""

import asyncio

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
        assert lane.offer(lambda number=number: work(number), "test")
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
