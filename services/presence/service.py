"""The state of everybody this node has news of, and the telling of it: at once, without flapping, latest last."""

import asyncio
import heapq
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import time
from typing import Final

import structlog
from pymongo.errors import PyMongoError

from models import rooms
from models.documents.presence import PresenceRecord
from models.enums import Availability
from models.errors import HubError, Invalid
from models.events.base import Done
from models.events.presence import (
    PRESENCE_CHANGED,
    PresenceChanged,
    PresenceSnapshot,
    PresenceView,
    ReportActivity,
    SetStatus,
    WatchPresence,
)
from models.ids import UserId
from services.ports import AudiencePort, RoomsPort
from services.presence.lease import RENEW_S, STRENGTH, SWEEP_S, Lease, Leases
from services.presence.records import expiries, forget_expired, keep_last_seen, keep_status, records_of
from services.presence.view import Shown, effective, hidden, view_of
from services.unit import Unit

OFFLINE_AFTER_S: Final = 8.0
"""A page reload or a change of networks is no absence."""
QUIET_S: Final = 5.0
"""At most one visible transition of a person within this; the last value is always told at its end."""
MANUAL: Final = frozenset({Availability.ONLINE, Availability.AWAY, Availability.BUSY})
TURN_S: Final = 1.0
STOP_S: Final = 3.0
BATCH: Final = 100
"""People judged in one round trip; what fails is judged again, never forgotten."""
HOLD_S: Final = RENEW_S * 1.5
"""After Valkey was silent: time for every node to say its leases again before anybody is found missing."""
MAX_MANUAL: Final = timedelta(days=30)

log = structlog.get_logger(__name__)


