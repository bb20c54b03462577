"""Keeps every call on the path it ought to be on, whatever changes: parties, recordings, policy, media processes.

All decisions are compare-and-set on the call, so several nodes may come to the same one. What a killed node left
undone is found by `review`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from models import rooms
from models.documents.call import Call, Party
from models.documents.owing import PendingFact
from models.errors import MediaUnavailable, NotNow
from models.events.call_views import CallKind, CallState, MediaPath, PathReason
from models.events.signaling import CALL_RELAY_OFFERED, RelayOffered
from models.media import Ask, CloseRoom, KeepLegs, LeaveLeg, MeasureLeg, Quality, SetLegMedia, Shape
from services.calls import paths
from services.calls.book import CallBook, milliseconds
from services.calls.errands import Errands
from services.calls.machine import SEATED
from services.calls.paths import PathPolicy
from services.calls.ports import MediaPort, OutOfReach
from services.calls.walk import Walk
from services.ports import RoomsPort

LIVE: Final = (CallState.CONNECTING.value, CallState.ACTIVE.value)
PAGE: Final = 100
PAGES: Final = 10
"""Of calls, in one review: two errands each, which fit into what may be waiting."""
BATCH: Final = 1000
"""Calls of one process, which takes half as many; calls that ended and whose rooms are still to be closed."""
MISSED_TWICE: Final = 2
FRESH: Final = timedelta(seconds=2)
"""So long after it was read, a call still says who sits in it (`media.room.JUST_JOINED_S` is longer by far)."""
CLOSE_UNTIL: Final = timedelta(seconds=60)
"""So long a process that does not answer is asked to close the room of a call that ended."""
REMIND_AFTER: Final = timedelta(seconds=5)
REMIND_UNTIL: Final = timedelta(seconds=30)


def _now() -> datetime:
    return milliseconds(datetime.now(UTC))


class Steering:
    """Listens to changes of calls and to losses of processes; `review` is the clock's."""

    def __init__(
        self, book: CallBook, media: MediaPort, told: RoomsPort, errands: Errands,
        policy: PathPolicy = PathPolicy.AUTO, clock: Callable[[], datetime] = _now,
    ) -> None:  # fmt: skip
        self._book = book
        self._media = media
        self._rooms = told
        self._errands = errands
        self._policy = policy
        self._clock = clock
        self._live = Walk(book, {"state": {"$in": LIVE}, "kind": {"$ne": CallKind.CHAT.value}})
        self._missed: dict[str, int] = {}
        self._seen: set[str] = set()
        """Processes that calls of the present walk are on."""
        book.on_change(self._changed)

    async def on_lost(self, process: str) -> None:
        """A media process is gone: its calls move."""
        self._errands.put(process, partial(self._move_all, process))

    async def review(self) -> None:
        """Look at every live call: overdue paths, dead processes, rooms that nobody closed.

        Of more calls than errands can be waiting, the next reviews go on with those behind.
        """
        processes: set[str] = set()
        for _ in range(PAGES):
            read_at = self._clock()
            for call in await self._live.page(PAGE):
                self._errands.put(call.id, partial(self._review, call))
                if call.process is not None:
                    self._errands.put(call.id, partial(self._keep, call, call.process, read_at))
                    processes.add(call.process)
            if self._live.is_over:
                break
        for process in processes:
            self._errands.put(process, partial(self._look_after, process))
        self._seen |= processes
        if self._live.is_over:
            self._missed = {name: count for name, count in self._missed.items() if name in self._seen}
            self._seen = set()
        for call in await self._book.find({"process": {"$gt": ""}, "state": CallState.ENDED.value}, BATCH):
            self._errands.put(call.id, partial(self._leave_ended, call))

    # -- after a change of the call ---------------------------------------------------------------------------------

    def _changed(self, before: Call, after: Call) -> None:
        if after.kind is not CallKind.CHAT:
            self._errands.put(after.id, partial(self._follow, before, after))

    async def _follow(self, before: Call, after: Call) -> None:
        if not after.live:
            if after.process is not None:
                await self._leave_ended(after)
            return
        if before.process is not None and after.process == before.process:
            for request in _news(before, after):
                await self._ask(before.process, request)
        elif before.process is not None and after.path is MediaPath.DIRECT:
            close = CloseRoom(call_id=after.id)
            self._errands.put(f"close:{after.id}", partial(self._ask, before.process, close))
        if paths.ought(after, self._policy) is not None or after.path_at is not None:
            await self._book.change(after.id, self._decide)

    def _decide(self, call: Call) -> list[PendingFact] | None:
        wanted = paths.ought(call, self._policy)
        if wanted is None:
            return paths.settle(call, self._clock()) if call.live else None
        path, reason = wanted
        process = call.process
        if path is MediaPath.RELAY and process is None:
            process = self._media.place()
        paths.turn(call, path, reason, process, self._clock())
        return []

    async def _leave_ended(self, call: Call) -> None:
        """The process is forgotten with the room, so that only what is still to be closed is ever looked for."""
        if call.process is not None:
            try:
                await self._media.ask(call.process, CloseRoom(call_id=call.id))
            except NotNow:
                pass
            except MediaUnavailable:
                if call.ended_at is not None and self._clock() - call.ended_at < CLOSE_UNTIL:
                    return  # the next review asks again: a link that is away for a moment is no reason to go on talking

        def forget(newest: Call) -> list[PendingFact] | None:
            if newest.live or newest.process is None:
                return None
            newest.process = None
            return []

        await self._book.change(call.id, forget)

    async def _ask(self, process: str, request: Shape) -> None:
        """Something whose failure needs no repair: the process is gone, or has forgotten the leg already."""
        try:
            await self._media.ask(process, request)
        except (MediaUnavailable, NotNow):
            return

    # -- after a loss ----------------------------------------------------------------------------------------------

    async def _move_all(self, process: str) -> None:
        for call in await self._book.find({"process": process, "state": {"$in": LIVE}}, BATCH):
            self._errands.put(call.id, partial(self._move, call.id, process))

    async def _move(self, call_id: str, lost: str) -> None:
        def leave(call: Call) -> list[PendingFact] | None:
            other = self._media.place(avoid=lost) if call.process == lost else None
            return [] if paths.leave_process(call, lost, other, self._clock()) else None

        await self._book.change(call_id, leave)

    async def _look_after(self, process: str) -> None:
        """A process that does not answer in two reviews is lost, even if this node never had a link to it."""
        try:
            await self._media.ask(process, Ask(op="stats"))
        except OutOfReach:
            return
        except MediaUnavailable:
            self._missed[process] = self._missed.get(process, 0) + 1
            if self._missed[process] >= MISSED_TWICE:
                await self._move_all(process)
            return
        self._missed.pop(process, None)

    # -- by the clock ----------------------------------------------------------------------------------------------

    async def _review(self, call: Call) -> None:
        now = self._clock()
        stuck = paths.is_overdue(call, now) or paths.is_stranded(call, self._policy, now) or _lacks_process(call)
        if stuck or paths.ought(call, self._policy) is not None:
            await self._book.change(call.id, self._repair)
        elif call.path is MediaPath.RELAY and call.process is not None and call.path_at is not None:
            for party in paths.legs_of(call):
                if party.connected_n != call.path_n:
                    await self._remind(call, call.process, party, now - call.path_at)

    async def _keep(self, call: Call, process: str, read_at: datetime) -> None:
        """What a node could not tell that died over it, or had no link: who is out of the call, muted, on hold."""
        if self._clock() - read_at < FRESH:
            there = [party for party in call.present if party.leg_id is not None]
            legs, media = [party.leg_id or "" for party in there], [media_of(call, party) for party in there]
            await self._ask(process, KeepLegs(call_id=call.id, legs=legs, media=media))

    def _repair(self, call: Call) -> list[PendingFact] | None:
        if _lacks_process(call):
            call.process = self._media.place()
            return None if call.process is None else []
        if paths.is_stranded(call, self._policy, self._clock()):
            paths.turn(call, MediaPath.DIRECT, PathReason.TWO_REMAIN, call.process, self._clock())
            return []
        if not paths.is_overdue(call, self._clock()):
            return self._decide(call)
        process = call.process or self._media.place()
        if process is None:
            return None
        paths.fall_back(call, PathReason.NOT_CONNECTED, process, self._clock())
        return []

    async def _remind(self, call: Call, process: str, party: Party, waited: timedelta) -> None:
        """Its news of being connected may have been lost with a node; or it has not heard of the new path."""
        assert party.leg_id is not None
        leg_id, path_n = party.leg_id, call.path_n
        try:
            seen = await self._media.ask(process, MeasureLeg(call_id=call.id, leg_id=leg_id))
        except (MediaUnavailable, NotNow):
            seen = None
        if isinstance(seen, Quality) and seen.connected:
            await self._book.change(call.id, partial(connected, leg_id=leg_id, path_n=path_n, now=self._clock()))
        elif REMIND_AFTER < waited < REMIND_UNTIL:
            offer_again(self._rooms, call, leg_id)


