"""Makes media processes record what the call says, on whichever process its media is."""

import asyncio
import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

import structlog

from models.documents.call import Call
from models.documents.owing import PendingFact
from models.documents.recording import Part, Recording
from models.enums import Role
from models.errors import HubError, NotNow
from models.events.call_views import CallState, ConsentState, MediaPath, RecordingState
from models.events.recording_views import RecordingStatus, StopReason
from models.media import Event, RecordFailed, RecordParty, StartRecord
from services.calls.book import CallBook
from services.calls.ports import MediaPort
from services.recordings.consent import settled, stopped
from services.recordings.finishing import Finishing
from services.recordings.ports import RecordingPolicyPort
from services.recordings.records import Records

IDLE_S: Final = 30.0
"""So long may a recording that everybody sees as running wait for a media process before it is told as failed."""
FINISH_S: Final = 10.0
"""So long does a command that ends a recording wait for its files."""
SWEPT: Final = 1000
AT_ONCE: Final = 8
"""So many calls are looked after at once."""

log = structlog.get_logger(__name__)


class Recorder:
    """Every step can be repeated, and is: after each change of the call, and by the clock."""

    def __init__(
        self, book: CallBook, media: MediaPort, records: Records, finishing: Finishing, policies: RecordingPolicyPort,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._book = book
        self._media = media
        self._records = records
        self._finishing = finishing
        self._policies = policies
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._failures: set[asyncio.Task[None]] = set()
        self._finishers: dict[str, asyncio.Task[None]] = {}
        """By recording."""
        self._again: set[str] = set()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._closed = False
        book.on_change(self._heed)

    async def follow(self, call_id: str, *, check: bool = False) -> None:
        """Bring consent, media process and recording in line with the call as it stands.

        `check`: ask the process whether it still records what it once confirmed.
        """
        async with self._locks.setdefault(call_id, asyncio.Lock()):
            call, ended = await self._follow_in_turn(call_id, check)
        # Repairing files may take long: nobody's withdrawal waits for it, nor anybody for what is not theirs.
        tasks = {record.id: self._finish(record) for record in ended}
        if call.recording_id in tasks:
            await asyncio.wait([tasks[call.recording_id]], timeout=FINISH_S)

    async def follow_now(self, call_id: str, *, check: bool = False) -> None:
        """As `follow`, for the answer of a command: what does not work now is tried again by the clock."""
        try:
            await self.follow(call_id, check=check)
        except HubError as error:
            log.warning("a recording could not follow its call yet", error=type(error).__name__)

    async def sweep(self) -> None:
        """What crashes, lost processes and lost races left undone."""
        asked = {"$in": [RecordingState.ASKING, RecordingState.RUNNING]}
        live = {
            "state": {"$in": [CallState.CONNECTING, CallState.ACTIVE]},
            "$or": [{"recording": asked}, {"recording_required": True}],
        }
        calls = {call.id for call in await self._book.find(live, SWEPT)}
        calls |= {record.call_id for record in await self._records.unfinished()}
        gate = asyncio.Semaphore(AT_ONCE)

        async def look_after(call_id: str) -> None:
            async with gate:
                await self.follow_now(call_id, check=True)

        for ended in await asyncio.gather(*(look_after(one) for one in calls), return_exceptions=True):
            if isinstance(ended, Exception):
                log.error("a recording cannot be looked after", error=type(ended).__name__)

    async def on_event(self, process: str, event: Event) -> None:
        """A media process told something. Only enqueues: the process has more to tell."""
        if isinstance(event, RecordFailed) and not self._closed:
            task = asyncio.create_task(self._failed(event), name="recording-failed")
            self._failures.add(task)
            task.add_done_callback(self._failures.discard)

    async def on_lost(self, process: str) -> None:
        """Its recordings go on elsewhere as soon as their calls do; what it wrote is repaired in the end."""
        for record in await self._records.unfinished(process=process):
            for part in record.parts:
                if part.process == process and not (part.lost or part.settled):
                    await self._records.lose_part(record, part.n)

    async def close(self) -> None:
        """Stop following changes."""
        self._closed = True
        tasks = [*self._tasks.values(), *self._failures, *self._finishers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _finish(self, record: Recording) -> asyncio.Task[None]:
        task = self._finishers.get(record.id)
        if task is None:
            task = self._finishers[record.id] = asyncio.create_task(self._finished(record), name="recording-finish")
            task.add_done_callback(lambda _: self._finishers.pop(record.id, None))
        return task

    async def _finished(self, record: Recording) -> None:
        try:
            await self._finishing.finish(record)
        except Exception as error:  # noqa: BLE001 - whatever it is, the clock tries again
            log.error("a recording could not be finished yet", error=type(error).__name__)

    async def _follow_in_turn(self, call_id: str, check: bool) -> tuple[Call, list[Recording]]:
        """The call, and the recordings to be finished: no process that answers records them any more."""
        call = await self._book.change(call_id, settled)
        if not call.recording_required and _patient_in(call):
            call = await self._required(call)
        standing = await self._records.unfinished(call_id)
        for number, record in enumerate(standing):
            if record.status is RecordingStatus.RUNNING and not _runs(call, record):
                standing[number] = await self._records.stop(record, self._clock())
                await self._finishing.halt(standing[number])
        if call.recording is RecordingState.RUNNING and call.recording_id is not None:
            await self._run(call, await self._records.of(call, call.recording_id, self._clock()), check)
        return call, [record for record in standing if record.status is RecordingStatus.FINISHING]

    async def _failed(self, event: RecordFailed) -> None:
        def failed(call: Call) -> list[PendingFact] | None:
            running = call.recording is RecordingState.RUNNING and call.recording_id == event.recording_id
            return stopped(call, StopReason.DISK) if running else None

        log.error("a recording could not be kept up", error=event.reason)
        try:
            await self._book.change(event.call_id, failed)
        except HubError as error:
            log.error("a recording that failed could not be told as such", error=type(error).__name__)
        await self.follow_now(event.call_id)

    async def _required(self, call: Call) -> Call:
        """A patient came into a call that had begun without one."""
        if not await self._policies.required({party.role for party in call.present}):
            return call

        def require(call: Call) -> list[PendingFact]:
            call.recording_required = True
            return settled(call) or []

        return await self._book.change(call.id, require)

    async def _run(self, call: Call, record: Recording, check: bool) -> None:
        record = await self._records.attend(record, call.present)
        if call.path is MediaPath.RELAY and call.process is not None:
            for _ in range(2):  # the second time with another part, should the process have forgotten the first
                if record.parts[-1:] == [] or record.parts[-1].process != call.process or record.parts[-1].lost:
                    record = await self._records.begin_part(record, call.process)
                if record.status is not RecordingStatus.RUNNING:
                    return  # stopped meanwhile by another node
                part = record.parts[-1]
                try:
                    await self._record(call, record, part, check)
                    return
                except HubError as error:
                    if part.started and not isinstance(error, NotNow):
                        raise
                if not part.started:
                    break
                log.warning("a media process has forgotten a recording, which goes on with another part")
                record = await self._records.lose_part(record, part.n)
        last = record.parts[-1] if record.parts else None
        if last is None or not last.started or last.lost or last.process != call.process:
            await self._idle(call, await self._records.idles(record, self._clock()))

    async def _record(self, call: Call, record: Recording, part: Part, check: bool) -> None:
        """Raises NotNow when the process knows nothing of it (yet, or any more)."""
        agreed = [party.party_id for party in call.present if party.consent is ConsentState.AGREED]
        if check or not part.started:
            key = base64.b64encode(self._records.key(record)).decode()
            await self._media.ask(part.process, StartRecord(
                call_id=call.id, recording_id=record.id, part=part.n, key=key, parties=agreed,
            ))  # fmt: skip
        if part.started:
            before, now = set(part.parties), set(agreed)
            here = {party.party_id for party in call.present}
            for party_id in sorted((now - before) | ((before - now) & here)):
                wish = RecordParty(call_id=call.id, party_id=party_id, on=party_id in now)
                await self._media.ask(part.process, wish)
            if now == before:
                return
        record = await self._records.part_runs(record, part.n, agreed)
        if record.status is not RecordingStatus.RUNNING:
            await self._finishing.halt(record)  # another node stopped it before the process began

    async def _idle(self, call: Call, record: Recording) -> None:
        """Nothing is recorded although everybody believes so: not for long."""
        if record.idle_since is None or self._clock() - record.idle_since < timedelta(seconds=IDLE_S):
            return

        def failed(call: Call) -> list[PendingFact] | None:
            return stopped(call, StopReason.PROCESS_LOST) if _runs(call, record) else None

        log.error("no media process records a call that should be recorded")
        await self._book.change(call.id, failed)

    def _heed(self, before: Call, after: Call) -> None:
        """A call was changed by this node."""
        touched = (RecordingState.ASKING, RecordingState.RUNNING)
        concerned = after.recording in touched or before.recording in touched or after.recording_required
        if self._closed or not (concerned or (_patient_in(after) and not _patient_in(before))):
            return
        if after.id in self._tasks:
            self._again.add(after.id)
            return
        self._tasks[after.id] = asyncio.create_task(self._follow(after.id), name="recording-follow")

    async def _follow(self, call_id: str) -> None:
        try:
            while True:
                self._again.discard(call_id)
                await self.follow_now(call_id)
                if call_id not in self._again:
                    return
        finally:
            del self._tasks[call_id]


def _runs(call: Call, record: Recording) -> bool:
    return call.live and call.recording is RecordingState.RUNNING and call.recording_id == record.id


def _patient_in(call: Call) -> bool:
    return call.live and any(party.role is Role.PATIENT for party in call.present)
