"""One timer for all sockets, in place of a sleeping task for each."""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar


class Timed(Protocol):
    """Something with a time of its next visit, in `loop.time()` seconds; infinity when it needs none."""

    due: float


Item = TypeVar("Item", bound=Timed)


class Wheel(Generic[Item]):
    """Visits each item once its `due` has passed, at most one tick late.

    An item may be scheduled earlier than before: the stale entry finds a later `due` and is dropped.
    """

    def __init__(
        self,
        tick_s: float,
        visit: Callable[[Item, float], None],
        each_tick: Callable[[float], None],
    ) -> None:
        self._tick_s: Final = tick_s
        self._visit: Final = visit
        self._each_tick: Final = each_tick
        self._slots: dict[int, list[Item]] = {}
        self._swept: int = 0
        self._timer: asyncio.TimerHandle | None = None

    def schedule(self, item: Item, due: float) -> None:
        """See `item` again at `due`."""
        item.due = due
        slot = max(int(due / self._tick_s) + 1, self._swept + 1)
        self._slots.setdefault(slot, []).append(item)
        if self._timer is None:
            self._start()

    def stop(self) -> None:
        """Visit nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._slots.clear()

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._tick_s, self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        reached = int(now / self._tick_s)
        ripe = [slot for slot in self._slots if slot <= reached]
        self._swept = max(self._swept, reached)
        for slot in sorted(ripe):
            for item in self._slots.pop(slot):
                if item.due <= now:
                    self._guard(loop, self._visit, item, now)
        self._guard(loop, self._each_tick, now)
        if self._slots and self._timer is None:
            self._timer = loop.call_later(self._tick_s, self._turn, loop)

    @staticmethod
    def _guard(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: object) -> None:
        """One failing visit must not stop the clock for everybody else."""
        try:
            call(*args)
        except Exception as error:  # noqa: BLE001 - handed on to the loop's handler
            loop.call_exception_handler({"message": "a visit of the engine's wheel failed", "exception": error})
