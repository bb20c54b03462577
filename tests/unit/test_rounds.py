"""Rounds: one command at a time for everybody who asks, and never an answer older than its question."""

import asyncio

import pytest

from services.rounds import Rounds


class Source:
    """Numbers its answers; each waits until it is let go."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False

    async def __call__(self, keys: list[str]) -> dict[str, int]:
        self.asked.append(sorted(keys))
        number = len(self.asked)
        await self.gate.wait()
        if self.fails:
            raise LookupError
        return {key: number for key in keys if key != "unknown"}


async def test_who_asks_in_the_same_turn_shares_a_command_and_gets_only_what_they_asked_for() -> None:
    source = Source()
    rounds = Rounds(source)
    answers = list(await asyncio.gather(rounds.ask(["a", "b"]), rounds.ask(["b", "c", "unknown"])))
    assert source.asked == [["a", "b", "c", "unknown"]]
    assert answers == [{"a": 1, "b": 1}, {"b": 1, "c": 1}]


async def test_who_asks_while_a_command_is_under_way_is_answered_by_the_next() -> None:
    source = Source()
    source.gate.clear()
    rounds = Rounds(source)
    first = asyncio.create_task(rounds.ask(["a"]))
    async with asyncio.timeout(1):
        while not source.asked:
            await asyncio.sleep(0)
    second = asyncio.create_task(rounds.ask(["a"]))
    await asyncio.sleep(0)
    source.gate.set()
    assert list(await asyncio.gather(first, second)) == [{"a": 1}, {"a": 2}]


async def test_a_failure_reaches_everybody_of_its_round_and_the_next_one_works() -> None:
    source = Source()
    source.fails = True
    rounds = Rounds(source)
    answers = await asyncio.gather(rounds.ask(["a"]), rounds.ask(["b"]), return_exceptions=True)
    assert [type(answer) for answer in answers] == [LookupError, LookupError]
    source.fails = False
    assert await rounds.ask(["a"]) == {"a": 2}


async def test_one_who_leaves_takes_nobody_along() -> None:
    source = Source()
    source.gate.clear()
    rounds = Rounds(source)
    leaving, staying = asyncio.create_task(rounds.ask(["a"])), asyncio.create_task(rounds.ask(["a"]))
    await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    source.gate.set()
    assert await staying == {"a": 1}
