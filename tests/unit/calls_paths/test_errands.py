"""News of one call are followed in order, of several calls side by side, and never without bound."""

import asyncio
from functools import partial

from services.calls import errands as module
from services.calls.errands import Errands


async def test_one_calls_errands_run_in_order_and_others_do_not_wait() -> None:
    errands, seen, gate = Errands(), list[str](), asyncio.Event()

    async def note(text: str, wait: bool = False) -> None:
        if wait:
            await gate.wait()
        seen.append(text)

    errands.put("a", partial(note, "a1", wait=True))
    errands.put("a", partial(note, "a2"))
    done = asyncio.Event()

    async def last() -> None:
        done.set()

    errands.put("b", partial(note, "b1"))
    errands.put("b", last)
    await done.wait()
    assert seen == ["b1"]
    gate.set()
    finished = asyncio.Event()

    async def end() -> None:
        finished.set()

    errands.put("a", end)
    await finished.wait()
    assert seen == ["b1", "a1", "a2"]
    await errands.close()


async def test_one_failure_stops_nothing() -> None:
    errands, done = Errands(), asyncio.Event()

    async def fail() -> None:
        raise ValueError

    async def end() -> None:
        done.set()

    errands.put("a", fail)
    errands.put("a", end)
    async with asyncio.timeout(2):
        await done.wait()
    await errands.close()


async def test_there_is_a_bound_and_room_again_afterwards() -> None:
    errands, gate = Errands(), asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    taken = 0
    while errands.put("a", wait):
        taken += 1
        assert taken <= module.MAX_WAITING
    assert taken == module.MAX_WAITING
    gate.set()
    done = asyncio.Event()

    async def end() -> None:
        done.set()

    while not errands.put("a", end):
        await asyncio.sleep(0)
    await done.wait()
    await errands.close()
    assert not errands.put("a", end)
