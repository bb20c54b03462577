"""What is doubtful stays so until somebody has looked at it."""

import asyncio

import pytest

from services.calls.doubts import Doubts


@pytest.fixture
def doubts() -> Doubts:
    doubts = Doubts()
    doubts.add("call")
    return doubts


async def test_what_took_too_long_is_looked_at_again(doubts: Doubts) -> None:
    async def hang(_: str) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await doubts.settle(hang)
    assert await looked_at(doubts) == ["call"]


async def test_so_is_what_failed(doubts: Doubts) -> None:
    async def fail(_: str) -> None:
        raise OSError

    with pytest.raises(OSError):
        await doubts.settle(fail)
    assert await looked_at(doubts) == ["call"]


async def test_news_that_comes_while_it_is_looked_at_is_not_lost(doubts: Doubts) -> None:
    looked: list[str] = []

    async def look(key: str) -> None:
        looked.append(key)
        if len(looked) == 1:
            doubts.add(key)

    await doubts.settle(look)
    assert looked == ["call", "call"] and not doubts


async def looked_at(doubts: Doubts) -> list[str]:
    looked: list[str] = []

    async def look(key: str) -> None:
        looked.append(key)

    await doubts.settle(look)
    return looked
