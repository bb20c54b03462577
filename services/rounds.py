"""Questions to the database that many ask at the same time, answered in rounds: one command for all who wait."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Rounds(Generic[K, V]):
    """One round at a time. Who asks while one is under way is answered by the next, so that no answer is older than
    its question; when thousands reconnect at once, the database sees dozens of commands.
    """

    def __init__(self, ask: Callable[[list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask: Final = ask
        self._keys: dict[K, None] = {}
        self._answer: asyncio.Future[Mapping[K, V]] | None = None
        self._task: asyncio.Task[None] | None = None

    async def ask(self, keys: Collection[K]) -> dict[K, V]:
        """What is known of these keys. Raises what the command raised."""
        loop = asyncio.get_running_loop()
        if self._answer is None:
            self._answer = loop.create_future()
        self._keys.update(dict.fromkeys(keys))
        answer = self._answer
        if self._task is None:
            self._task = loop.create_task(self._run(), name="rounds")
        found = await asyncio.shield(answer)
        return {key: found[key] for key in keys if key in found}

    async def _run(self) -> None:
        try:
            while self._answer is not None:
                await asyncio.sleep(0)  # those who ask in this turn of the loop travel together
                keys, answer = list(self._keys), self._answer
                self._keys, self._answer = {}, None
                try:
                    answer.set_result(await self._ask(keys))
                except Exception as error:  # noqa: BLE001  handed on to everybody who asked
                    answer.set_exception(error)
                    answer.exception()  # seen, even if all of them have left
        finally:
            self._task = None
            if self._answer is not None:
                self._answer.cancel()
                self._answer = None
