"""The watch over tests must itself be able to fail."""

import asyncio
import threading
import time

import pytest

from tests.support.vigilance import watched_loop, watched_threads
from tests.support.waiting import until


async def test_a_task_left_running_is_named() -> None:
    release = asyncio.Event()
    with pytest.raises(AssertionError, match="left-behind"):
        async with watched_loop():
            task = asyncio.create_task(release.wait(), name="left-behind")
    release.set()
    await task


async def test_a_task_that_ends_within_the_grace_is_forgiven() -> None:
    async with watched_loop():
        ending = asyncio.create_task(asyncio.sleep(0.01))
    assert ending.done()


async def test_an_exception_nobody_looked_at_is_told() -> None:
    async def fail() -> None:
        raise ValueError("nobody looks")

    loop = asyncio.get_running_loop()
    outer = loop.get_exception_handler()
    try:
        with pytest.raises(AssertionError, match="never retrieved"):
            async with watched_loop():
                failing = asyncio.create_task(fail())
                await until(failing.done)
                del failing
    finally:
        loop.set_exception_handler(outer)


def test_a_thread_left_running_is_named() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="left-behind")
    with pytest.raises(AssertionError, match="left-behind"), watched_threads():
        thread.start()
    release.set()
    thread.join(5)


async def test_until_returns_what_it_waited_for_or_says_what_did_not_happen() -> None:
    assert await until(lambda: "here") == "here"
    with pytest.raises(AssertionError, match="the moon"):
        await until(lambda: False, 0.03, what="the moon")


def test_what_cleans_up_after_a_test_that_overran_is_not_cancelled_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.vigilance.GRACE_S", 0.01)

    async def overrun() -> None:
        deadline = {"message": "deadline", "exception": pytest.fail.Exception("too slow")}
        asyncio.get_running_loop().call_exception_handler(deadline)
        await asyncio.Event().wait()

    with asyncio.Runner() as runner:
        watch = watched_loop()
        runner.run(watch.__aenter__())
        with pytest.raises(asyncio.CancelledError):
            runner.run(overrun())
        time.sleep(0.1)  # the second round of cancelling is overdue when the fixture's task begins
        with pytest.raises(AssertionError, match="too slow"):
            runner.run(watch.__aexit__(None, None, None))