class PresenceService:
    """One task does all waiting; connections, signals and calls only enqueue. Times in seconds since the epoch."""

    def __init__(
        self,
        boot_id: str,
        leases: Leases,
        audience: AudiencePort,
        told: RoomsPort,
        clock: Callable[[], float] = time,
    ) -> None:
        self._boot_id = boot_id
        self._leases = leases
        self._audience = audience
        self._rooms = told
        self._clock = clock
        self._mine: dict[UserId, dict[str, Lease]] = {}
        self._owners: dict[str, UserId] = {}
        self._arrived: set[UserId] = set()
        self._shown: dict[UserId, Shown] = {}
        self._changed: set[UserId] = set()
        self._left: set[UserId] = set()
        """People whose last connection on this node went and who have not been judged since."""
        self._fresh: dict[str, Lease] = {}
        self._ended: list[Lease] = []
        self._pairs: dict[tuple[UserId, UserId], None] = {}
        """Relationships with news, in order, each once: at most as many as there are, and none may be lost."""
        self._ending = False
        self._due: list[tuple[float, UserId]] = []
        self._due_at: dict[UserId, float] = {}
        self._news = asyncio.Event()
        self._renew_at = self._sweep_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        audience.on_change(self._related)

    # -- what others tell it; none of it waits -------------------------------------------------------------------------

    def connected(self, connection_id: str, user_id: UserId) -> None:
        """A connection was admitted on this node."""
        self._put(Lease(f"{self._boot_id}:{connection_id}", user_id))

    def disconnected(self, connection_id: str) -> None:
        """A connection of this node is gone."""
        self._drop(f"{self._boot_id}:{connection_id}")

    def set_in_call(self, user_id: UserId, in_call: bool) -> None:
        """The person takes part in a call on this node, or no longer does."""
        key = f"{self._boot_id}:call:{user_id}"
        if in_call:
            # Out of one call and into the next within one step is no ending: the lease has the same name.
            self._ended = [lease for lease in self._ended if lease.id != key]
            self._put(Lease(key, user_id, Availability.IN_CALL))
        else:
            self._drop(key)

    async def report(self, unit: Unit, cmd: ReportActivity) -> Done:
        """This device is in use, or has been left alone."""
        key = f"{self._boot_id}:{getattr(unit.origin, 'id', '')}"
        lease = self._mine.get(unit.actor.user_id, {}).get(key)
        wanted = Availability.ONLINE if cmd.active else Availability.AWAY
        if lease is not None and lease.state is not wanted:
            self._put(Lease(lease.id, lease.user_id, wanted))
        return Done()

    # -- commands ------------------------------------------------------------------------------------------------------

    async def watch(self, unit: Unit, _: WatchPresence) -> PresenceSnapshot:
        """Everybody the person may see. Over a socket, that connection hears changes from before the snapshot on."""
        if unit.origin is not None and f"{self._boot_id}:{unit.origin.id}" in self._owners:
            self._rooms.join(rooms.watching(unit.actor.user_id), unit.origin)
        seen = await self._audience.seen_by(unit.actor.user_id)
        states, records = await self._states(seen), await records_of(seen)
        now = self._clock()
        people = [
            view_of(user_id, states.get(user_id, []), records.get(user_id), self._shown.get(user_id), now)
            for user_id in sorted(seen)
            if user_id in states or user_id in records or user_id in self._shown
        ]
        return PresenceSnapshot(people=people)

    async def set_status(self, unit: Unit, cmd: SetStatus) -> Done:
        """A clinician's own word on how they can be reached, until it expires."""
        if cmd.status is not None and cmd.status not in MANUAL:
            raise Invalid(fields=["status: online, away or busy"])
        if cmd.expires_at is not None and not unit.now < cmd.expires_at <= unit.now + MAX_MANUAL:
            raise Invalid(fields=["expires_at: not within 30 days from now"])
        user_id = unit.actor.user_id
        await keep_status(user_id, cmd)
        self._look_at(user_id)
        return Done()

    async def forget_expired(self) -> int:
        """Job: what was said for a time that is over leaves the database; those who are shown are judged by timer."""
        return await forget_expired(datetime.fromtimestamp(self._clock(), UTC))

    # -- the one task --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to renew, sweep and tell; people whose manual status expires while we live are looked at then."""
        async for user_id, until in expiries():
            self._later(until, user_id)
        self._task = asyncio.create_task(self._run(), name="presence")

    async def stop(self) -> None:
        """Release everything of this node at once, so that nobody has to wait for it to lapse."""
        if self._task is None:
            return
        self._ending = True
        self._news.set()
        await asyncio.wait((self._task,), timeout=STOP_S)
        while not self._task.done():
            # A cancellation that meets the result of `wait_for` inside the driver is lost under Python 3.11.
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=0.2)
        with suppress(Exception):
            async with asyncio.timeout(STOP_S):
                await self._leases.release(self._all())

    async def step(self) -> None:
        """Do everything that is due by the clock; the task's turn, and the tests'."""
        now = self._clock()
        await self._store(now)
        if not self._leases.answering:
            self._sweep_at = now + HOLD_S
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_S
            for user_id in await self._leases.lapsed():
                # Their node has been silent for a whole lease, which was grace enough. Whatever it told last, we were
                # not there: they count as shown, so that their absence is news.
                shown = self._of(user_id)
                shown.gone_at, shown.status = float("-inf"), max(shown.status, Availability.ONLINE, key=STRENGTH.index)
                self._changed.add(user_id)
            # Somebody who moved to another node and left from there: that node told it, and we agree.
            self._changed.update(user_id for user_id in self._shown if user_id not in self._mine)
        while self._due and self._due[0][0] <= now:
            at, user_id = heapq.heappop(self._due)
            if self._due_at.get(user_id) == at:
                del self._due_at[user_id]
            self._changed.add(user_id)
        # Who may see whom comes first, and a pair is forgotten only when both have been told.
        while self._pairs:
            pair = next(iter(self._pairs))
            # Taken out before: news of the same pair that arrives meanwhile is told afterwards.
            del self._pairs[pair]
            try:
                await self._introduce(*pair)
            except BaseException:
                self._pairs[pair] = None
                raise
        changed, self._changed = self._changed, set()
        try:
            while changed:
                batch = set(islice(changed, BATCH))
                await self._judge(batch, now)
                changed -= batch
        finally:
            self._changed |= changed

    async def _run(self) -> None:
        while not self._ending:
            try:
                await self.step()
            except (TimeoutError, OSError, PyMongoError, HubError) as error:
                log.warning("presence is behind", error=type(error).__name__)
                self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(TURN_S):
                    await self._news.wait()
            self._news.clear()

    async def _store(self, now: float) -> None:
        """Bring what changed to the store, and say every lease again when it is time."""
        fresh, self._fresh = list(self._fresh.values()), {}
        ended, self._ended = self._ended, []
        if now >= self._renew_at:
            self._renew_at = now + RENEW_S
            fresh = self._all()
        if ended:
            await self._leases.release(ended)
        if fresh:
            await self._leases.renew(fresh)

    async def _judge(self, user_ids: Collection[UserId], now: float) -> None:
        """Compare what is with what was told, and tell the difference when its time has come."""
        states, records = await self._states(user_ids), await records_of(user_ids)
        if not self._leases.answering:
            # Others' leases cannot be seen: of their people nothing new is known.
            user_ids = [user_id for user_id in user_ids if user_id in self._mine or user_id in self._left]
        for user_id in user_ids:
            self._left.discard(user_id)
            shown = self._of(user_id)
            present = states.get(user_id)
            if present:
                shown.gone_at = None
            elif shown.gone_at is None:
                shown.gone_at = now
            if not present and shown.status is not Availability.OFFLINE and now < shown.gone_at + OFFLINE_AFTER_S:  # type: ignore[operator]
                self._later(shown.gone_at + OFFLINE_AFTER_S, user_id)  # type: ignore[operator]
                continue
            record = records.get(user_id)
            status, note = effective(present or [], record, now)
            if record is not None and record.until is not None and record.until.timestamp() > now:
                self._later(record.until.timestamp(), user_id)
            arrived = user_id in self._arrived and status is not Availability.OFFLINE
            if (status, note) == (shown.status, shown.note) and not arrived:
                self._arrived.discard(user_id)
                self._forget(user_id, shown)
                continue
            if now < shown.told_at + QUIET_S and (status, note) != (shown.status, shown.note):
                self._later(shown.told_at + QUIET_S, user_id)
                continue
            if status is Availability.OFFLINE:
                record = await self._leave(user_id, record, now)
            shown.next_version(now)
            audience = await self._audience.audience_of(user_id)
            shown.status, shown.note, shown.told_at = status, note, now
            self._arrived.discard(user_id)
            self._tell(audience, view_of(user_id, present or [], record, shown, now))
            self._forget(user_id, shown)

    async def _leave(self, user_id: UserId, record: PresenceRecord | None, now: float) -> PresenceRecord:
        moment = datetime.fromtimestamp(now, UTC)
        await keep_last_seen(user_id, moment)
        left = record or PresenceRecord(id=user_id)
        left.last_seen_at = moment
        return left

    async def _introduce(self, first: UserId, second: UserId) -> None:
        """A relationship began or ended: each sees the other as they are, or as offline from now on."""
        pair = {first, second}
        states, records = await self._states(pair), await records_of(pair)
        now = self._clock()
        for viewer, other in ((first, second), (second, first)):
            shown = self._of(other)
            # Newer than what either of them was told before, or a client that applies only news would ignore it.
            version = shown.next_version(now)
            if viewer in await self._audience.audience_of(other):
                view = view_of(other, states.get(other, []), records.get(other), shown, now)
            else:
                view = hidden(other, version)
            self._tell((viewer,), view)

    def _tell(self, viewers: Iterable[UserId], view: PresenceView) -> None:
        """Viewers' connections that asked to be told, on whichever node they are."""
        fact = PresenceChanged(presence=view).model_dump(mode="json")
        for viewer in viewers:
            self._rooms.publish(rooms.watching(viewer), PRESENCE_CHANGED.name, fact)

    # -- pieces --------------------------------------------------------------------------------------------------------

    def _put(self, lease: Lease) -> None:
        mine = self._mine.setdefault(lease.user_id, {})
        if not mine:
            # Another node may have told their absence meanwhile: say it even if we never told anything else.
            self._arrived.add(lease.user_id)
        mine[lease.id] = self._fresh[lease.id] = lease
        self._owners[lease.id] = lease.user_id
        self._look_at(lease.user_id)

    def _drop(self, key: str) -> None:
        user_id = self._owners.pop(key, None)
        if user_id is None:
            return
        mine = self._mine[user_id]
        self._fresh.pop(key, None)
        self._ended.append(mine.pop(key))
        if not mine:
            del self._mine[user_id]
            self._left.add(user_id)
        self._look_at(user_id)

    def _all(self) -> list[Lease]:
        return [lease for mine in self._mine.values() for lease in mine.values()]

    def _look_at(self, user_id: UserId) -> None:
        self._changed.add(user_id)
        self._news.set()

    def _related(self, first: UserId, second: UserId) -> None:
        self._pairs[min(first, second), max(first, second)] = None
        self._news.set()

    def _of(self, user_id: UserId) -> Shown:
        return self._shown.setdefault(user_id, Shown())

    def _forget(self, user_id: UserId, shown: Shown) -> None:
        """Somebody who is offline and was said to be so needs no memory."""
        if shown.status is Availability.OFFLINE and not shown.note and self._clock() > shown.told_at + QUIET_S:
            self._shown.pop(user_id, None)

    def _later(self, at: float, user_id: UserId) -> None:
        if at < self._due_at.get(user_id, float("inf")):
            self._due_at[user_id] = at
            heapq.heappush(self._due, (at, user_id))

    async def _states(self, user_ids: Collection[UserId]) -> dict[UserId, list[Availability]]:
        """Living leases as the store knows them; our own are known without it."""
        found = await self._leases.look(user_ids)
        for user_id in user_ids:
            for lease in self._mine.get(user_id, {}).values():
                found.setdefault(user_id, []).append(lease.state)
        return found