def connected(call: Call, leg_id: str, path_n: int, now: datetime) -> list[PendingFact] | None:
    """A leg has media on the relay; the last of them completes the change of path."""
    if not call.live or call.path is not MediaPath.RELAY or not paths.connect(call, leg_id, path_n, now):
        return None
    return paths.settle(call, now) or []


def offer_again(told: RoomsPort, call: Call, leg_id: str) -> None:
    """Ask a leg to pull the relay's offer."""
    data = RelayOffered(call_id=call.id, leg_id=leg_id, path_n=call.path_n)
    told.publish(rooms.leg(leg_id), CALL_RELAY_OFFERED.name, data.model_dump(mode="json"))


def _lacks_process(call: Call) -> bool:
    return call.live and call.path is MediaPath.RELAY and call.process is None


def _news(before: Call, after: Call) -> list[Shape]:
    """What the process that relays the call must know of this change."""
    news: list[Shape] = []
    for former in before.parties:
        party = after.party(former.party_id)
        if former.leg_id is not None and (party is None or party.leg_id != former.leg_id or party.state not in SEATED):
            news.append(LeaveLeg(call_id=after.id, leg_id=former.leg_id))
        if party is not None and party.state in SEATED and party.media != former.media:
            news.append(media_of(after, party))
    return news


def media_of(call: Call, party: Party) -> SetLegMedia:
    """What a party sends now, as the media process is told it."""
    return SetLegMedia(call_id=call.id, party_id=party.party_id, version=call.version, **party.media.model_dump())
